//===- GenerateOps.cpp - random ops on values that fit ----------------------------------------------------------===//

#include "Generator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sst;

void ProgramBuilder::addOps(int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    addOp();
}

void ProgramBuilder::addOp() {
  struct Choice {
    unsigned weight;
    void (ProgramBuilder::*add)();
  };
  static const Choice choices[] = {
      {10, &ProgramBuilder::addDense},    {4, &ProgramBuilder::addLayerNorm}, {6, &ProgramBuilder::addActivation},
      {5, &ProgramBuilder::addLastRow},   {4, &ProgramBuilder::addConv},      {4, &ProgramBuilder::addScan},
      {4, &ProgramBuilder::addAttention}, {4, &ProgramBuilder::addFusion},    {8, &ProgramBuilder::addArith},
      {1, &ProgramBuilder::addConstant},  {1, &ProgramBuilder::addBlock},     {1, &ProgramBuilder::addCall},
      {12, &ProgramBuilder::addPattern}};
  unsigned total = 0;
  for (const Choice &choice : choices)
    total += choice.weight;
  unsigned number = random.below(total);
  for (const Choice &choice : choices) {
    if (number < choice.weight)
      return (this->*choice.add)();
    number -= choice.weight;
  }
}

/// The attribute of a dense with one activation per result, or none.
static ArrayAttr getActivations(OpBuilder &builder, ArrayRef<Activation> kinds) {
  SmallVector<Attribute> attributes;
  for (Activation kind : kinds)
    attributes.push_back(ActivationAttr::get(builder.getContext(), kind));
  return builder.getArrayAttr(attributes);
}

ProgramBuilder::Rows ProgramBuilder::dense(const Rows &input, int64_t channels) {
  Value kernel = weight({channelsOf(input.value), channels}), bias;
  if (random.chance(0.5))
    bias = weight({channels});
  auto op = DenseOp::create(builder, loc, TypeRange(withChannels(input.value, channels)), input.value, kernel, bias,
                            Value(), Value(), Value(), builder.getArrayAttr({}));
  return add(op.getResult(0), input.rows);
}

/// A dense with gate or residual.
void ProgramBuilder::addEpilogue(const Rows &input) {
  auto partner = pick([&](const Rows &r) { return r.rows == input.rows && fits(r.value, input.value); });
  int64_t channels = channelsOf(partner ? partner->value : input.value);
  RankedTensorType resultType = withChannels(input.value, channels);
  Value gate, other, residual;
  auto operand = [&]() -> Value {
    auto found = pick([&](const Rows &r) { return r.rows == input.rows && r.value.getType() == resultType; });
    return found ? found->value : Value();
  };
  if (random.chance(0.6)) {
    gate = operand();
    other = operand();
    if (!gate || !other)
      gate = other = Value();
  }
  if (!gate || random.chance(0.5))
    residual = operand();
  Value kernel = weight({channelsOf(input.value), channels}), bias;
  if (random.chance(0.5))
    bias = weight({channels});
  SmallVector<Activation> kinds;
  if (random.chance(0.5))
    kinds = {activation()};
  auto op = DenseOp::create(builder, loc, TypeRange(resultType), input.value, kernel, bias, gate, other, residual,
                            getActivations(builder, kinds));
  add(op.getResult(0), input.rows);
}

void ProgramBuilder::addDense() {
  Rows input = pickAny();
  int64_t count = random.oneOf({1, 1, 1, 0, 0, 2, 3});
  if (count == 0)
    return addEpilogue(input);
  SmallVector<Type> types;
  SmallVector<Activation> kinds;
  int64_t columns = 0;
  for (int64_t i = 0; i < count; ++i) {
    int64_t channels = size();
    columns += channels;
    types.push_back(withChannels(input.value, channels));
    kinds.push_back(activation());
  }
  if (random.chance(0.5))
    kinds.clear();
  Value kernel = weight({channelsOf(input.value), columns}), bias;
  if (random.chance(0.5))
    bias = weight({columns});
  auto op = DenseOp::create(builder, loc, types, input.value, kernel, bias, Value(), Value(), Value(),
                            getActivations(builder, kinds));
  for (Value output : op.getOutputs())
    add(output, input.rows);
}

void ProgramBuilder::addLayerNorm() {
  Rows input = pickAny();
  Value gamma = weight({channelsOf(input.value)}), beta = weight({channelsOf(input.value)});
  LayerNormFlavor flavor = random.chance(0.4) ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081;
  float epsilon = random.oneOf({1.0e-5f, 1.0e-5f, 1.0e-2f});
  auto op = LayerNormOp::create(builder, loc, input.value.getType(), input.value, gamma, beta, flavor,
                                llvm::APFloat(epsilon));
  add(op.getOutput(), input.rows);
}

void ProgramBuilder::addActivation() {
  Rows input = pickAny();
  add(ActivationOp::create(builder, loc, activation(), input.value).getOutput(), input.rows);
}

void ProgramBuilder::addLastRow() {
  if (!hasLastRows)
    return addActivation();
  Rows input = pickAny();
  if (input.rows != 0)
    lastRow(input.value);
}

void ProgramBuilder::addConv() {
  Rows input = pickAny();
  int64_t taps = random.oneOf({1, 2, 3, 4, 7}), channels = channelsOf(input.value);
  Value kernel = weight({taps, channels}), bias, initial;
  if (random.chance(0.5))
    bias = weight({channels});
  RankedTensorType stateType = type({batchOf(input.value), taps - 1, channels});
  if (random.chance(hasStates) && random.chance(0.7)) {
    auto found = pick([&](const Rows &r) { return r.value.getType() == stateType; });
    initial = found ? found->value : addArgument(stateType, taps - 1);
  }
  Type finalType = random.chance(hasStates) ? Type(stateType) : Type();
  Activation kind = random.chance(0.3) ? activation() : Activation::None;
  auto op =
      CausalConv1DOp::create(builder, loc, input.value.getType(), finalType, input.value, kernel, bias, initial, kind);
  add(op.getOutput(), input.rows);
  if (finalType)
    add(op.getFinalState(), taps - 1);
}

void ProgramBuilder::addScan() {
  Rows input = pickAny();
  int64_t channels = channelsOf(input.value);
  auto partner = [&](std::optional<int64_t> wanted) {
    return pick([&](const Rows &r) {
      return r.rows == input.rows && fits(r.value, input.value) && (!wanted || channelsOf(r.value) == *wanted);
    });
  };
  auto delta = partner(std::nullopt), b = partner(std::nullopt);
  if (!delta || !b)
    return;
  auto c = partner(channelsOf(b->value));
  if (!c || !fits(b->value, c->value))
    c = b;
  Value initial, gate;
  Type finalType;
  if (random.chance(hasStates) && random.chance(0.7))
    initial = pickState(batchOf(input.value), channels).value_or(Value());
  if (random.chance(hasStates))
    finalType = type({batchOf(input.value), channels});
  bool lastRow = hasLastRows && input.rows != 0 && random.chance(0.3);
  int64_t rows = lastRow ? 1 : input.rows;
  RankedTensorType output = type({batchOf(input.value), lastRow ? 1 : rowsOf(input.value), channels});
  if (random.chance(0.4)) {
    auto found = pick([&](const Rows &r) { return r.rows == rows && r.value.getType() == output; });
    gate = found ? found->value : Value();
  }
  auto op = EmaScanOp::create(builder, loc, output, finalType, input.value, delta->value, b->value, c->value, initial,
                              gate, lastRow);
  add(op.getOutput(), rows);
  if (finalType)
    states.push_back(op.getFinalState());
}

/// Whether an attention can have `keys` for `queries`.
static bool areKeysOf(RankedTensorType queries, RankedTensorType keys) {
  if (queries.getDimSize(0) != keys.getDimSize(0) || queries.getDimSize(2) != keys.getDimSize(2))
    return false;
  if (keys.isDynamicDim(1))
    return queries.isDynamicDim(1) || queries.getDimSize(1) <= 1;
  return !queries.isDynamicDim(1) && queries.getDimSize(1) <= keys.getDimSize(1);
}

void ProgramBuilder::addAttention() {
  Rows query = pickAny();
  auto queryType = cast<RankedTensorType>(query.value.getType());
  auto key = pick([&](const Rows &r) {
    bool hasEnough =
        r.rows == query.rows || (query.rows == 1 ? r.rows != 0 : query.rows != kTimeRows && query.rows < r.rows);
    return hasEnough && areKeysOf(queryType, cast<RankedTensorType>(r.value.getType()));
  });
  if (!key)
    return;
  Rows value = pickSame(*key);
  int64_t channels = queryType.getDimSize(2), allRows = key->rows, presentRows = rowsOf(key->value);
  Value pastKey, pastValue;
  if (random.chance(hasStates) && random.chance(0.7)) {
    auto past =
        pick([&](const Rows &r) { return channelsOf(r.value) == channels && batchOf(r.value) == batchOf(key->value); });
    if (past) {
      pastKey = past->value;
      pastValue = pickSame(*past).value;
      allRows += past->rows;
      bool isDynamic = ShapedType::isDynamic(presentRows) || ShapedType::isDynamic(rowsOf(pastKey));
      presentRows = isDynamic ? ShapedType::kDynamic : presentRows + rowsOf(pastKey);
    }
  }
  Type present = random.chance(hasStates) ? Type(type({batchOf(key->value), presentRows, channels})) : Type();
  int64_t heads = divisor(channels);
  float scale = random.oneOf({1.0f, 1.0f, 0.5f, 0.3f, -2.0f, 0.0f});
  IntegerAttr window;
  if (timeRows != kTimeRows && random.chance(0.3))
    window = builder.getI64IntegerAttr(random.oneOf({1, 2, 3, 1000}));
  else if (attentionWindow)
    window = builder.getI64IntegerAttr(*attentionWindow);
  auto op = CausalAttentionOp::create(builder, loc, queryType, present, present, query.value, key->value, value.value,
                                      pastKey, pastValue, heads, llvm::APFloat(scale), window);
  add(op.getOutput(), query.rows);
  for (Value result : op.getPresent())
    add(result, allRows);
}

void ProgramBuilder::addFusion() {
  Rows gate = pickAny(), first = pickSame(gate), second = pickSame(gate);
  add(GatedFusionOp::create(builder, loc, gate.value, first.value, second.value).getOutput(), gate.rows);
}

void ProgramBuilder::addArith() {
  Rows lhs = pickAny(), rhs = pickSame(lhs);
  Value result;
  switch (random.below(5)) {
  case 0:
    result = arith::SubFOp::create(builder, loc, lhs.value, rhs.value);
    break;
  case 1:
  case 2:
    result = arith::MulFOp::create(builder, loc, lhs.value, rhs.value);
    break;
  default:
    result = arith::AddFOp::create(builder, loc, lhs.value, rhs.value);
  }
  add(result, lhs.rows);
}

/// A constant activation, which no kernel takes.
void ProgramBuilder::addConstant() {
  if (timeRows == kTimeRows)
    return addArith();
  auto target = pick([](const Rows &r) { return cast<RankedTensorType>(r.value.getType()).hasStaticShape(); });
  if (!target || target->rows == 0)
    return;
  auto constantType = cast<RankedTensorType>(target->value.getType());
  std::vector<float> numbers(random.chance(0.3) ? 1 : constantType.getNumElements());
  double scale = random.oneOf({0.0, 1.0, 1.0});
  for (float &number : numbers)
    number = static_cast<float>(random.uniform(-scale, scale));
  add(arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(constantType, ArrayRef<float>(numbers))),
      target->rows);
}

void ProgramBuilder::declareBlockWeights(BlockOp block) {
  for (auto &[suffix, shape] :
       BlockOp::getWeightShapes(channelsOf(block.getInput()), block.getStateSize(), block.getNumHeads(),
                                block.getHeadDim(), block.getExpandFactor(), block.getConvSize())) {
    std::string name = (block.getWeights() + "_" + suffix).str();
    if (!program.module->lookupSymbol(name))
      declareWeight(name, shape);
  }
}

void ProgramBuilder::addBlock() {
  Rows input = pickAny();
  if (channelsOf(input.value) > 17)
    input = dense(input, 3);
  int64_t channels = channelsOf(input.value), stateSize = random.between(1, 3), heads = random.between(1, 3);
  int64_t headDim = random.oneOf({1, 2, 4, 5}), expand = random.between(1, 2), taps = random.between(1, 4);
  int64_t inner = channels * expand, width = heads * headDim;
  int64_t batch = batchOf(input.value), rows = rowsOf(input.value), allRows = input.rows;
  SmallVector<Value> initial;
  if (random.chance(hasStates)) {
    int64_t past = random.between(0, 3);
    bool isDynamic = random.chance(0.6);
    int64_t pastRows = isDynamic ? ShapedType::kDynamic : past;
    rows = isDynamic || ShapedType::isDynamic(rows) ? ShapedType::kDynamic : rows + past;
    allRows += past;
    initial.push_back(addArgument(type({batch, taps - 1, inner}), taps - 1));
    initial.push_back(addArgument(type({batch, inner}), 1));
    initial.push_back(addArgument(type({batch, pastRows, width}), past));
    initial.push_back(addArgument(type({batch, pastRows, width}), past));
  }
  SmallVector<Type> finalTypes;
  if (random.chance(hasStates))
    finalTypes = {type({batch, taps - 1, inner}), type({batch, inner}), type({batch, rows, width}),
                  type({batch, rows, width})};
  SmallVector<int64_t> key = {channels, stateSize, heads, headDim, expand, taps};
  std::string prefix = "sst_block_" + std::to_string(blocks.size() + 1);
  bool shares = random.chance(isShared);
  for (auto &[name, made] : blocks)
    if (shares && made == key)
      prefix = name;
  blocks.push_back({prefix, key});
  LayerNormFlavor flavor = random.chance(0.4) ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081;
  IntegerAttr window;
  if (timeRows != kTimeRows && random.chance(0.3))
    window = builder.getI64IntegerAttr(random.oneOf({1, 2, 1000}));
  else if (attentionWindow)
    window = builder.getI64IntegerAttr(*attentionWindow);
  auto op = BlockOp::create(builder, loc, input.value.getType(), finalTypes, input.value, initial, prefix, stateSize,
                            heads, headDim, expand, taps, flavor, window);
  declareBlockWeights(op);
  add(op.getOutput(), input.rows);
  if (!finalTypes.empty()) {
    add(op.getFinalStates()[0], taps - 1);
    states.push_back(op.getFinalStates()[1]);
    add(op.getFinalStates()[2], allRows);
    add(op.getFinalStates()[3], allRows);
  }
}

void ProgramBuilder::addCall() {
  if (!hasCalls || program.functions.empty())
    return addDense();
  const RandomFunction &callee = program.functions[random.below(program.functions.size())];
  SmallVector<Value> operands;
  for (auto [argumentType, rows] : llvm::zip_equal(callee.argumentTypes, callee.argumentRows)) {
    auto tensor = cast<RankedTensorType>(argumentType);
    auto found = pick([&, rows = rows](const Rows &r) { return r.value.getType() == tensor && r.rows == rows; });
    if (found)
      operands.push_back(found->value);
    else
      operands.push_back(addArgument(tensor, rows));
  }
  auto op = func::CallOp::create(builder, loc, callee.name, callee.resultTypes, operands);
  for (auto [result, rows] : llvm::zip_equal(op.getResults(), callee.resultRows))
    if (cast<RankedTensorType>(result.getType()).getRank() == 3)
      add(result, rows);
    else
      states.push_back(result);
}
