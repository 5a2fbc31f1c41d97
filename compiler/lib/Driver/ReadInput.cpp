//===- ReadInput.cpp - a model, or a module of some stage ---------------------------------------------------------===//
//
// What an artefact says of its model comes from either; so do the limits that both must keep.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Compilation.h"

#include "sst/Compiler/WeightBlob.h"
#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace sst;

bool Compilation::readModelInput() {
  last = getLastStage(options, current);
  FrontendOptions frontend = options.frontend;
  frontend.mostWeightBytes = getMostWeightBytes();
  std::optional<Model> model = loadModel(frontend, report);
  if (!report.empty() || !model)
    return fail();
  Clock::time_point start = Clock::now();
  info.name = model->name;
  modelOptions = model->options;
  info.stream = model->stream;
  info.weightStorage = model->weightStorage;
  info.weightsDigest = model->weightsDigest;
  info.tensorPrefix = model->tensorPrefix;
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
    FunctionType expected = getFunctionType(context, modelOptions, mode);
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
  FailureOr<OptionValues> readOptions = readModelOptions(*input->module, options.frontend.families);
  FailureOr<StreamOptions> stream = readStreamOptions(*input->module);
  FailureOr<Storage> storage = readWeightStorage(*input->module);
  if (failed(readOptions) || failed(stream) || failed(storage))
    return fail();
  info.stream = *stream;
  info.weightStorage = *storage;
  const std::string &file = options.frontend.inputFile;
  modelOptions = *readOptions;
  checkModelSize(modelOptions, file, /*usage=*/false, report);
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
  if (auto prefix = (*input->module)->getAttrOfType<StringAttr>("sst.tensor_prefix"))
    info.tensorPrefix = prefix.str();
  if (!llvm::json::isUTF8(info.tensorPrefix))
    report.add(file, "'sst.tensor_prefix'", "expects UTF-8, but got " + quote(info.tensorPrefix),
               "compile a module that sst-compile wrote");
  if (!report.empty())
    return fail();
  (*input->module)->setAttr("sst.name", StringAttr::get(&context, info.name));
  module = std::move(input->module);
  current = input->stage;
  last = getLastStage(options, current);
  // Not packed yet, they say less of their size than the options do.
  if (!checkWeights(current < Stage::Schedule ? getWeightBytes(modelOptions, info.weightStorage)
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

/// What the artefact says of its options.
void Compilation::describeModel() {
  for (const OptionInfo &option : modelOptions.getFamily().getOptions())
    info.options.emplace_back(option.name.str(), modelOptions.getText(option.name));
  modelOptions.getFamily().describe(modelOptions, info.description);
  info.parameters = WeightTable(modelOptions).countElements();
  info.compilerVersion = sst_runtime_version();
}

bool Compilation::readInput() {
  if (isModuleInput(options) ? !readModuleInput() : !readModelInput())
    return false;
  describeModel();
  return true;
}
