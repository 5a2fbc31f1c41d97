//===- FuseEpilogues.cpp - ops that follow a producer become part of it -------------------------------------------===//
//
// A producer says by EpilogueOpInterface what it takes; what a consumer would become is decided here. A fused op takes
// the place and the location of the consumer that it swallows, so that the next consumer finds it as its producer:
// dense, then activation, then gate, then residual.
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
static constexpr StringLiteral usedBefore = "another result of the op is used before the operands are known";

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
};
} // namespace

/// Whether `op` has one result that is no final state: then that one's location is the op's.
static bool hasOneNamedResult(Operation *op) {
  SmallVector<StateSlot> states = getStates(op);
  return llvm::count_if(op->getResults(), [&](OpResult result) {
           return llvm::none_of(states, [&](const StateSlot &state) { return state.final == result; });
         }) == 1;
}

/// Gives results of `op` the locations of what they have become.
static void setResultLocs(Operation *op, ArrayRef<std::pair<OpResult, Location>> changed) {
  if (hasOneNamedResult(op))
    return op->setLoc(changed[0].second);
  SmallVector<Location> locs = getResultLocs(op);
  for (auto [result, loc] : changed)
    locs[result.getResultNumber()] = loc;
  op->setLoc(fuseResultLocs(locs));
}

/// `value`, a result of the op that swallowed `consumer`, takes the place of the consumer's result.
static void replaceConsumer(Operation *consumer, Value value, StringRef remarkName) {
  remark::passed(consumer->getLoc(), remarkOn(consumer, remarkName, category))
      << (Twine("into ") + value.getDefiningOp()->getName().getStringRef()).str();
  consumer->getResult(0).replaceAllUsesWith(value);
  consumer->erase();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Activations: all of a producer at once, as there may be thousands of results
//===--------------------------------------------------------------------------------------------------------------===//

/// Why `activation` cannot become part of the op that computes its input; empty if it can.
static StringRef whyNotActivated(ActivationOp activation) {
  Value input = activation.getInput();
  auto producer = input.getDefiningOp<EpilogueOpInterface>();
  StringRef reason;
  if (producer && succeeded(producer.canAbsorb(cast<OpResult>(input), Epilogue::Activation, reason)))
    return whyNotFusable(input, activation);
  return reason.empty() ? "the input is not the result of a dense or a convolution" : reason;
}

/// Makes the activations of its results part of `producer`.
static void fuseActivations(EpilogueOpInterface producer) {
  SmallVector<Activation> activations(producer->getNumResults(), Activation::None);
  SmallVector<std::pair<OpResult, ActivationOp>> fused;
  SmallVector<std::pair<OpResult, Location>> locs;
  for (OpResult result : producer->getResults()) {
    if (!result.hasOneUse())
      continue;
    auto activation = dyn_cast<ActivationOp>(*result.user_begin());
    if (!activation || !whyNotActivated(activation).empty())
      continue;
    activations[result.getResultNumber()] = activation.getKind();
    fused.emplace_back(result, activation);
    locs.emplace_back(result, activation.getLoc());
  }
  if (fused.empty())
    return;
  producer.absorbActivations(activations);
  setResultLocs(producer, locs);
  for (auto [result, activation] : fused)
    replaceConsumer(activation, result, "ActivationFused");
}

/// Says why `activation` is still there.
static void explainActivation(ActivationOp activation) {
  if (StringRef reason = whyNotActivated(activation); !reason.empty())
    reportMissed(activation, "ActivationFused", reason);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Products, mixtures, sums
//===--------------------------------------------------------------------------------------------------------------===//

/// The op that computes `value` if it can take on `epilogue` in place of `consumer`; if not, `reason` may say why.
static EpilogueOpInterface getProducer(Value value, Epilogue epilogue, Operation *consumer, StringRef &reason) {
  auto producer = value.getDefiningOp<EpilogueOpInterface>();
  if (!producer || failed(producer.canAbsorb(cast<OpResult>(value), epilogue, reason)))
    return {};
  reason = whyNotFusable(value, consumer);
  return reason.empty() ? producer : EpilogueOpInterface();
}

/// Moves `producer` to `consumer`, behind `operands`. Fails if it has other results and one is used in between.
static LogicalResult moveBehind(ValueRange operands, Operation *producer, Operation *consumer) {
  if (producer->getNumResults() > 1)
    return moveToConsumer(producer, consumer, operands);
  moveTo(producer, consumer);
  return success();
}

/// Makes `consumer`, which computes `epilogue` of `value` and `operands`, part of the op that computes `value`, which
/// has been moved to where the operands are known.
static void absorb(Value value, Epilogue epilogue, ValueRange operands, Operation *consumer, StringRef remarkName) {
  auto producer = value.getDefiningOp<EpilogueOpInterface>();
  producer.absorb(epilogue, operands);
  setResultLocs(producer, {{cast<OpResult>(value), consumer->getLoc()}});
  replaceConsumer(consumer, value, remarkName);
}

static void fuseProduct(arith::MulFOp op) {
  constexpr StringLiteral name = "ScanGateFused";
  StringRef reason;
  for (auto [value, gate] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
    StringRef ownReason;
    EpilogueOpInterface producer = getProducer(value, Epilogue::Product, op, ownReason);
    if (!ownReason.empty())
      reason = ownReason;
    if (!producer)
      continue;
    if (failed(moveToConsumer(producer, op, gate))) {
      reason = "the scan's final state is used before the gate is known";
      continue;
    }
    return absorb(value, Epilogue::Product, gate, op, name);
  }
  if (!reason.empty())
    reportMissed(op, name, reason);
}

static void fuseMixture(GatedFusionOp op) {
  constexpr StringLiteral name = "GatedFusionFused";
  StringRef reason;
  EpilogueOpInterface producer = getProducer(op.getFirst(), Epilogue::Mixture, op, reason);
  if (!producer && reason.empty())
    reason = op.getSecond().getDefiningOp<DenseOp>() ? "only 'second' is the result of a dense"
                                                     : "'first' is not the result of a dense";
  Value operands[] = {op.getGate(), op.getSecond()};
  if (producer && failed(moveBehind(operands, producer, op)))
    reason = usedBefore;
  if (!reason.empty())
    return reportMissed(op, name, reason);
  absorb(op.getFirst(), Epilogue::Mixture, operands, op, name);
}

static void fuseSum(arith::AddFOp op) {
  constexpr StringLiteral name = "ResidualFused";
  EpilogueOpInterface chosen;
  Value sum, residual;
  StringRef reason;
  for (auto [value, other] : {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
    StringRef ownReason;
    EpilogueOpInterface producer = getProducer(value, Epilogue::Sum, op, ownReason);
    if (!ownReason.empty())
      reason = ownReason;
    // Of two, the later one: what it waits for is there already.
    if (!producer || (chosen && producer->isBeforeInBlock(chosen)))
      continue;
    chosen = producer;
    sum = value;
    residual = other;
  }
  if (chosen && succeeded(moveBehind(residual, chosen, op)))
    return absorb(sum, Epilogue::Sum, residual, op, name);
  if (chosen)
    reason = usedBefore;
  if (!reason.empty())
    reportMissed(op, name, reason);
}

void FuseEpiloguesPass::runOnOperation() {
  // Activations come right behind what they are of, before everything else that may follow.
  for (auto producer : collectOps<EpilogueOpInterface>(getOperation()))
    fuseActivations(producer);
  // Each op is visited once and only erases itself.
  for (Operation *op : collectOps(getOperation())) {
    if (auto activation = dyn_cast<ActivationOp>(op))
      explainActivation(activation);
    else if (auto mul = dyn_cast<arith::MulFOp>(op))
      fuseProduct(mul);
    else if (auto fusion = dyn_cast<GatedFusionOp>(op))
      fuseMixture(fusion);
    else if (auto add = dyn_cast<arith::AddFOp>(op))
      fuseSum(add);
  }
}
