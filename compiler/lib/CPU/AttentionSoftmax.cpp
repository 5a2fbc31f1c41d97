//===- AttentionSoftmax.cpp - the scores of a row become weights ------------------------------------------------===//
//
// For one query row and a block of keys: the running maximum and sum, and the output so far relative to the maximum.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include <limits>

using namespace mlir;
using namespace sst;

/// What getAttentionSoftmax does; `first` is null if all keys of the block before `count` are visible.
static void emitSoftmaxKernel(KernelBuilder &b, int64_t paddedDim, Value scratch, Value scores, Value maximumAt,
                              Value sumAt, Value output, Value first, Value count) {
  auto store = [&](Value vector, Value offset) { vector::StoreOp::create(b, vector, scratch, ValueRange{offset}); };
  auto laneType = VectorType::get({kLanes}, b.getI32Type());
  auto laneNumbers = llvm::to_vector(llvm::seq<int32_t>(0, kLanes));
  Value lanes = arith::ConstantOp::create(b, DenseElementsAttr::get(laneType, ArrayRef<int32_t>(laneNumbers)));
  auto compareLanes = [&](arith::CmpIPredicate predicate, Value number) -> Value {
    Value scalar = arith::IndexCastOp::create(b, b.getI32Type(), number);
    return arith::CmpIOp::create(b, predicate, lanes, vector::BroadcastOp::create(b, laneType, scalar));
  };
  Value whole = b.startOfPanel(count), inLast = compareLanes(arith::CmpIPredicate::slt, b.sub(count, whole));
  // Calls `body(panel, carried, visible)` for all panels. Only in the last one some keys may be invisible, with a
  // window in any.
  auto overPanels = [&](Value init, function_ref<Value(Value, Value, Value)> body) -> Value {
    if (first)
      return b.loop(b.startOfPanel(first), count, kLanes, init, [&](Value panel, ValueRange values) {
        Value above = compareLanes(arith::CmpIPredicate::sge, b.sub(first, panel));
        Value below = compareLanes(arith::CmpIPredicate::slt, b.sub(count, panel));
        return SmallVector<Value>{body(panel, values[0], arith::AndIOp::create(b, above, below))};
      })[0];
    Value carried = b.loop(b.index(0), whole, kLanes, init, [&](Value panel, ValueRange values) {
      return SmallVector<Value>{body(panel, values[0], Value())};
    })[0];
    return b.loop(whole, count, kLanes, carried, [&](Value panel, ValueRange values) {
      return SmallVector<Value>{body(panel, values[0], inLast)};
    })[0];
  };
  auto keep = [&](Value mask, Value vector, float otherwise) {
    return mask ? Value(arith::SelectOp::create(b, mask, vector, b.splat(otherwise))) : vector;
  };
  constexpr float none = -std::numeric_limits<float>::infinity();
  Value blockMaximum = overPanels(b.splat(none), [&](Value panel, Value carried, Value mask) {
    return b.maxF(carried, keep(mask, b.loadFlat(scratch, b.add(scores, panel)), none));
  });
  Value before = b.loadFlat(scratch, maximumAt);
  Value maximum = b.maxF(before, b.broadcast(b.maxLanes(blockMaximum)));
  Value rescale = math::ExpOp::create(b, b.subF(before, maximum));
  Value sum = b.mulF(b.loadFlat(scratch, sumAt), rescale);
  sum = overPanels(sum, [&](Value panel, Value carried, Value mask) {
    Value at = b.add(scores, panel);
    Value weight = keep(mask, math::ExpOp::create(b, b.subF(b.loadFlat(scratch, at), maximum)), 0.0f);
    store(weight, at);
    return b.addF(carried, weight);
  });
  store(maximum, maximumAt);
  store(sum, sumAt);
  b.forEachVector(paddedDim, [&](Value channel, int64_t) {
    Value at = b.add(output, channel);
    store(b.mulF(b.loadFlat(scratch, at), rescale), at);
  });
}

func::FuncOp KernelLibrary::getAttentionSoftmax(int64_t channels, bool hasFirst) {
  MLIRContext *context = getContext();
  SmallVector<Type> arguments = {getFlatMemRef(Float32Type::get(context))};
  arguments.append(hasFirst ? 6 : 5, IndexType::get(context));
  std::string name = "attention_softmax_" + std::to_string(channels) + (hasFirst ? "_window" : "");
  return getOrEmit(name, arguments, [&](KernelBuilder &b, ValueRange args) {
    emitSoftmaxKernel(b, channels, args[0], args[1], args[2], args[3], args[4], hasFirst ? args[5] : Value(),
                      args.back());
  });
}
