//===- Import.cpp - a model as a module of sst ops --------------------------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "sst/Compiler/Check.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_abi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;
using namespace sst;

/// States of a block: of its convolution and scan, keys and values.
static constexpr size_t kBlockStates = 4;

namespace {
/// Builds one module.
class Importer {
public:
  Importer(MLIRContext &context, const Model &model) : builder(&context), model(model) {}

  OwningOpRef<ModuleOp> run();

private:
  void setAttributes(ModuleOp module);
  void addWeight(const Weight &weight);
  void addFunction(StringRef name);
  Value getWeight(StringRef name, ArrayRef<int64_t> shape);
  Value addInputProjection(Value input);
  BlockOp addBlock(Value input, ValueRange states, int64_t index, IntegerAttr attentionWindow);
  Value addFinalNorm(Value input);

  Location getLocation(const Twine &layer) { return NameLoc::get(builder.getStringAttr(layer)); }

  OpBuilder builder;
  const Model &model;
};
} // namespace

void Importer::setAttributes(ModuleOp module) {
  SmallVector<NamedAttribute> options;
  for (const OptionInfo &info : getOptionInfos()) {
    Attribute value;
    if (info.option == Option::Dropout)
      value = builder.getF64FloatAttr(model.options.dropout);
    else if (info.option == Option::LayerNorm)
      value = builder.getStringAttr(stringifyLayerNorm(model.options.layerNorm));
    else
      value = builder.getI64IntegerAttr(getInteger(model.options, info.option));
    options.push_back(builder.getNamedAttr(info.name, value));
  }
  module->setAttr("sst.name", builder.getStringAttr(model.name));
  module->setAttr("sst.options", builder.getDictionaryAttr(options));
  SmallVector<NamedAttribute> stream = {
      builder.getNamedAttr("cold", builder.getStringAttr(stringifyCold(model.stream.cold))),
      builder.getNamedAttr("max_rows", builder.getI64IntegerAttr(model.stream.maxRows)),
      builder.getNamedAttr("rollback", builder.getI64IntegerAttr(model.stream.rollback))};
  if (model.stream.attentionWindow)
    stream.push_back(
        builder.getNamedAttr("attention_window", builder.getI64IntegerAttr(*model.stream.attentionWindow)));
  module->setAttr("sst.stream", builder.getDictionaryAttr(stream));
  if (model.weightStorage != Storage::F32)
    module->setAttr("sst.weight_storage", builder.getStringAttr(stringifyStorage(model.weightStorage)));
  if (!model.tensorPrefix.empty())
    module->setAttr("sst.tensor_prefix", builder.getStringAttr(model.tensorPrefix));
  module->setAttr("sst.weights_digest", builder.getStringAttr(model.weightsDigest));
}

void Importer::addWeight(const Weight &weight) {
  auto type = RankedTensorType::get(weight.shape, builder.getF32Type());
  SST_CHECK(type.getNumElements() == static_cast<int64_t>(weight.values.size()), "a weight has the size of its shape");
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(weight.values.size() * sizeof(float), /*align=*/64);
  std::memcpy(blob.getMutableData().data(), weight.values.data(), weight.values.size() * sizeof(float));
  auto value = DenseF32ResourceElementsAttr::get(type, weight.name, std::move(blob));
  WeightOp::create(builder, getLocation(weight.name), builder.getStringAttr(weight.name), TypeAttr::get(type),
                   cast<ElementsAttr>(Attribute(value)));
}

Value Importer::getWeight(StringRef name, ArrayRef<int64_t> shape) {
  return GetWeightOp::create(builder, getLocation(name), RankedTensorType::get(shape, builder.getF32Type()), name);
}

/// The type of `rows` with another number of channels.
static RankedTensorType withChannels(Value rows, int64_t channels) {
  auto type = cast<RankedTensorType>(rows.getType());
  return RankedTensorType::get({type.getDimSize(0), type.getDimSize(1), channels}, type.getElementType());
}

Value Importer::addInputProjection(Value input) {
  if (!model.options.hasInputProjection())
    return input;
  int64_t hidden = model.options.hiddenSize;
  Value kernel = getWeight("input_projection.kernel", {model.options.embedDim, hidden});
  Value bias = getWeight("input_projection.bias", {hidden});
  auto dense = DenseOp::create(builder, getLocation("input_projection"), TypeRange{withChannels(input, hidden)}, input,
                               kernel, bias,
                               /*gate=*/Value(), /*other=*/Value(), /*residual=*/Value(), builder.getArrayAttr({}));
  return dense.getResult(0);
}

BlockOp Importer::addBlock(Value input, ValueRange states, int64_t index, IntegerAttr attentionWindow) {
  const ModelOptions &options = model.options;
  std::string name = ("sst_block_" + Twine(index)).str();
  return BlockOp::create(builder, getLocation(name), input.getType(), states.getTypes(), input, states, name,
                         options.stateSize, options.numHeads, options.headDim, options.expandFactor, options.convSize,
                         options.layerNorm, attentionWindow);
}

Value Importer::addFinalNorm(Value input) {
  Value gamma = getWeight("final_norm.gamma", {model.options.hiddenSize});
  Value beta = getWeight("final_norm.beta", {model.options.hiddenSize});
  return LayerNormOp::create(builder, getLocation("final_norm"), input.getType(), input, gamma, beta,
                             model.options.layerNorm, llvm::APFloat(1.0e-5f));
}

void Importer::addFunction(StringRef name) {
  OpBuilder::InsertionGuard guard(builder);
  FunctionType type = getFunctionType(builder.getContext(), model.options, name);
  auto function = func::FuncOp::create(builder, getLocation(name), name, type);
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  body->getArgument(0).setLoc(getLocation("input"));
  // `window` is the model as it was trained.
  IntegerAttr attentionWindow;
  if (model.stream.attentionWindow && name != "window")
    attentionWindow = builder.getI64IntegerAttr(*model.stream.attentionWindow);
  Value rows = addInputProjection(body->getArgument(0));
  SmallVector<Value> states(llvm::drop_begin(body->getArguments())), results(1);
  for (int64_t i = 1; i <= model.options.numLayers; ++i) {
    auto own = states.empty() ? ArrayRef<Value>() : ArrayRef(states).slice((i - 1) * kBlockStates, kBlockStates);
    BlockOp block = addBlock(rows, own, i, attentionWindow);
    rows = block.getOutput();
    llvm::append_range(results, block.getFinalStates());
  }
  rows = addFinalNorm(rows);
  if (rows.getType() != type.getResult(0))
    rows = LastRowOp::create(builder, getLocation("last_row"), type.getResult(0), rows);
  results[0] = rows;
  func::ReturnOp::create(builder, getLocation(name), results);
}

OwningOpRef<ModuleOp> Importer::run() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, getLocation(model.name));
  builder.setInsertionPointToStart(module->getBody());
  setAttributes(*module);
  for (const Weight &weight : model.weights)
    addWeight(weight);
  for (StringRef name : getFunctionNames())
    addFunction(name);
  return module;
}

ArrayRef<StringRef> sst::getFunctionNames() {
  static const StringRef names[SST_FUNCTION_COUNT] = {"window", "sequence", "prefill", "step", "sequence_from_state"};
  return names;
}

ArrayRef<StringRef> sst::getStreamFunctionNames() { return getFunctionNames().drop_front(SST_FUNCTION_PREFILL); }

FunctionType sst::getFunctionType(MLIRContext *context, const ModelOptions &options, StringRef name) {
  constexpr int64_t any = ShapedType::kDynamic;
  auto tensor = [&](ArrayRef<int64_t> shape) -> Type {
    return RankedTensorType::get(shape, Float32Type::get(context));
  };
  bool lastRow = name == "window" || name == "prefill" || name == "step";
  SmallVector<Type> inputs = {tensor({any, name == "step" ? 1 : any, options.embedDim})};
  SmallVector<Type> results = {tensor({any, lastRow ? 1 : any, options.hiddenSize})};
  if (!llvm::is_contained(getStreamFunctionNames(), name))
    return FunctionType::get(context, inputs, results);
  int64_t inner = options.getInnerSize(), attention = options.getAttentionSize();
  Type cache = tensor({any, any, attention});
  Type states[kBlockStates] = {tensor({any, options.convSize - 1, inner}), tensor({any, inner}), cache, cache};
  for (int64_t i = 0; i < options.numLayers; ++i) {
    llvm::append_range(inputs, states);
    llvm::append_range(results, states);
  }
  return FunctionType::get(context, inputs, results);
}

OwningOpRef<ModuleOp> sst::importModel(MLIRContext &context, const Model &model) {
  context.loadDialect<SSTDialect, func::FuncDialect>();
  return Importer(context, model).run();
}

/// Writes a value of `sst.options` to `options`; fails if it has the wrong kind or no model can have it.
static LogicalResult readOption(const OptionInfo &info, Attribute value, ModelOptions &options) {
  if (info.option == Option::Dropout) {
    auto number = dyn_cast_or_null<FloatAttr>(value);
    if (!number)
      return failure();
    options.dropout = number.getValueAsDouble();
    return success(options.dropout >= 0 && options.dropout < 1);
  }
  if (info.option == Option::LayerNorm) {
    auto text = dyn_cast_or_null<StringAttr>(value);
    auto flavor = text ? parseLayerNorm(text.getValue()) : std::nullopt;
    if (flavor)
      options.layerNorm = *flavor;
    return success(flavor.has_value());
  }
  auto integer = dyn_cast_or_null<IntegerAttr>(value);
  if (!integer || !integer.getType().isSignlessInteger(64))
    return failure();
  setInteger(options, info.option, integer.getInt());
  return success(integer.getInt() >= 1 && integer.getInt() <= info.limit);
}

FailureOr<ModelOptions> sst::readModelOptions(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>("sst.options");
  if (!dictionary) {
    module.emitError("expects a dictionary 'sst.options', but there is none");
    return failure();
  }
  ModelOptions options;
  for (const OptionInfo &info : getOptionInfos()) {
    Attribute value = dictionary.get(info.name);
    if (succeeded(readOption(info, value, options)))
      continue;
    InFlightDiagnostic error = module.emitError("expects a valid '") << info.name << "' in 'sst.options', but ";
    if (value)
      error << "got " << value;
    else
      error << "there is none";
    return failure();
  }
  return options;
}

FailureOr<StreamOptions> sst::readStreamOptions(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>("sst.stream");
  bool hasStreams = llvm::any_of(getStreamFunctionNames(), [&](StringRef name) { return module.lookupSymbol(name); });
  if (!dictionary && !hasStreams)
    return StreamOptions();
  auto integer = [&](StringRef name, int64_t least, int64_t most) -> std::optional<int64_t> {
    auto value = dictionary ? dyn_cast_or_null<IntegerAttr>(dictionary.get(name)) : IntegerAttr();
    if (!value || !value.getType().isSignlessInteger(64) || value.getInt() < least || value.getInt() > most)
      return std::nullopt;
    return value.getInt();
  };
  std::optional<int64_t> attentionWindow;
  bool hasWindow = dictionary && dictionary.contains("attention_window");
  if (hasWindow)
    attentionWindow = integer("attention_window", 1, kMaxStreamRows);
  auto maxRows = integer("max_rows", 1, kMaxStreamRows);
  auto rollback = integer("rollback", 0, maxRows.value_or(0));
  auto text = dictionary ? dyn_cast_or_null<StringAttr>(dictionary.get("cold")) : StringAttr();
  auto cold = text ? parseCold(text.getValue()) : std::nullopt;
  if (maxRows && rollback && cold && attentionWindow.has_value() == hasWindow)
    return StreamOptions{*maxRows, *rollback, *cold, attentionWindow};
  InFlightDiagnostic error = module.emitError("expects 'max_rows' in [1, ")
                             << kMaxStreamRows << "], 'rollback' in [0, max_rows], 'cold', and 'attention_window', "
                             << "if any, in [1, " << kMaxStreamRows << "], in 'sst.stream', but ";
  if (dictionary)
    error << "got " << dictionary;
  else
    error << "there is none";
  return failure();
}

FailureOr<Storage> sst::readWeightStorage(ModuleOp module) {
  auto text = module->getAttrOfType<StringAttr>("sst.weight_storage");
  if (!text)
    return Storage::F32;
  if (std::optional<Storage> storage = symbolizeStorage(text.getValue()))
    return *storage;
  module.emitError("expects 'sst.weight_storage' to be f32 or bf16, but got ") << text;
  return failure();
}
