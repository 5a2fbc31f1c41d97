//===- Compile.cpp - the whole of sst-compile ---------------------------------------------------------------------===//
//
// Reads a model or a module (ReadInput.cpp), runs the stages from there to where they are to stop (RunStages.cpp),
// makes files of what came out (EmitOutputs.cpp), and writes them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Compilation.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace sst;

std::string Compilation::getInputName(const CompileOptions &options) {
  return options.frontend.inputFile.empty() ? "random model" : options.frontend.inputFile;
}

bool Compilation::writeOutputs() {
  std::vector<std::string> inputs = weightsFiles;
  if (inputs.empty() && !options.frontend.inputFile.empty())
    inputs.push_back(options.frontend.inputFile);
  if (!options.frontend.jsonFile.empty())
    inputs.push_back(options.frontend.jsonFile);
  outputs.check(inputs, report);
  return report.empty() && outputs.commit(report);
}

void Compilation::printReport() {
  if (!options.stageReport || !options.log)
    return;
  llvm::raw_ostream &log = *options.log;
  log << llvm::left_justify("stage", 20) << llvm::right_justify("ops", 10) << llvm::right_justify("ms", 10) << "\n";
  for (const StageTime &time : times)
    log << llvm::left_justify(time.stage, 20) << llvm::right_justify(llvm::utostr(time.ops), 10)
        << llvm::format("%10.1f\n", time.milliseconds);
  for (const OutputFiles::File &file : outputs.getFiles())
    log << file.path << ": " << file.contents.size() << " bytes\n";
  if (options.frontend.weightStorage != Storage::F32)
    log << describeRounding(context, options.frontend, modelOptions.getFamily());
}

ExitCode Compilation::run() {
  checkOptions(options, report);
  if (options.remarks && options.log && report.empty())
    enableRemarks(context, *options.remarks, *options.log);
  bool good = readInput() && runStages() && (last == Stage::Object ? emitCode() : emitModule()) && writeOutputs();
  if (good) {
    printReport();
    return ExitCode::Done;
  }
  if (report.empty())
    report.add("internal error", "", "the compilation failed and did not say why",
               "report the bug with the file that --crash-reproducer=FILE writes");
  return internalError ? ExitCode::InternalError : static_cast<ExitCode>(report.getExitCode());
}

ExitCode sst::compile(const CompileOptions &options, Report &report) { return Compilation(options, report).run(); }
