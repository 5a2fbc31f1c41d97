//===- Main.cpp - sst-interpret from arguments to exit code -----------------------------------------------------===//

#include "Interpret.h"
#include "Options.h"

#include "sst/Compiler/Process.h"

#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;

int sst::interpretMain(int argc, char **argv, const Extensions &extensions) {
  prepareProcess("sst-interpret");
  llvm::setBugReportMsg("sst-interpret: internal error; please report it with the command line and the input\n");
  Report report;
  InterpretOptions options = parseInterpretOptions(llvm::ArrayRef(argv + 1, argv + argc), extensions.families, report);
  options.extensions = extensions;
  if (report.empty() && options.help) {
    llvm::outs() << interpretHelpText;
    return 0;
  }
  bool equal = true;
  if (report.empty())
    equal = interpret(options, llvm::outs(), report);
  llvm::outs().flush();
  report.print(llvm::errs(), "sst-interpret");
  return report.empty() && !equal ? 1 : report.getExitCode();
}
