/*
 * Mode.cpp - names.
 */
#include "common/Mode.h"

namespace sst {

const char *modeName(Mode mode) {
  constexpr const char *names[] = {"window", "sequence", "prefill", "step", "ahead"};
  return names[unsigned(mode)];
}

bool parseMode(std::string_view text, Mode &mode) {
  for (Mode candidate : {Mode::Window, Mode::Sequence, Mode::Prefill, Mode::Step, Mode::Ahead})
    if (text == modeName(candidate)) {
      mode = candidate;
      return true;
    }
  return false;
}

} // namespace sst
