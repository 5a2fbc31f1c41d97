//===- CheckOptions.cpp - flags that must agree -----------------------------------------------------------------===//

#include "Driver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

bool sst::isModuleInput(const CompileOptions &options) {
  StringRef extension = llvm::sys::path::extension(options.frontend.inputFile);
  return options.compileFrom || extension == ".mlir" || extension == ".mlirbc";
}

EmitKind sst::getEmitKind(const CompileOptions &options) {
  if (options.emit)
    return *options.emit;
  if (options.compileTo && *options.compileTo != Stage::Object)
    return EmitKind::MLIR;
  return getKindOfName(options.output).value_or(EmitKind::Object);
}

Stage sst::getLastStage(const CompileOptions &options, Stage first) {
  if (options.compileTo)
    return *options.compileTo;
  // The last stage whose IR is for people and for the reference interpreter.
  if (getEmitKind(options) == EmitKind::MLIR)
    return std::max(first, Stage::Fuse);
  return Stage::Object;
}

/// What --emit and --compile-to say together.
static void checkEmit(const CompileOptions &options, Report &report) {
  if (!options.emit || !options.compileTo)
    return;
  bool textStage = *options.compileTo != Stage::Object;
  StringRef emit = stringifyEmitKind(*options.emit), stage = stringifyStage(*options.compileTo);
  if (textStage && *options.emit != EmitKind::MLIR)
    report.addUsage("--emit", "expects mlir with --compile-to=" + stage + ", but got " + emit,
                    "leave out one of the two");
  if (!textStage && *options.emit == EmitKind::MLIR)
    report.addUsage("--emit", "expects a kind of machine code with --compile-to=object, but got mlir",
                    "name the stage whose MLIR you want, for instance --compile-to=fuse");
}

/// Flags that make no sense when the input is a module.
static void checkModuleInput(const CompileOptions &options, Report &report) {
  const FrontendOptions &frontend = options.frontend;
  StringRef remedy = "leave it out: the module states its options";
  bool isReported = llvm::any_of(report.getProblems(), [](const Problem &problem) { return problem.place == "input"; });
  if (frontend.inputFile.empty() && !isReported)
    report.addUsage("--compile-from", "expects a module to start from, but there is no input",
                    "name the .mlir file that --compile-to wrote");
  for (const OptionInfo *info : getAllOptions(frontend.families))
    if (frontend.flags.count(info->name.str()))
      report.addUsage("--" + info->flag, "states an option of a model, but the input is a module", remedy);
  if (frontend.family)
    report.addUsage("--family", "says what kind of model to import, but the input is a module",
                    "leave it out: the module states its family");
  for (auto [flag, given] : {std::pair("--max-rows", frontend.maxRows.has_value()),
                             {"--rollback", frontend.rollback.has_value()},
                             {"--attention-window", frontend.attentionWindow.has_value()},
                             {"--cold", frontend.cold.has_value()}})
    if (given)
      report.addUsage(flag, "says what streams are compiled for, but the input is a module", remedy);
  if (frontend.weightStorage != Storage::F32)
    report.addUsage("--weight-storage", "says how weights are imported, but the input is a module", remedy);
  for (auto [flag, given] :
       {std::pair("--tensor-prefix", frontend.names.prefix.has_value()), {"--ignore", !frontend.names.ignored.empty()}})
    if (given)
      report.addUsage(flag, "says what a weights file may hold, but the input is a module", "leave it out");
  if (!frontend.jsonFile.empty())
    report.addUsage("--options", "states options of a model, but the input is a module", remedy);
  if (frontend.randomWeights && !frontend.inputFile.empty())
    report.addUsage("--random-weights", "takes the place of an input, but got " + quote(frontend.inputFile),
                    "give one of the two");
  if (frontend.name)
    checkModelName(*frontend.name, report);
  if (options.compileFrom && options.compileTo && *options.compileFrom > *options.compileTo)
    report.addUsage("--compile-to",
                    "expects a stage from " + stringifyStage(*options.compileFrom) + " on, but got " +
                        stringifyStage(*options.compileTo),
                    "stages run in the order import, expand, fuse, schedule, loops, llvm, object");
}

static void checkOutput(const CompileOptions &options, Report &report) {
  EmitKind kind = getEmitKind(options);
  if (options.output == "-" && isBinary(kind))
    report.addUsage("-o", "expects a file for --emit=" + stringifyEmitKind(kind) + ", but got standard output",
                    "name a file, or choose llvm, asm or mlir");
  else if (isBinary(kind) && !options.noHeader && !options.output.empty() && isSpecialFile(options.output))
    report.addUsage("-o", "expects a file that its header can lie beside, but got " + quote(options.output),
                    "name a file, or give --no-header");
}

void sst::checkOptions(const CompileOptions &options, Report &report) {
  checkEmit(options, report);
  checkTargets(options, report);
  if (isModuleInput(options))
    checkModuleInput(options, report);
  checkOutput(options, report);
  checkOutputName(options, report);
  // A module may be for one variant already; readModule checks that.
  if (options.compileTo && isPerVariant(*options.compileTo) && options.targets.size() != 1 && !isModuleInput(options)) {
    StringRef stage = stringifyStage(*options.compileTo);
    report.addUsage("--compile-to",
                    "expects one --target with " + stage + ", whose result differs by CPU variant, but got " +
                        Twine(options.targets.empty() ? 2 : options.targets.size()),
                    "give for instance --target=x86-64-v3");
  }
}
