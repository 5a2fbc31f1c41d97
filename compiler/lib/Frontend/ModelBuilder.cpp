//===- ModelBuilder.cpp - the body of a function of a model -----------------------------------------------------===//

#include "sst/Compiler/ModelBuilder.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Family.h"
#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

static constexpr int64_t kAny = ShapedType::kDynamic;

ModelBuilder::ModelBuilder(OpBuilder &builder, const OptionValues &options, const WeightTable &weights,
                           const StreamOptions &stream, StringRef name)
    : builder(builder), options(options), weights(weights), stream(stream), name(name),
      hasStates(llvm::is_contained(getStreamFunctionNames(), name)) {}

Location ModelBuilder::getLocation(const Twine &layer) const {
  return NameLoc::get(StringAttr::get(builder.getContext(), layer));
}

IntegerAttr ModelBuilder::getAttentionWindow() const {
  // `window` is the model as it was trained.
  if (!stream.attentionWindow || name == "window")
    return {};
  return builder.getI64IntegerAttr(*stream.attentionWindow);
}

/// The type of `rows` with another number of channels.
static RankedTensorType withChannels(Value rows, int64_t channels) {
  auto type = cast<RankedTensorType>(rows.getType());
  return RankedTensorType::get({type.getDimSize(0), type.getDimSize(1), channels}, type.getElementType());
}

Value ModelBuilder::weight(StringRef name) {
  const WeightInfo *info = weights.find(name);
  SST_CHECK(info, "a model has the weights that its family lists, but not " + name);
  return GetWeightOp::create(builder, getLocation(name), RankedTensorType::get(info->shape, builder.getF32Type()),
                             name);
}

Value ModelBuilder::dense(StringRef layer, Value rows, Value kernel, Value bias) {
  int64_t columns = cast<RankedTensorType>(kernel.getType()).getDimSize(1);
  auto dense = DenseOp::create(builder, getLocation(layer), TypeRange{withChannels(rows, columns)}, rows, kernel, bias,
                               /*gate=*/Value(), /*other=*/Value(), /*residual=*/Value(), builder.getArrayAttr({}));
  return dense.getResult(0);
}

Value ModelBuilder::layerNorm(StringRef layer, Value rows, Value gamma, Value beta, LayerNormFlavor flavor,
                              float epsilon) {
  return LayerNormOp::create(builder, getLocation(layer), rows.getType(), rows, gamma, beta, flavor,
                             llvm::APFloat(epsilon));
}

Value ModelBuilder::state(ArrayRef<int64_t> shape) {
  if (!hasStates)
    return {};
  SST_CHECK(!shape.empty() && shape.front() == kAny, "a state has a batch");
  return function.getBody().front().addArgument(RankedTensorType::get(shape, builder.getF32Type()), function.getLoc());
}

void ModelBuilder::carry(Value value) {
  SST_CHECK(hasStates == static_cast<bool>(value), "a function carries states, or has none");
  if (value)
    carried.push_back(value);
}

func::FuncOp ModelBuilder::run() {
  OpBuilder::InsertionGuard guard(builder);
  OptionRoles roles = options.getFamily().getRoles();
  auto input =
      RankedTensorType::get({kAny, name == "step" ? 1 : kAny, options.getSize(roles.inputSize)}, builder.getF32Type());
  function = func::FuncOp::create(builder, getLocation(name), name, builder.getFunctionType({input}, {}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  body->getArgument(0).setLoc(getLocation("input"));
  Value rows = options.getFamily().build(*this, body->getArgument(0));
  auto type = cast<RankedTensorType>(rows.getType());
  SST_CHECK(type.getRank() == 3 && type.getDimSize(2) == options.getSize(roles.outputSize),
            "a family builds rows of its output's size");
  bool onlyLast = name == "window" || name == "prefill" || name == "step";
  if (onlyLast && type.getDimSize(1) != 1)
    rows = LastRowOp::create(builder, getLocation("last_row"),
                             RankedTensorType::get({kAny, 1, type.getDimSize(2)}, type.getElementType()), rows);
  carried.insert(carried.begin(), rows);
  func::ReturnOp::create(builder, getLocation(name), carried);
  function.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), ValueRange(carried).getTypes()));
  SST_CHECK(function.getNumArguments() == carried.size(), "each state of a function is carried on");
  return function;
}
