/*
 * Mode.h - the ways to run a model over sequences.
 */
#ifndef SST_TOOLS_COMMON_MODE_H
#define SST_TOOLS_COMMON_MODE_H

#include <string_view>

namespace sst {

enum class Mode {
  Window,   ///< the last row of whole sequences
  Sequence, ///< every row
  Prefill,  ///< streams that get several rows at a time
  Step,     ///< streams that get one row at a time
  Ahead     ///< streams that are prepared for their last row
};

/// Whether a call of this mode adds one row to streams.
inline bool addsRow(Mode mode) { return mode == Mode::Step || mode == Mode::Ahead; }

/// "window", "sequence", "prefill", "step" or "ahead".
const char *modeName(Mode mode);

/// False, and `mode` is as before, for a text that is not one of these names.
bool parseMode(std::string_view text, Mode &mode);

} // namespace sst

#endif // SST_TOOLS_COMMON_MODE_H
