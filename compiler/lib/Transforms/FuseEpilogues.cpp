//===- FuseEpilogues.cpp - ops that follow a producer become part of it -------------------------------------------===//
//
// One walk in program order. A fused op takes the place and the location of the consumer that it swallows, so that
// the next consumer finds it as its producer: dense, then activation, then gate, then residual.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"

#include "sst/Compiler/Passes.h"
#include "sst/Dialect/SSTOps.h"

namespace sst {
#define GEN_PASS_DEF_FUSEEPILOGUESPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-fuse-epilogues";

/// Why `value` cannot become part of its only user `consumer`, or an empty string if it can as far as uses, place and
/// type are concerned.
static StringRef whyNotFusable(Value value, Operation *consumer) {
  if (!value.hasOneUse())
    return "the value has other uses";
  if (value.getDefiningOp()->getBlock() != consumer->getBlock())
    return "producer and consumer are in different blocks";
  auto hasType = [&](Type type) { return type == value.getType(); };
  if (!llvm::all_of(consumer->getOperandTypes(), hasType) || !llvm::all_of(consumer->getResultTypes(), hasType))
    return "the types of producer and consumer differ";
  return {};
}

/// Whether `value` is available where `op` is. Both are known to be so at a later op of the block.
static bool isAvailableAt(Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  if (!producer || producer->getBlock() != op->getBlock())
    return true;
  return producer->isBeforeInBlock(op);
}

/// Moves `op` right before `place`, in the same block. Other than Operation::moveBefore, it keeps the numbers by which
/// the block tells which op comes first; counting thousands of ops again for each one that moves would take long.
static void moveTo(Operation *op, Operation *place) {
  Block *block = place->getBlock();
  op->remove();
  block->getOperations().insert(Block::iterator(place), op);
  (void)op->isBeforeInBlock(place); // gives it a number between those of its neighbours
}

/// Moves `producer` to `consumer`, where `operand` is available, unless `operand` is available where it is. Fails if
/// another result of the producer is used in between.
static LogicalResult moveToConsumer(Operation *producer, Operation *consumer, ValueRange operands) {
  if (llvm::all_of(operands, [&](Value operand) { return isAvailableAt(operand, producer); }))
    return success();
  for (Operation *user : producer->getUsers()) {
    Operation *ancestor = consumer->getBlock()->findAncestorOpInBlock(*user);
    if (ancestor && ancestor->isBeforeInBlock(consumer))
      return failure();
  }
  moveTo(producer, consumer);
  return success();
}

static void reportMissed(Operation *op, StringRef name, StringRef reason) {
  remark::missed(op->getLoc(), remarkOn(op, name, category)) << reason;
}

namespace {
struct FuseEpiloguesPass final : sst::impl::FuseEpiloguesPassBase<FuseEpiloguesPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  /// What the results of a dense become. It is written at the end, once: there may be thousands of results.
  struct Results {
    SmallVector<Activation> activations;
    SmallVector<Location> locs;
  };
  Results &getResults(DenseOp dense);
  void replaceConsumer(Operation *consumer, Value value, StringRef remarkName);
  void fuseActivation(ActivationOp op);
  void fuseScanGate(arith::MulFOp op);
  void fuseGatedFusion(GatedFusionOp op);
  void fuseResidual(arith::AddFOp op);

  llvm::MapVector<Operation *, Results> denses;
};
} // namespace

FuseEpiloguesPass::Results &FuseEpiloguesPass::getResults(DenseOp dense) {
  auto [found, isNew] = denses.try_emplace(dense);
  if (isNew) {
    found->second.locs = getResultLocs(dense);
    for (unsigned i = 0, e = dense.getOutputs().size(); i < e; ++i)
      found->second.activations.push_back(dense.getActivation(i));
  }
  return found->second;
}

/// `value`, a result of the op that swallowed `consumer`, takes the place of the consumer's result and its location.
void FuseEpiloguesPass::replaceConsumer(Operation *consumer, Value value, StringRef remarkName) {
  remark::passed(consumer->getLoc(), remarkOn(consumer, remarkName, category))
      << (Twine("into ") + value.getDefiningOp()->getName().getStringRef()).str();
  Operation *producer = value.getDefiningOp();
  if (auto dense = dyn_cast<DenseOp>(producer))
    getResults(dense).locs[cast<OpResult>(value).getResultNumber()] = consumer->getLoc();
  else
    producer->setLoc(consumer->getLoc());
  consumer->getResult(0).replaceAllUsesWith(value);
  consumer->erase();
}

void FuseEpiloguesPass::fuseActivation(ActivationOp op) {
  constexpr StringLiteral name = "ActivationFused";
  Value input = op.getInput();
  auto dense = input.getDefiningOp<DenseOp>();
  auto conv = input.getDefiningOp<CausalConv1DOp>();
  if (conv && input != conv.getOutput())
    return reportMissed(op, name, "the input is the final state of a convolution");
  if (!dense && !conv)
    return reportMissed(op, name, "the input is not the result of a dense or a convolution");
  if (StringRef reason = whyNotFusable(input, op); !reason.empty())
    return reportMissed(op, name, reason);
  if (conv) {
    if (conv.getActivation() != Activation::None)
      return reportMissed(op, name, "the convolution has an activation already");
    conv.setActivation(op.getKind());
    return replaceConsumer(op, input, name);
  }
  if (dense.getGate() || dense.getResidual())
    return reportMissed(op, name, "the dense has a gate or residual, which come after its activation");
  unsigned index = cast<OpResult>(input).getResultNumber();
  auto known = denses.find(dense);
  if ((known == denses.end() ? dense.getActivation(index) : known->second.activations[index]) != Activation::None)
    return reportMissed(op, name, "the dense has an activation already");
  getResults(dense).activations[index] = op.getKind();
  replaceConsumer(op, input, name);
}

void FuseEpiloguesPass::fuseScanGate(arith::MulFOp op) {
  constexpr StringLiteral name = "ScanGateFused";
  StringRef reason;
  for (auto [value, gate] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
    auto scan = value.getDefiningOp<EmaScanOp>();
    if (!scan || value != scan.getOutput())
      continue;
    reason = scan.getGate() ? "the scan has a gate already" : whyNotFusable(value, op);
    if (!reason.empty())
      continue;
    if (failed(moveToConsumer(scan, op, gate))) {
      reason = "the scan's final state is used before the gate is known";
      continue;
    }
    scan.getGateMutable().assign(gate);
    return replaceConsumer(op, value, name);
  }
  if (!reason.empty())
    reportMissed(op, name, reason);
}

/// The dense that produces `value` and may take on an epilogue in place of `consumer`, or the reason why not.
static DenseOp getFusableDense(Value value, Operation *consumer, StringRef &reason) {
  auto dense = value.getDefiningOp<DenseOp>();
  if (!dense)
    return {};
  if (dense.getOutputs().size() != 1)
    reason = "the dense has several results";
  else if (dense.getResidual())
    reason = "the dense has a residual already";
  else
    reason = whyNotFusable(value, consumer);
  return reason.empty() ? dense : DenseOp();
}

void FuseEpiloguesPass::fuseGatedFusion(GatedFusionOp op) {
  constexpr StringLiteral name = "GatedFusionFused";
  StringRef reason;
  DenseOp dense = getFusableDense(op.getFirst(), op, reason);
  if (!dense && reason.empty())
    reason = op.getSecond().getDefiningOp<DenseOp>() ? "only 'second' is the result of a dense"
                                                     : "'first' is not the result of a dense";
  if (dense && dense.getGate())
    reason = "the dense has a gate already";
  if (!reason.empty())
    return reportMissed(op, name, reason);
  moveTo(dense, op);
  dense.getGateMutable().assign(op.getGate());
  dense.getOtherMutable().assign(op.getSecond());
  replaceConsumer(op, dense.getOutputs()[0], name);
}

void FuseEpiloguesPass::fuseResidual(arith::AddFOp op) {
  constexpr StringLiteral name = "ResidualFused";
  DenseOp chosen;
  Value residual;
  StringRef reason;
  for (auto [value, other] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
    DenseOp dense = getFusableDense(value, op, reason);
    // Of two, the later one: what it waits for is there already.
    if (!dense || (chosen && dense->isBeforeInBlock(chosen)))
      continue;
    chosen = dense;
    residual = other;
  }
  if (!chosen) {
    if (!reason.empty())
      reportMissed(op, name, reason);
    return;
  }
  moveTo(chosen, op);
  chosen.getResidualMutable().assign(residual);
  replaceConsumer(op, chosen.getOutputs()[0], name);
}

void FuseEpiloguesPass::runOnOperation() {
  denses.clear();
  // Each op is visited once and only erases itself.
  for (Operation *op : collectOps(getOperation())) {
    if (auto activation = dyn_cast<ActivationOp>(op))
      fuseActivation(activation);
    else if (auto mul = dyn_cast<arith::MulFOp>(op))
      fuseScanGate(mul);
    else if (auto fusion = dyn_cast<GatedFusionOp>(op))
      fuseGatedFusion(fusion);
    else if (auto add = dyn_cast<arith::AddFOp>(op))
      fuseResidual(add);
  }
  for (auto &[op, results] : denses) {
    op->setLoc(fuseResultLocs(results.locs));
    // All `none` is spelled as nothing.
    if (llvm::all_of(results.activations, [](Activation kind) { return kind == Activation::None; }))
      continue;
    SmallVector<Attribute> activations = llvm::map_to_vector(
        results.activations, [&](Activation kind) -> Attribute { return ActivationAttr::get(&getContext(), kind); });
    cast<DenseOp>(op).setActivationsAttr(ArrayAttr::get(&getContext(), activations));
  }
}
