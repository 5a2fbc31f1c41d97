//===- Guard.cpp - a crash is an internal error -----------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Threads.h"

#include "llvm/Support/CrashRecoveryContext.h"

#include <mutex>

using namespace sst;

namespace {
/// LLVM's crash recovery is the whole process's: it is on as long as any compilation is.
class CrashRecoveryUse {
public:
  CrashRecoveryUse() {
    std::lock_guard<std::mutex> lock(mutex);
    if (users++ == 0)
      llvm::CrashRecoveryContext::Enable();
  }
  ~CrashRecoveryUse() {
    std::lock_guard<std::mutex> lock(mutex);
    if (--users == 0)
      llvm::CrashRecoveryContext::Disable();
  }

private:
  static std::mutex mutex;
  static unsigned users;
};
} // namespace

std::mutex CrashRecoveryUse::mutex;
unsigned CrashRecoveryUse::users = 0;

ExitCode sst::compileGuarded(const CompileOptions &options, Report &report) {
  ExitCode code = ExitCode::InternalError;
  bool finished = false;
  auto run = [&] {
    llvm::CrashRecoveryContext recovery;
    // Prints the stack and removes temporary files.
    recovery.DumpStackAndCleanupOnFailure = true;
    finished = recovery.RunSafely([&] { code = compile(options, report); });
  };
  CrashRecoveryUse use;
  Thread thread;
  if (!thread.start(run))
    run();
  thread.join();
  if (finished)
    return code;
  report.add("internal error", "", "the compiler crashed",
             options.crashReproducer.empty()
                 ? "give --crash-reproducer=FILE and report the bug with that file; sst-opt --run-reproducer FILE "
                   "repeats it"
                 : "report the bug; if " + quote(options.crashReproducer) +
                       " was written, sst-opt --run-reproducer repeats it");
  return ExitCode::InternalError;
}
