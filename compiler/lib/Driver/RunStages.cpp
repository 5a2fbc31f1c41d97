//===- RunStages.cpp - from the input to what is to be written ----------------------------------------------------===//
//
// Up to stage schedule there is one module; from loops on there is one per CPU variant.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Compilation.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/WeightBlob.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace sst;

static void buildPipeline(OpPassManager &passes, Stage stage, StringRef variant, const CpuOps &ops) {
  switch (stage) {
  case Stage::Expand:
    return buildExpandPipeline(passes);
  case Stage::Fuse:
    return buildFusePipeline(passes);
  case Stage::Schedule:
    return buildSchedulePipeline(passes, ops);
  case Stage::Loops:
    return buildLoopsPipeline(passes, TargetOptions{variant.str()}, ops);
  case Stage::LLVM:
    return buildLLVMPipeline(passes);
  case Stage::Import:
  case Stage::Object:
    break;
  }
  SST_CHECK(false, "this stage is not a pipeline");
}

/// Loads what passes would load when they run, which they must not do side by side.
static void loadDialects(MLIRContext &context, const OpPassManager &passes) {
  DialectRegistry registry;
  passes.getDependentDialects(registry);
  context.appendDialectRegistry(registry);
  for (StringRef name : registry.getDialectNames())
    context.getOrLoadDialect(name);
}

/// Calls `work` with 0 to count - 1, side by side unless order matters.
bool Compilation::runParts(size_t count, llvm::function_ref<bool(size_t)> work) {
  // The file of a reproducer, and remarks, are those of one pass after the other.
  if (!options.crashReproducer.empty() || options.remarks)
    return llvm::all_of(llvm::seq<size_t>(0, count), work);
  return runSideBySide(context, count, work);
}

/// Erases what no artefact has: nobody can call functions other than those of a model, nor use what else there may be.
static void eraseUnreachable(ModuleOp module) {
  for (Operation &op : llvm::make_early_inc_range(module.getOps())) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!isa<WeightOp>(op) && !(function && llvm::is_contained(getFunctionNames(), function.getName())))
      op.erase();
  }
}

void Compilation::splitVariants() {
  eraseUnreachable(*module);
  for (const sst::Variant &variant : getVariants())
    if (options.targets.empty() ? variant.architecture == kDefaultArchitecture
                                : llvm::is_contained(options.targets, variant.name))
      variants.push_back({variant.name.str(), module->clone()});
  module = {};
}

bool Compilation::runStage(Stage stage) {
  if (isPerVariant(stage) && variants.empty())
    splitVariants();
  SmallVector<std::pair<ModuleOp, StringRef>> targets;
  if (variants.empty())
    targets.push_back({*module, ""});
  for (Variant &variant : variants)
    targets.push_back({*variant.module, variant.name});
  std::vector<std::unique_ptr<PassManager>> pipelines;
  for (auto [target, variant] : targets) {
    auto &passes = *pipelines.emplace_back(std::make_unique<PassManager>(&context, ModuleOp::getOperationName()));
    if (!options.crashReproducer.empty())
      passes.enableCrashReproducerGeneration(options.crashReproducer);
    // The result of a stage is verified, not that of each pass.
    passes.enableVerifier(false);
    buildPipeline(passes, stage, variant, *options.extensions.cpuOps);
    loadDialects(context, passes);
  }
  diagnostics.setStage(stage);
  size_t problems = report.size();
  SmallVector<double> milliseconds(targets.size());
  bool good = runParts(targets.size(), [&](size_t number) {
    Clock::time_point start = Clock::now();
    bool succeeds = succeeded(pipelines[number]->run(targets[number].first));
    milliseconds[number] = getMilliseconds(start);
    return succeeds;
  });
  for (size_t i = 0; good && i < targets.size(); ++i)
    good = succeeded(verify(targets[i].first));
  if (!good && report.size() == problems) {
    internalError = true;
    report.add("internal error", "", "stage " + stringifyStage(stage) + " failed and did not say why",
               "report the bug with the file that --crash-reproducer=FILE writes");
  }
  for (size_t i = 0; good && i < targets.size(); ++i)
    good = finishStage(targets[i].first, stage, targets[i].second, milliseconds[i]);
  return good;
}

bool Compilation::runStages() {
  for (Stage stage = Stage::Import; stage < Stage::Object; stage = static_cast<Stage>(static_cast<int>(stage) + 1)) {
    if (stage <= current)
      continue;
    if (stage > last)
      break;
    if (!runStage(stage))
      return false;
    current = stage;
    // Only packing says how many bytes they take.
    if (stage == Stage::Schedule && !checkWeights(getWeightBlobBytes(*module)))
      return false;
  }
  return true;
}

/// Number of ops in a module, itself not counted.
static size_t countOps(ModuleOp module) {
  size_t count = 0;
  module->walk([&](Operation *) { ++count; });
  return count - 1;
}

bool Compilation::finishStage(ModuleOp result, Stage stage, StringRef variant, double milliseconds) {
  std::string label = stringifyStage(stage).str();
  if (!variant.empty())
    label += " " + variant.str();
  if (options.stageReport)
    times.push_back({label, countOps(result), milliseconds});
  if (options.dumpFolder.empty())
    return true;
  llvm::replace(label, ' ', '.');
  return dump((Twine(static_cast<int>(stage) + 1) + "." + label + ".mlir").str(),
              printModule(result, stage, variant, options.dumpWeights));
}

bool Compilation::dump(StringRef ending, StringRef contents) {
  if (std::error_code error = llvm::sys::fs::create_directories(options.dumpFolder)) {
    report.add(options.dumpFolder, "", "cannot be made: " + error.message(), "give --dump-stages another folder");
    return false;
  }
  SmallString<256> path(options.dumpFolder);
  llvm::sys::path::append(path, info.name + "." + ending);
  sst_files_remove_abandoned(path.c_str());
  return writeFile(path, contents, report);
}
