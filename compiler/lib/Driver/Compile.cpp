//===- Compile.cpp - the whole of sst-compile -------------------------------------------------------------------===//
//
// Reads a model or a module, runs the stages from there to where they are to stop, and writes what came out. Up to
// stage schedule there is one module; from loops on there is one per CPU variant, each compiled by a thread of its own,
// and stage object makes one object of them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/Check.h"
#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Pipelines.h"
#include "sst/Compiler/WeightBlob.h"
#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <chrono>

using namespace mlir;
using namespace sst;

namespace {
/// One compilation.
class Compilation {
public:
  Compilation(const CompileOptions &options, Report &report)
      : options(options), report(report), context(MLIRContext::Threading::DISABLED),
        diagnostics(context, getInputName(options), report, options.log) {
    DialectRegistry registry;
    registerLLVMConversions(registry);
    registerLLVMTranslations(registry);
    context.appendDialectRegistry(registry);
  }

  ExitCode run();

private:
  /// A module per CPU variant, from stage loops on.
  struct Variant {
    std::string name;
    OwningOpRef<ModuleOp> module;
  };
  /// A module of the code, as makePart numbers them.
  struct Part {
    size_t instructions = 0;
    /// What LLVM says is wrong with it.
    std::vector<std::string> problems;
  };
  /// A line of --report.
  struct StageTime {
    std::string stage;
    size_t ops;
    double milliseconds;
  };
  using Clock = std::chrono::steady_clock;
  static double getMilliseconds(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }

  static std::string getInputName(const CompileOptions &options);
  bool readInput();
  bool readModelInput();
  bool readModuleInput();
  bool checkWeights(uint64_t bytes);
  bool checkFunctions();
  bool runStages();
  bool runStage(Stage stage);
  bool runParts(size_t count, llvm::function_ref<bool(size_t)> work);
  void splitVariants();
  bool finishStage(ModuleOp module, Stage stage, StringRef variant, double milliseconds);
  bool dump(StringRef ending, StringRef contents);

  bool emitModule();
  bool emitCode();
  std::unique_ptr<llvm::Module> makePart(llvm::LLVMContext &llvmContext, size_t part);
  std::unique_ptr<llvm::Module> makeModule(llvm::LLVMContext &llvmContext);
  bool reportParts();
  bool emitText();
  bool emitObject();
  std::optional<uint64_t> getMostWeightBytes() const {
    return last == Stage::Object ? std::optional(kMostWeightBytes) : std::nullopt;
  }
  SymbolScope getSymbolScope() const {
    return getEmitKind(options) == EmitKind::Shared ? SymbolScope::Process : SymbolScope::Link;
  }
  bool addArtefact(std::string object);
  void addDescription(StringRef path);
  std::string getOutputPath(StringRef prefix, StringRef extension) const;
  bool writeOutputs();
  void printReport();

  bool fail() {
    internalError |= report.empty();
    return false;
  }

  const CompileOptions &options;
  Report &report;
  MLIRContext context;
  DiagnosticCollector diagnostics;
  OutputFiles outputs;
  ModelInfo info;
  /// The files that the weights came from.
  std::vector<std::string> weightsFiles;
  /// What the next stage starts from: `module` or `variants`.
  OwningOpRef<ModuleOp> module;
  std::vector<Variant> variants;
  /// The stage that made it, and the one to stop after.
  Stage current = Stage::Import, last = Stage::Object;
  WorkspaceSize workspace;
  /// What came of the parts of the code.
  std::vector<Part> parts;
  std::vector<StageTime> times;
  bool internalError = false;
};
} // namespace

std::string Compilation::getInputName(const CompileOptions &options) {
  return options.frontend.inputFile.empty() ? "random model" : options.frontend.inputFile;
}

//===------------------------------------------------------------------------------------------------------------===//
// Reading
//===------------------------------------------------------------------------------------------------------------===//

bool Compilation::readModelInput() {
  last = getLastStage(options, current);
  FrontendOptions frontend = options.frontend;
  frontend.mostWeightBytes = getMostWeightBytes();
  std::optional<Model> model = loadModel(frontend, report);
  if (!report.empty() || !model)
    return fail();
  Clock::time_point start = Clock::now();
  info.name = model->name;
  info.options = model->options;
  info.stream = model->stream;
  info.weightStorage = model->weightStorage;
  info.weightsDigest = model->weightsDigest;
  weightsFiles = std::move(model->files);
  module = importModel(context, *model);
  return module ? finishStage(*module, Stage::Import, "", getMilliseconds(start)) : fail();
}

/// The functions of a module of sst ops must be those of its options: the artefact computes sizes of buffers with them.
/// Those for streams may be missing, all of them.
bool Compilation::checkFunctions() {
  auto isMissing = [&](StringRef mode) { return !module->lookupSymbol(mode); };
  bool hasStreams = !llvm::all_of(getStreamFunctionNames(), isMissing);
  for (StringRef mode : getFunctionNames()) {
    FunctionType expected = getFunctionType(&context, info.options, mode);
    auto function = module->lookupSymbol<func::FuncOp>(mode);
    if (!function && !hasStreams && llvm::is_contained(getStreamFunctionNames(), mode))
      continue;
    if (!function)
      module->emitError("expects a function '") << mode << "', but there is none";
    else if (function.getFunctionType() != expected)
      function.emitError("expects '") << mode << "' to have the type " << expected
                                      << ", as 'sst.options' says, but got " << function.getFunctionType();
    else if (function.isExternal())
      function.emitError("expects '") << mode << "' to have a body, but it is only declared";
  }
  return report.empty();
}

bool Compilation::readModuleInput() {
  if (options.frontend.inputFile.empty()) // checkOptions has reported it
    return fail();
  std::optional<InputModule> input = readModule(options, context, report);
  if (!report.empty() || !input)
    return fail();
  FailureOr<ModelOptions> modelOptions = readModelOptions(*input->module);
  FailureOr<StreamOptions> stream = readStreamOptions(*input->module);
  FailureOr<Storage> storage = readWeightStorage(*input->module);
  if (failed(modelOptions) || failed(stream) || failed(storage))
    return fail();
  info.stream = *stream;
  info.weightStorage = *storage;
  const std::string &file = options.frontend.inputFile;
  checkModelSize(*modelOptions, file, /*usage=*/false, report);
  info.options = *modelOptions;
  auto name = (*input->module)->getAttrOfType<StringAttr>("sst.name");
  auto digest = (*input->module)->getAttrOfType<StringAttr>("sst.weights_digest");
  info.name = options.frontend.name ? *options.frontend.name : name ? name.str() : deriveModelName(file);
  if (!isModelName(info.name))
    report.add(file, "'sst.name'",
               "expects an identifier of C of at most 64 letters that does not start with 'sst_', but got " +
                   quote(info.name),
               "give --name=NAME");
  info.weightsDigest = digest ? digest.str() : "";
  if (info.weightsDigest.size() != 64 ||
      StringRef(info.weightsDigest).find_first_not_of("0123456789abcdef") != StringRef::npos)
    report.add(file, "'sst.weights_digest'",
               "expects 64 lower-case hexadecimal digits, but got " + quote(info.weightsDigest),
               "compile a module that sst-compile wrote");
  if (!report.empty())
    return fail();
  (*input->module)->setAttr("sst.name", StringAttr::get(&context, info.name));
  module = std::move(input->module);
  current = input->stage;
  last = getLastStage(options, current);
  // Not packed yet, they say less of their size than the options do.
  if (!checkWeights(current < Stage::Schedule ? getWeightBytes(info.options, info.weightStorage)
                                              : getWeightBlobBytes(*module)))
    return false;
  if (!isPerVariant(current))
    return checkFunctions();
  variants.push_back({input->variant, std::move(module)});
  return true;
}

/// Refuses, before any code is generated, weights that no object can hold.
bool Compilation::checkWeights(uint64_t bytes) {
  FrontendOptions frontend = options.frontend;
  frontend.weightStorage = info.weightStorage;
  frontend.mostWeightBytes = getMostWeightBytes();
  checkWeightBytes(bytes, frontend, report);
  return report.empty();
}

bool Compilation::readInput() {
  if (isModuleInput(options) ? !readModuleInput() : !readModelInput())
    return false;
  for (const WeightShape &weight : getModelWeightShapes(info.options)) {
    uint64_t elements = 1;
    for (int64_t size : weight.shape)
      elements *= size;
    info.parameters += elements;
  }
  info.compilerVersion = sst_runtime_version();
  return true;
}

//===------------------------------------------------------------------------------------------------------------===//
// Stages
//===------------------------------------------------------------------------------------------------------------===//

static void buildPipeline(OpPassManager &passes, Stage stage, StringRef variant) {
  switch (stage) {
  case Stage::Expand:
    return buildExpandPipeline(passes);
  case Stage::Fuse:
    return buildFusePipeline(passes);
  case Stage::Schedule:
    return buildSchedulePipeline(passes);
  case Stage::Loops:
    return buildLoopsPipeline(passes, TargetOptions{variant.str()});
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
  for (StringRef name : getVariantNames())
    if (options.targets.empty() || llvm::is_contained(options.targets, name))
      variants.push_back({name.str(), module->clone()});
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
    buildPipeline(passes, stage, variant);
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

//===------------------------------------------------------------------------------------------------------------===//
// Code
//===------------------------------------------------------------------------------------------------------------===//

/// Keeps what LLVM says; its own handler would end the program.
static void handleLLVMDiagnostic(const llvm::DiagnosticInfo *diagnostic, void *problems) {
  if (diagnostic->getSeverity() != llvm::DS_Error)
    return;
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::DiagnosticPrinterRawOStream printer(stream);
  diagnostic->print(printer);
  static_cast<std::vector<std::string> *>(problems)->push_back(text);
}

/// Reports what LLVM has said; whether nothing is wrong.
bool Compilation::reportParts() {
  for (const Part &part : parts)
    for (const std::string &problem : part.problems)
      report.add("code generation", "", problem);
  return report.empty();
}

/// Number of instructions in a module.
static size_t countInstructions(const llvm::Module &module) {
  size_t count = 0;
  for (const llvm::Function &function : module)
    count += function.getInstructionCount();
  return count;
}

/// An optimised module of the artefact: the first part is the model, the others are the kernels of the variants.
std::unique_ptr<llvm::Module> Compilation::makePart(llvm::LLVMContext &llvmContext, size_t part) {
  llvmContext.setDiagnosticHandlerCallBack(handleLLVMDiagnostic, &parts[part].problems);
  std::vector<LoweredVariant> lowered;
  for (Variant &variant : variants)
    lowered.push_back({variant.name, *variant.module});
  auto made = part == 0 ? createModel(llvmContext, lowered, info, getSymbolScope())
                        : translateKernels(llvmContext, lowered[part - 1], info);
  if (failed(made))
    return nullptr;
  optimizeModule(**made);
  parts[part].instructions = countInstructions(**made);
  return std::move(*made);
}

/// All of the artefact as one module.
std::unique_ptr<llvm::Module> Compilation::makeModule(llvm::LLVMContext &llvmContext) {
  std::unique_ptr<llvm::Module> model = makePart(llvmContext, 0);
  std::vector<std::unique_ptr<llvm::Module>> kernels;
  for (size_t part = 1; part < parts.size(); ++part)
    kernels.push_back(makePart(llvmContext, part));
  FailureOr<std::string> weights = buildWeightBlob(*variants.front().module);
  if (!model || llvm::is_contained(kernels, nullptr) || failed(weights))
    return nullptr;
  linkModules(*model, std::move(kernels), *weights, getSymbolScope());
  return model;
}

/// Replaces what takes up the most text by a declaration.
static void elideWeights(llvm::Module &module) {
  llvm::GlobalVariable *weights = module.getGlobalVariable(kWeightsSymbol, /*AllowInternal=*/true);
  weights->setInitializer(nullptr);
  weights->setLinkage(llvm::GlobalValue::ExternalLinkage);
}

static std::string printIR(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

/// Writes LLVM IR and assembly to the folder of dumps, and adds the one that is the output.
bool Compilation::emitText() {
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> model = makeModule(llvmContext);
  if (!model)
    return false;
  EmitKind kind = getEmitKind(options);
  if (kind == EmitKind::LLVM)
    outputs.add(getOutputPath("", ".ll"), printIR(*model));
  if (!options.dumpFolder.empty()) {
    // Generating code changes the module.
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*model);
    if (!options.dumpWeights)
      elideWeights(*copy);
    if (!dump("7.object.ll", printIR(*copy)))
      return false;
    SmallVector<char, 0> assembly = sst::emitCode(*copy, CodeKind::Assembly);
    if (!dump("7.object.s", StringRef(assembly.data(), assembly.size())))
      return false;
  }
  if (kind == EmitKind::Assembly) {
    SmallVector<char, 0> assembly = sst::emitCode(*model, CodeKind::Assembly);
    outputs.add(getOutputPath("", ".s"), std::string(assembly.data(), assembly.size()));
  }
  return reportParts();
}

/// Generates the code of all parts side by side.
bool Compilation::emitObject() {
  std::vector<SmallVector<char, 0>> objects(parts.size());
  FailureOr<std::string> weights = failure();
  bool good = runParts(parts.size(), [&](size_t part) {
    if (part == 0)
      weights = buildWeightBlob(*variants.front().module);
    llvm::LLVMContext llvmContext;
    std::unique_ptr<llvm::Module> made = makePart(llvmContext, part);
    if (made)
      objects[part] = sst::emitCode(*made, CodeKind::Object);
    return made != nullptr;
  });
  return reportParts() && good && succeeded(weights) && addArtefact(mergeObjects(objects, *weights, getSymbolScope()));
}

std::string Compilation::getOutputPath(StringRef prefix, StringRef extension) const {
  return options.output.empty() ? (prefix + info.name + extension).str() : options.output;
}

/// Adds header and JSON beside the output: `libpolicy.a` and `policy.so` have a `policy.h`.
void Compilation::addDescription(StringRef path) {
  if (options.noHeader)
    return;
  ArtifactInfo artifact;
  artifact.model = info;
  for (const Variant &variant : variants)
    artifact.variants.push_back(variant.name);
  artifact.workspace = workspace;
  EmitKind kind = getEmitKind(options);
  artifact.kind = stringifyEmitKind(kind).str();
  artifact.weightsBytes = getWeightBlobBytes(*variants.front().module);
  StringRef stem = getOutputStem(path);
  if (kind != EmitKind::Object && stem.size() > 3)
    stem.consume_front("lib");
  for (StringRef extension : {".h", ".json"}) {
    SmallString<256> beside(llvm::sys::path::parent_path(path));
    llvm::sys::path::append(beside, stem + extension);
    outputs.add(beside.str().str(), extension == ".h" ? makeHeader(artifact) : makeJson(artifact));
  }
}

bool Compilation::addArtefact(std::string object) {
  EmitKind kind = getEmitKind(options);
  std::string path = getOutputPath(kind == EmitKind::Static ? "lib" : "", kind == EmitKind::Object   ? ".o"
                                                                          : kind == EmitKind::Static ? ".a"
                                                                                                     : ".so");
  if (kind == EmitKind::Object) {
    outputs.add(path, std::move(object));
  } else if (kind == EmitKind::Static) {
    outputs.add(path, makeArchive(info.name, object));
  } else {
    std::optional<std::string> library = linkSharedLibrary(object, report);
    if (!library)
      return false;
    outputs.add(path, std::move(*library), /*executable=*/true);
  }
  addDescription(path);
  return true;
}

bool Compilation::emitCode() {
  Clock::time_point start = Clock::now();
  // Memory was planned before the variants were split.
  workspace = getWorkspaceSize(*variants.front().module);
  info.stateBytes = getStateBytes(*variants.front().module);
  diagnostics.setStage(Stage::Object);
  parts.resize(1 + variants.size());
  EmitKind kind = getEmitKind(options);
  bool isText = kind == EmitKind::LLVM || kind == EmitKind::Assembly;
  bool needsText = isText || !options.dumpFolder.empty();
  bool good = (!needsText || emitText()) && (isText || emitObject());
  size_t instructionCount = 0;
  for (const Part &part : parts)
    instructionCount += part.instructions;
  times.push_back({"object", instructionCount, getMilliseconds(start)});
  return good || fail();
}

bool Compilation::emitModule() {
  ModuleOp result = variants.empty() ? *module : *variants.front().module;
  StringRef variant = variants.empty() ? StringRef() : StringRef(variants.front().name);
  outputs.add(getOutputPath("", ".mlir"), printModule(result, current, variant, !options.elideWeights));
  return true;
}

//===------------------------------------------------------------------------------------------------------------===//
// All of it
//===------------------------------------------------------------------------------------------------------------===//

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
    log << describeRounding(context, options.frontend);
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
