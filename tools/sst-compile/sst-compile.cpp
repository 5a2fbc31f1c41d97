//===- sst-compile.cpp - a model to an object file ----------------------------------------------------------------===//

#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Process.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <cstdlib>

/// jemalloc's settings: never give freed memory back to the system; the process ends soon. Others do not look at it.
extern "C" const char *malloc_conf;
const char *malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

/// Prints `text`; 1 if standard output cannot take it.
static int print(const std::string &text) {
  bool good = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!good)
    llvm::errs() << "sst-compile: error: standard output: cannot be written\n";
  return good ? 0 : 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg("sst-compile crashed. Please report the bug with this text and the file that "
                        "--crash-reproducer=FILE writes; sst-opt --run-reproducer FILE repeats it.\n");
  sst::prepareProcess("sst-compile");
  sst::Report report;
  sst::CompileOptions options = sst::parseCommandLine({argv + (argc > 0), argv + argc}, report);
  if (report.empty() && (options.help || options.version))
    return print(options.help ? sst::getHelpText() : sst::getVersionText());
  options.log = &llvm::errs();
  sst::ExitCode code = sst::compileGuarded(options, report);
  report.print(llvm::errs());
  // After a crash nothing can be cleaned up.
  if (code == sst::ExitCode::InternalError)
    std::_Exit(static_cast<int>(code));
  return static_cast<int>(code);
}
