//===- Import.cpp - a model as a module of sst ops --------------------------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "sst/Compiler/Check.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;
using namespace sst;

namespace {
/// Builds one module.
class Importer {
public:
  Importer(MLIRContext &context, const Model &model) : builder(&context), model(model) {}

  OwningOpRef<ModuleOp> run();

private:
  void setAttributes(ModuleOp module);
  void addWeight(const Weight &weight);
  void addFunction(StringRef name, bool lastRowOnly);
  Value getWeight(StringRef name, ArrayRef<int64_t> shape);
  Value addInputProjection(Value input);
  Value addBlock(Value input, int64_t index);
  Value addFinalNorm(Value input);

  Location getLocation(const Twine &layer) { return NameLoc::get(builder.getStringAttr(layer)); }
  RankedTensorType getRowsType(int64_t rows, int64_t channels) {
    return RankedTensorType::get({ShapedType::kDynamic, rows, channels}, builder.getF32Type());
  }

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

Value Importer::addInputProjection(Value input) {
  if (!model.options.hasInputProjection())
    return input;
  int64_t hidden = model.options.hiddenSize;
  Value kernel = getWeight("input_projection.kernel", {model.options.embedDim, hidden});
  Value bias = getWeight("input_projection.bias", {hidden});
  auto dense = DenseOp::create(builder, getLocation("input_projection"),
                               TypeRange{getRowsType(ShapedType::kDynamic, hidden)}, input, kernel, bias,
                               /*gate=*/Value(), /*other=*/Value(), /*residual=*/Value(), builder.getArrayAttr({}));
  return dense.getResult(0);
}

Value Importer::addBlock(Value input, int64_t index) {
  const ModelOptions &options = model.options;
  std::string name = ("sst_block_" + Twine(index)).str();
  auto block = BlockOp::create(builder, getLocation(name), input.getType(), /*final_states=*/TypeRange(), input,
                               /*initial_states=*/ValueRange(), name, options.stateSize, options.numHeads,
                               options.headDim, options.expandFactor, options.convSize, options.layerNorm);
  return block.getOutput();
}

Value Importer::addFinalNorm(Value input) {
  Value gamma = getWeight("final_norm.gamma", {model.options.hiddenSize});
  Value beta = getWeight("final_norm.beta", {model.options.hiddenSize});
  return LayerNormOp::create(builder, getLocation("final_norm"), input.getType(), input, gamma, beta,
                             model.options.layerNorm, llvm::APFloat(1.0e-5f));
}

void Importer::addFunction(StringRef name, bool lastRowOnly) {
  OpBuilder::InsertionGuard guard(builder);
  Type inputType = getRowsType(ShapedType::kDynamic, model.options.embedDim);
  Type outputType = getRowsType(lastRowOnly ? 1 : ShapedType::kDynamic, model.options.hiddenSize);
  auto function =
      func::FuncOp::create(builder, getLocation(name), name, builder.getFunctionType({inputType}, {outputType}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  body->getArgument(0).setLoc(getLocation("input"));
  Value rows = addInputProjection(body->getArgument(0));
  for (int64_t i = 1; i <= model.options.numLayers; ++i)
    rows = addBlock(rows, i);
  rows = addFinalNorm(rows);
  if (lastRowOnly)
    rows = LastRowOp::create(builder, getLocation("last_row"), outputType, rows);
  func::ReturnOp::create(builder, getLocation(name), rows);
}

OwningOpRef<ModuleOp> Importer::run() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, getLocation(model.name));
  builder.setInsertionPointToStart(module->getBody());
  setAttributes(*module);
  for (const Weight &weight : model.weights)
    addWeight(weight);
  addFunction("window", /*lastRowOnly=*/true);
  addFunction("sequence", /*lastRowOnly=*/false);
  return module;
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
