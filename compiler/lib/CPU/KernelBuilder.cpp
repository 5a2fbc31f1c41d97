//===- KernelBuilder.cpp - the expressions that kernels are made of ---------------------------------------------===//

#include "sst/Compiler/KernelBuilder.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Variants.h"

using namespace mlir;
using namespace sst;

Value KernelBuilder::scalar(float value) { return arith::ConstantOp::create(*this, getF32FloatAttr(value)); }

Value KernelBuilder::splat(float value) {
  return arith::ConstantOp::create(*this, SplatElementsAttr::get(vectorType(), value));
}

Value KernelBuilder::add(Value x, int64_t y) { return y == 0 ? x : add(x, index(y)); }

Value KernelBuilder::maxF(Value x, Value y) {
  return arith::SelectOp::create(*this, arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, y, x), y, x);
}

Value KernelBuilder::tailMask(int64_t count) {
  SmallVector<bool> lanes(kLanes, false);
  std::fill_n(lanes.begin(), count, true);
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(VectorType::get({kLanes}, getI1Type()), lanes));
}

Value KernelBuilder::keepLanes(Value vector, int64_t count, float fill) {
  return count == kLanes ? vector : arith::SelectOp::create(*this, tailMask(count), vector, splat(fill));
}

Value KernelBuilder::loadRow(Value rows, Value row, Value channel, int64_t valid, bool padded) {
  if (valid == kLanes || padded)
    return vector::LoadOp::create(*this, vectorType(), rows, ValueRange{row, channel});
  return vector::MaskedLoadOp::create(*this, vectorType(), rows, ValueRange{row, channel}, tailMask(valid),
                                      splat(0.0f));
}

void KernelBuilder::storeRow(Value vector, Value rows, Value row, Value channel, int64_t valid, bool padded) {
  if (valid == kLanes || padded)
    vector::StoreOp::create(*this, vector, rows, ValueRange{row, channel});
  else
    vector::MaskedStoreOp::create(*this, rows, ValueRange{row, channel}, tailMask(valid), vector);
}

Value KernelBuilder::loadFlat(Value flat, Value offset) {
  return vector::LoadOp::create(*this, vectorType(), flat, ValueRange{offset});
}

Value KernelBuilder::flatten(Value memory) {
  OpFoldResult offset = getIndexAttr(0), size = getIndexAttr(kUnknownLength), stride = getIndexAttr(1);
  MemRefType type = getFlatMemRef(cast<MemRefType>(memory.getType()).getElementType());
  return memref::ReinterpretCastOp::create(*this, type, memory, offset, size, stride);
}

Value KernelBuilder::loadWeights(Value weights, Value offset) {
  if (cast<MemRefType>(weights.getType()).getElementType().isF32())
    return loadFlat(weights, offset);
  auto halves = VectorType::get({kLanes}, getI16Type()), words = VectorType::get({kLanes}, getI32Type());
  Value upper = vector::LoadOp::create(*this, halves, weights, ValueRange{offset});
  Value shift = arith::ConstantOp::create(*this, DenseElementsAttr::get(words, APInt(32, 16)));
  Value bits = arith::ShLIOp::create(*this, arith::ExtUIOp::create(*this, words, upper), shift);
  return arith::BitcastOp::create(*this, vectorType(), bits);
}

Value KernelBuilder::reduceLanes(Value vector, function_ref<Value(Value, Value)> combine) {
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> lanes = llvm::to_vector(llvm::seq<int64_t>(0, 2 * half));
    Value low = vector::ShuffleOp::create(*this, vector, vector, ArrayRef(lanes).take_front(half));
    Value high = vector::ShuffleOp::create(*this, vector, vector, ArrayRef(lanes).take_back(half));
    vector = combine(low, high);
  }
  return vector::ExtractOp::create(*this, vector, ArrayRef<int64_t>{0});
}

Value KernelBuilder::sumLanes(Value vector) {
  return reduceLanes(vector, [&](Value x, Value y) { return addF(x, y); });
}

Value KernelBuilder::maxLanes(Value vector) {
  return reduceLanes(vector, [&](Value x, Value y) { return maxF(x, y); });
}

Value KernelBuilder::activate(Activation kind, Value x) {
  auto constant = [&](float value) -> Value {
    auto type = dyn_cast<VectorType>(x.getType());
    return type ? arith::ConstantOp::create(*this, SplatElementsAttr::get(type, value)) : scalar(value);
  };
  auto sigmoid = [&] {
    Value exp = math::ExpOp::create(*this, arith::NegFOp::create(*this, x));
    return divF(constant(1.0f), addF(exp, constant(1.0f)));
  };
  switch (kind) {
  case Activation::None:
    return x;
  case Activation::Sigmoid:
    return sigmoid();
  case Activation::Silu:
    return mulF(sigmoid(), x);
  case Activation::Gelu: {
    Value erf = math::ErfOp::create(*this, mulF(x, constant(0.70710678f)));
    return mulF(mulF(addF(erf, constant(1.0f)), x), constant(0.5f));
  }
  case Activation::Softplus:
    return math::LogOp::create(*this, addF(math::ExpOp::create(*this, x), constant(1.0f)));
  }
  SST_CHECK(false, "unknown activation");
  return x;
}

SmallVector<Value> KernelBuilder::activate(Activation kind, ArrayRef<Value> vectors) {
  if (kind == Activation::None)
    return SmallVector<Value>(vectors);
  if (vectors.size() == 1)
    return {activate(kind, vectors.front())};
  auto function = getInsertionBlock()->getParent()->getParentOfType<func::FuncOp>();
  function->setAttr("passthrough", getStrArrayAttr({kKeepOrderAttribute}));
  // As one vector of vectors, which sst-expand-math takes apart.
  auto type = VectorType::get({static_cast<int64_t>(vectors.size()), kLanes}, getF32Type());
  Value all = arith::ConstantOp::create(*this, SplatElementsAttr::get(type, 0.0f));
  for (auto [i, vector] : llvm::enumerate(vectors))
    all = vector::InsertOp::create(*this, vector, all, ArrayRef<int64_t>{static_cast<int64_t>(i)});
  all = activate(kind, all);
  return llvm::map_to_vector(llvm::seq<int64_t>(0, vectors.size()), [&](int64_t i) -> Value {
    return vector::ExtractOp::create(*this, all, ArrayRef<int64_t>{i});
  });
}

Value KernelBuilder::mix(Value gate, Value first, Value second) {
  Value rest = mulF(subF(splat(1.0f), gate), second);
  return fma(gate, first, rest);
}

void KernelBuilder::when(Value condition, function_ref<void()> body, function_ref<void()> otherwise) {
  auto ifOp = scf::IfOp::create(*this, condition, /*withElseRegion=*/static_cast<bool>(otherwise));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(ifOp.thenBlock());
  body();
  if (otherwise) {
    setInsertionPointToStart(ifOp.elseBlock());
    otherwise();
  }
}

void KernelBuilder::loop(Value from, Value to, int64_t step, Body body) {
  auto forOp = scf::ForOp::create(*this, from, to, index(step));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(forOp.getBody());
  body(forOp.getInductionVar());
}

SmallVector<Value> KernelBuilder::loop(Value from, Value to, int64_t step, ValueRange init, ReduceBody body) {
  auto forOp = scf::ForOp::create(*this, from, to, index(step), init);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(forOp.getBody());
  SmallVector<Value> next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  if (!next.empty()) // without carried values the loop has its yield already
    scf::YieldOp::create(*this, next);
  return forOp.getResults();
}

void KernelBuilder::forEachVector(int64_t channels, function_ref<void(Value, int64_t)> body) {
  int64_t full = channels / kLanes * kLanes;
  if (full > 0)
    loop(index(0), index(full), kLanes, [&](Value channel) { body(channel, kLanes); });
  if (full < channels)
    body(index(full), channels - full);
}

SmallVector<Value> KernelBuilder::reduceVectors(int64_t channels, ValueRange init,
                                                function_ref<SmallVector<Value>(Value, int64_t, ValueRange)> body) {
  int64_t full = channels / kLanes * kLanes;
  SmallVector<Value> values(init);
  if (full > 0)
    values = loop(index(0), index(full), kLanes, values,
                  [&](Value channel, ValueRange carried) { return body(channel, kLanes, carried); });
  if (full < channels)
    values = body(index(full), channels - full, values);
  return values;
}

void KernelBuilder::forEachSegment(Value rows, Value firstRow, Value endRow,
                                   function_ref<void(Value, Value, Value, Value)> body) {
  loop(floorDiv(firstRow, rows), ceilDiv(endRow, rows), 1, [&](Value sequence) {
    Value start = mul(sequence, rows);
    body(sequence, start, max(sub(firstRow, start), index(0)), min(sub(endRow, start), rows));
  });
}

void KernelBuilder::forEachTile(Value from, Value to, ArrayRef<int64_t> sizes,
                                function_ref<void(Value, int64_t)> body) {
  forEachTile(from, to, sizes, ValueRange(), [&](Value row, int64_t size, ValueRange) {
    body(row, size);
    return SmallVector<Value>();
  });
}

SmallVector<Value> KernelBuilder::forEachTile(Value from, Value to, ArrayRef<int64_t> sizes, ValueRange init,
                                              function_ref<SmallVector<Value>(Value, int64_t, ValueRange)> body) {
  SmallVector<Value> values(init);
  Value start = from;
  for (int64_t size : sizes) {
    Value count = sub(to, start);
    Value covered = sub(count, arith::RemUIOp::create(*this, count, index(size)));
    Value end = add(start, covered);
    values = loop(start, end, size, values, [&](Value row, ValueRange carried) { return body(row, size, carried); });
    start = end;
  }
  return values;
}
