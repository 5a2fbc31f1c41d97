//===- PlanArena.cpp - one workspace for all values -------------------------------------------------------------===//
//
// Liveness over the straight-line body gives every value an interval of op numbers. Values that can share memory (an op
// that reads an operand at the element it writes, and is its last use) become one buffer. Buffers are then placed
// first-fit, the largest first, per space. The result depends on program order only.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Layout.h"

#include "sst/Compiler/Passes.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Remarks.h"

#include "llvm/ADT/MapVector.h"

namespace sst {
#define GEN_PASS_DEF_PLANARENAPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

SmallVector<ScratchSize> sst::getScratchSizes(Operation *op) {
  // Per row: how much to keep, how much to let in.
  if (isa<EmaScanOp>(op))
    return {{Space::Rows, kLanes}};
  if (auto attention = dyn_cast<CausalAttentionOp>(op)) {
    int64_t headDim = padChannels(getChannels(attention.getQuery().getType()) / attention.getNumHeads());
    // The transposed keys of one head; scores, running maximum, running sum and output of one query tile.
    return {{Space::Rows, headDim}, {Space::Fixed, kMaxQueryTile * (kKeyBlock + 2 * kLanes + headDim)}};
  }
  return {};
}

namespace {

/// Memory that one or more values occupy, one after the other.
struct Buffer {
  Space space;
  int64_t elements;
  int64_t firstUse, lastUse;
  int64_t offset = 0;
};

/// Operands of `op` that its kernel reads at exactly the element it is about to write.
SmallVector<Value> getReusableOperands(Operation *op) {
  if (auto dense = dyn_cast<DenseOp>(op)) {
    SmallVector<Value> operands;
    for (Value operand : {dense.getResidual(), dense.getGate(), dense.getOther()})
      if (operand && operand != dense.getInput())
        operands.push_back(operand);
    return operands;
  }
  if (isa<ActivationOp, GatedFusionOp, arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
    return llvm::to_vector(op->getOperands());
  if (auto norm = dyn_cast<LayerNormOp>(op))
    return {norm.getInput()};
  return {};
}

bool isPlannable(Operation *op) {
  return isa<DenseOp, LayerNormOp, ActivationOp, LastRowOp, CausalConv1DOp, EmaScanOp, CausalAttentionOp, GatedFusionOp,
             arith::AddFOp, arith::SubFOp, arith::MulFOp>(op);
}

struct PlanArenaPass final : sst::impl::PlanArenaPassBase<PlanArenaPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult collect();
  LogicalResult collectResults(Operation *op, int64_t index, const DenseMap<Value, int64_t> &lastUses);
  LogicalResult placeReturned(func::ReturnOp op);
  void layOut();
  void annotate();

  SmallVector<Buffer> buffers;
  DenseMap<Value, size_t> bufferOf;
  DenseMap<Value, int64_t> returned;
  llvm::MapVector<Operation *, SmallVector<size_t>> scratchOf;
};

} // namespace

/// Whether the value is a `batch x rows x channels` tensor that the arena can hold.
static LogicalResult checkType(Operation *op, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && type.getRank() == 3 && !type.isDynamicDim(2) && type.getElementType().isF32())
    return success();
  return op->emitOpError("cannot be placed in the arena: expects f32 tensors of rank 3 with static channels, but got ")
         << value.getType() << "; carried states are not lowered yet, remove them from the function";
}

LogicalResult PlanArenaPass::placeReturned(func::ReturnOp op) {
  for (auto [number, value] : llvm::enumerate(op.getOperands())) {
    if (isa<BlockArgument>(value) || !isPlannable(value.getDefiningOp()) || returned.contains(value))
      return op.emitOpError("expects every returned value to be a distinct result of an sst op, but operand #")
             << number << " is not; return the result of an op, each once";
    returned[value] = static_cast<int64_t>(number);
  }
  return success();
}

/// Gives each result of `op` a new buffer or that of an operand that dies here.
LogicalResult PlanArenaPass::collectResults(Operation *op, int64_t index, const DenseMap<Value, int64_t> &lastUses) {
  for (Value result : op->getResults()) {
    if (failed(checkType(op, result)))
      return failure();
    if (returned.contains(result))
      continue;
    auto type = cast<RankedTensorType>(result.getType());
    int64_t lastUse = std::max(index, lastUses.lookup(result));
    Value shared;
    for (Value operand : op->getNumResults() == 1 ? getReusableOperands(op) : SmallVector<Value>())
      if (!shared && operand.getType() == type && bufferOf.contains(operand) && lastUses.lookup(operand) == index &&
          buffers[bufferOf[operand]].lastUse == index)
        shared = operand;
    if (shared) {
      size_t buffer = bufferOf[shared];
      bufferOf[result] = buffer;
      buffers[buffer].lastUse = lastUse;
      continue;
    }
    bufferOf[result] = buffers.size();
    buffers.push_back(
        {type.getDimSize(1) == 1 ? Space::Sequences : Space::Rows, padChannels(type.getDimSize(2)), index, lastUse});
  }
  for (ScratchSize scratch : getScratchSizes(op)) {
    scratchOf[op].push_back(buffers.size());
    buffers.push_back({scratch.space, scratch.elements, index, index});
  }
  return success();
}

LogicalResult PlanArenaPass::collect() {
  func::FuncOp function = getOperation();
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("expects a body of one block, but got several; inline control flow first");
  DenseMap<Value, int64_t> lastUses;
  int64_t index = 0;
  for (Operation &op : function.getBody().front()) {
    for (Value operand : op.getOperands())
      lastUses[operand] = index;
    ++index;
  }
  if (failed(placeReturned(cast<func::ReturnOp>(function.getBody().front().getTerminator()))))
    return failure();
  index = 0;
  for (Operation &op : function.getBody().front()) {
    int64_t current = index++;
    if (isa<GetWeightOp, func::ReturnOp>(op))
      continue;
    if (!isPlannable(&op))
      return op.emitOpError("cannot be placed in the arena; run --sst-expand-blocks first, or write it in terms of "
                            "sst.dense, sst.layer_norm, sst.activation, sst.last_row, sst.causal_conv1d, "
                            "sst.ema_scan, sst.causal_attention, sst.gated_fusion, arith.addf, arith.subf, arith.mulf");
    if (failed(collectResults(&op, current, lastUses)))
      return failure();
  }
  return success();
}

/// First fit, largest first; of equal size in program order.
void PlanArenaPass::layOut() {
  SmallVector<size_t> order = llvm::to_vector(llvm::seq<size_t>(0, buffers.size()));
  llvm::stable_sort(order, [&](size_t a, size_t b) { return buffers[a].elements > buffers[b].elements; });
  SmallVector<size_t> placed;
  for (size_t current : order) {
    Buffer &buffer = buffers[current];
    SmallVector<std::pair<int64_t, int64_t>> taken;
    for (size_t other : placed) {
      const Buffer &o = buffers[other];
      if (o.space == buffer.space && o.firstUse <= buffer.lastUse && buffer.firstUse <= o.lastUse)
        taken.push_back({o.offset, o.offset + o.elements});
    }
    llvm::sort(taken);
    for (auto [begin, end] : taken)
      if (begin < buffer.offset + buffer.elements && buffer.offset < end)
        buffer.offset = end;
    placed.push_back(current);
  }
}

void PlanArenaPass::annotate() {
  MLIRContext *context = &getContext();
  auto place = [&](size_t buffer) -> Attribute {
    return PlaceAttr::get(context, buffers[buffer].space, buffers[buffer].offset);
  };
  for (Operation &op : getOperation().getBody().front()) {
    if (!isPlannable(&op))
      continue;
    SmallVector<Attribute> places;
    for (Value result : op.getResults())
      places.push_back(returned.contains(result) ? PlaceAttr::get(context, Space::Result, returned[result])
                                                 : place(bufferOf[result]));
    op.setAttr(kPlacesAttr, ArrayAttr::get(context, places));
    if (auto it = scratchOf.find(&op); it != scratchOf.end())
      op.setAttr(kScratchAttr, ArrayAttr::get(context, llvm::map_to_vector(it->second, place)));
  }
  int64_t sizes[3] = {0, 0, 0};
  int64_t unshared = 0;
  for (const Buffer &buffer : buffers) {
    int64_t &size = sizes[static_cast<int>(buffer.space)];
    size = std::max(size, buffer.offset + buffer.elements);
    unshared += buffer.space == Space::Rows ? buffer.elements : 0;
  }
  getOperation()->setAttr(kArenaAttr, ArenaAttr::get(context, sizes[0], sizes[1], sizes[2]));
  remark::passed(getOperation().getLoc(), remark::RemarkOpts::name("ArenaPlanned").category("sst-plan-arena"))
      << "needs " + std::to_string(sizes[0]) + " f32 per row, " + std::to_string(sizes[1]) + " per sequence, " +
             std::to_string(sizes[2]) + " fixed; without sharing " + std::to_string(unshared) + " per row";
}

void PlanArenaPass::runOnOperation() {
  buffers.clear();
  bufferOf.clear();
  returned.clear();
  scratchOf.clear();
  if (getOperation().isExternal())
    return;
  if (failed(collect()))
    return signalPassFailure();
  layOut();
  annotate();
}
