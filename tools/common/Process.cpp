/*
 * Process.cpp - needs no memory itself.
 */
#include "common/Process.h"

#include <csignal>
#include <cstring>
#include <initializer_list>
#include <new>
#include <unistd.h>

namespace sst {

static const char *toolName = "";

static void stopWithoutMemory() {
  for (const char *part :
       {toolName, ": error: there is not enough memory; free some, or raise the limit (ulimit -v, or ",
        "that of the container)\n"})
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0)
      break;
  _exit(1);
}

void prepareProcess(const char *tool) {
  toolName = tool;
  std::set_new_handler(stopWithoutMemory);
  std::signal(SIGXFSZ, SIG_IGN);
}

} // namespace sst
