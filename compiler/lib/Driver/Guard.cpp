//===- Guard.cpp - a crash is an internal error -----------------------------------------------------------------===//

#include "Driver.h"

#include "llvm/Support/CrashRecoveryContext.h"

using namespace sst;

ExitCode sst::compileGuarded(const CompileOptions &options, Report &report) {
  ExitCode code = ExitCode::InternalError;
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext recovery;
  // Prints the stack and removes temporary files.
  recovery.DumpStackAndCleanupOnFailure = true;
  bool finished = recovery.RunSafelyOnThread([&] { code = compile(options, report); }, kStackSize);
  llvm::CrashRecoveryContext::Disable();
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
