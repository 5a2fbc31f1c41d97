//===- Process.cpp - how a tool ends when the system has nothing left -------------------------------------------===//

#include "sst/Compiler/Process.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstring>
#include <initializer_list>
#include <new>
#include <unistd.h>

using namespace sst;

static const char *toolName = "";

/// Prints the parts of a line, without memory, and ends.
[[noreturn]] static void stop(const char *what) {
  for (const char *part : {toolName, ": error: ", what, "\n"})
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0)
      break;
  llvm::sys::RunInterruptHandlers();
  _exit(1);
}

[[noreturn]] static void stopWithoutMemory() {
  stop("there is not enough memory; free some, or raise the limit (ulimit -v, or that of the container)");
}

static void handleBadAlloc(void *, const char *, bool) { stopWithoutMemory(); }

static void handleFatalError(void *, const char *reason, bool) {
  if (std::strstr(reason, "pthread_create"))
    stop("the system has no more threads; raise the limit (ulimit -u, or that of the container)");
  llvm::errs() << "LLVM ERROR: " << reason << "\n";
}

void sst::prepareProcess(const char *tool) {
  toolName = tool;
  std::set_new_handler(stopWithoutMemory);
  // InitLLVM in MLIR's main functions sets a handler of its own, which asks this one first.
  llvm::install_bad_alloc_error_handler(handleBadAlloc);
  llvm::install_fatal_error_handler(handleFatalError);
  std::signal(SIGXFSZ, SIG_IGN);
}
