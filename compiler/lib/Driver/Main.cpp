//===- Main.cpp - sst-compile from arguments to exit code -------------------------------------------------------===//

#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Process.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <cstdlib>

/// Prints `text`; 1 if standard output cannot take it.
static int print(const std::string &text) {
  bool good = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!good)
    llvm::errs() << "sst-compile: error: standard output: cannot be written\n";
  return good ? 0 : 1;
}

int sst::compileMain(int argc, char **argv, const Extensions &extensions) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg("sst-compile crashed. Please report the bug with this text and the file that "
                        "--crash-reproducer=FILE writes; sst-opt --run-reproducer FILE repeats it.\n");
  prepareProcess("sst-compile");
  Report report;
  CompileOptions options = parseCommandLine({argv + (argc > 0), argv + argc}, report, extensions.families);
  if (report.empty() && (options.help || options.version))
    return print(options.help ? getHelpText(extensions.families) : getVersionText());
  options.extensions = extensions;
  options.log = &llvm::errs();
  ExitCode code = compileGuarded(options, report);
  report.print(llvm::errs());
  // After a crash nothing can be cleaned up.
  if (code == ExitCode::InternalError)
    std::_Exit(static_cast<int>(code));
  return static_cast<int>(code);
}
