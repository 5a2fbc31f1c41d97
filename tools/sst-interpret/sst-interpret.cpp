//===- sst-interpret.cpp - runs a model in float64 ----------------------------------------------------------------===//

#include "Interpret.h"
#include "Options.h"

#include "sst/Compiler/Families.h"
#include "sst/Compiler/Process.h"

#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  sst::prepareProcess("sst-interpret");
  llvm::setBugReportMsg("sst-interpret: internal error; please report it with the command line and the input\n");
  sst::Report report;
  sst::InterpretOptions options =
      sst::parseInterpretOptions(llvm::ArrayRef(argv + 1, argv + argc), sst::getFamilies(), report);
  if (report.empty() && options.help) {
    llvm::outs() << sst::interpretHelpText;
    return 0;
  }
  bool equal = true;
  if (report.empty())
    equal = sst::interpret(options, llvm::outs(), report);
  llvm::outs().flush();
  report.print(llvm::errs(), "sst-interpret");
  return report.empty() && !equal ? 1 : report.getExitCode();
}
