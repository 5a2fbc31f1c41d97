//===- GeneratePatterns.cpp - shapes that passes look for, nearly or exactly ------------------------------------===//

#include "Generator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sst;

void ProgramBuilder::addPattern() {
  switch (random.below(8)) {
  case 0:
    return addProjections();
  case 1:
    return addScaledAttention();
  case 2:
    return addGatedBranches();
  case 3:
    return addGatedScan();
  case 4:
    return addResidual();
  case 5:
    return addSplitLastRow();
  case 6:
    return addLastRowsOfUsers();
  default:
    return addLastRows();
  }
}

/// An op whose every row depends on one row of its operands.
void ProgramBuilder::addRowLocalOp() {
  switch (random.below(8)) {
  case 0:
    return addLayerNorm();
  case 1:
    return addActivation();
  case 2:
    return addFusion();
  case 3:
    return addArith();
  case 4:
    return addProjections();
  case 5:
    return addGatedBranches();
  case 6:
    return addResidual();
  default:
    return addDense();
  }
}

/// Several projections of one input, some of them with an activation.
void ProgramBuilder::addProjections() {
  Rows input = pickAny();
  for (int64_t count = random.between(2, 3); count > 0; --count) {
    Rows projection = dense(input, size());
    if (random.chance(0.3)) {
      hide(projection.value);
      add(ActivationOp::create(builder, loc, activation(), projection.value).getOutput(), input.rows);
    }
  }
}

/// Query, keys and values of one input, by one projection or three, and a scale.
void ProgramBuilder::addScaledAttention() {
  Rows input = pickAny();
  if (input.rows == 0)
    return;
  int64_t channels = size(), heads = divisor(channels);
  SmallVector<Value> parts;
  if (random.chance(0.4)) {
    Value kernel = weight({channelsOf(input.value), 3 * channels}), bias;
    if (random.chance(0.5))
      bias = weight({3 * channels});
    Type part = withChannels(input.value, channels);
    auto op = DenseOp::create(builder, loc, TypeRange{part, part, part}, input.value, kernel, bias, Value(), Value(),
                              Value(), builder.getArrayAttr({}));
    parts.assign(op.getOutputs().begin(), op.getOutputs().end());
    random.shuffle(parts);
  } else {
    for (int i = 0; i < 3; ++i) {
      parts.push_back(dense(input, channels).value);
      hide(parts.back());
    }
  }
  Rows query = {parts[0], input.rows};
  if (random.chance(0.3)) {
    query.value = LastRowOp::create(builder, loc, type({batchOf(input.value), 1, channels}), parts[0]).getOutput();
    query.rows = 1;
  }
  float scale = random.oneOf({0.5f, 0.3f, -2.5f, 0.7f});
  IntegerAttr window = attentionWindow ? builder.getI64IntegerAttr(*attentionWindow) : IntegerAttr();
  auto op = CausalAttentionOp::create(builder, loc, query.value.getType(), Type(), Type(), query.value, parts[1],
                                      parts[2], Value(), Value(), heads, llvm::APFloat(scale), window);
  // Half of the time others use query, keys or values, too.
  if (random.chance(0.5))
    add(parts[random.below(3)], input.rows);
  add(op.getOutput(), query.rows);
}

/// Projections that are mixed by a gate, and maybe added to something.
void ProgramBuilder::addGatedBranches() {
  Rows input = pickAny();
  int64_t channels = size();
  SmallVector<Value> parts;
  for (int i = 0; i < 3; ++i) {
    Value part = dense(input, channels).value;
    hide(part);
    if (random.chance(0.5))
      part = ActivationOp::create(builder, loc, activation(), part).getOutput();
    parts.push_back(part);
  }
  Value fused = GatedFusionOp::create(builder, loc, parts[0], parts[1], parts[2]).getOutput();
  if (random.chance(0.5)) {
    Rows other = pickSame({fused, input.rows});
    bool isFirst = random.chance(0.5);
    fused = arith::AddFOp::create(builder, loc, isFirst ? fused : other.value, isFirst ? other.value : fused);
  }
  if (random.chance(0.3))
    add(parts[random.below(3)], input.rows);
  add(fused, input.rows);
}

/// A scan and a product with it.
void ProgramBuilder::addGatedScan() {
  size_t before = values.size();
  addScan();
  if (values.size() == before)
    return;
  Rows scan = values.back(), gate = pickSame(scan);
  if (random.chance(0.6))
    hide(scan.value);
  bool isFirst = random.chance(0.5);
  add(arith::MulFOp::create(builder, loc, isFirst ? scan.value : gate.value, isFirst ? gate.value : scan.value),
      scan.rows);
}

/// Something, and a function of it that is added.
void ProgramBuilder::addResidual() {
  Rows input = pickAny(), sum = dense(input, channelsOf(input.value));
  if (random.chance(0.5)) {
    hide(sum.value);
    sum = add(ActivationOp::create(builder, loc, activation(), sum.value).getOutput(), input.rows);
  }
  hide(sum.value);
  bool isFirst = random.chance(0.5);
  add(arith::AddFOp::create(builder, loc, isFirst ? input.value : sum.value, isFirst ? sum.value : input.value),
      input.rows);
}

/// A projection of several results, some of which are wanted in the last row only.
void ProgramBuilder::addSplitLastRow() {
  Rows input = pickAny();
  if (!hasLastRows || input.rows == 0)
    return addProjections();
  SmallVector<int64_t> widths;
  SmallVector<Type> types;
  int64_t columns = 0;
  for (int64_t count = random.between(2, 3); count > 0; --count) {
    widths.push_back(size());
    types.push_back(withChannels(input.value, widths.back()));
    columns += widths.back();
  }
  Value kernel = weight({channelsOf(input.value), columns});
  auto op = DenseOp::create(builder, loc, types, input.value, kernel, Value(), Value(), Value(), Value(),
                            builder.getArrayAttr({}));
  for (auto [result, width] : llvm::zip_equal(op.getOutputs(), widths)) {
    bool isWhole = random.chance(0.4), isLast = random.chance(0.6);
    if (isWhole)
      add(result, input.rows);
    if (isLast)
      add(LastRowOp::create(builder, loc, type({batchOf(input.value), 1, width}), result).getOutput(), 1);
  }
}

ProgramBuilder::Rows ProgramBuilder::lastRow(Value value) {
  Type result = type({batchOf(value), 1, channelsOf(value)});
  return add(LastRowOp::create(builder, loc, result, value).getOutput(), 1);
}

/// The last row of what was computed most recently, or of something and of that again.
void ProgramBuilder::addLastRows() {
  Rows input = values.back();
  if (!hasLastRows || input.rows == 0)
    return addArith();
  for (int64_t count = random.between(1, 3); count > 0; --count)
    input = lastRow(input.value);
}

/// Ops that use one value, the last rows of some of them, and now and then the last row of the value itself.
void ProgramBuilder::addLastRowsOfUsers() {
  Rows input = pickAny();
  if (!hasLastRows || input.rows == 0)
    return addProjections();
  for (int64_t count = random.between(2, 4); count > 0; --count) {
    Value user = input.value;
    switch (random.below(4)) {
    case 0:
      user = dense(input, size()).value;
      break;
    case 1:
      user = ActivationOp::create(builder, loc, activation(), input.value).getOutput();
      break;
    case 2:
      user = arith::MulFOp::create(builder, loc, input.value, pickSame(input).value);
      break;
    default:
      break;
    }
    if (user != input.value)
      hide(user);
    Rows last = lastRow(user);
    if (random.chance(0.3))
      lastRow(last.value);
  }
}
