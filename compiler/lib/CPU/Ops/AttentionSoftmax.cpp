//===- AttentionSoftmax.cpp - the scores of a row become weights ------------------------------------------------===//
//
// For one query row and a block of keys: the running maximum and sum, and the output so far relative to the maximum.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "CausalAttention.h"

#include <limits>

using namespace mlir;
using namespace sst;

static void emitSoftmax(KernelBuilder &b, const AttentionSoftmax &kernel) {
  Value scratch = kernel.scratch.value, scores = kernel.scores, first = kernel.first, count = kernel.count;
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
  Value before = b.loadFlat(scratch, kernel.maximum);
  Value maximum = b.maxF(before, b.broadcast(b.maxLanes(blockMaximum)));
  Value rescale = math::ExpOp::create(b, b.subF(before, maximum));
  Value sum = b.mulF(b.loadFlat(scratch, kernel.sum), rescale);
  sum = overPanels(sum, [&](Value panel, Value carried, Value mask) {
    Value at = b.add(scores, panel);
    Value weight = keep(mask, math::ExpOp::create(b, b.subF(b.loadFlat(scratch, at), maximum)), 0.0f);
    store(weight, at);
    return b.addF(carried, weight);
  });
  store(maximum, kernel.maximum);
  store(sum, kernel.sum);
  b.forEachVector(kernel.channels, [&](Value channel, int64_t) {
    Value at = b.add(kernel.output, channel);
    store(b.mulF(b.loadFlat(scratch, at), rescale), at);
  });
}

void sst::callAttentionSoftmax(KernelBuilder &b, KernelLibrary &library, AttentionSoftmax kernel) {
  std::string name = "attention_softmax_" + std::to_string(kernel.channels) + (kernel.first ? "_window" : "");
  Signature signature(kernel.scratch, kernel.scores, kernel.maximum, kernel.sum, kernel.output, kernel.first,
                      kernel.count);
  library.call(b, name, signature, [&](KernelBuilder &inner) { emitSoftmax(inner, kernel); });
}
