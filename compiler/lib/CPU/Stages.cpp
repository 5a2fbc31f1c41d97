//===- Stages.cpp - how the work of an op is divided ------------------------------------------------------------===//

#include "Stages.h"

#include "Layout.h"
#include "States.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>

using namespace mlir;
using namespace sst;

bool sst::hasOneRow(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 3 && type.getDimSize(1) == 1;
}

SmallVector<Partition> sst::getStages(Operation *op) {
  if (isa<DenseOp>(op))
    return {hasOneRow(op->getResult(0)) ? Partition::Columns : Partition::Rows};
  if (isa<LayerNormOp, ActivationOp, GatedFusionOp, arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
    return {hasOneRow(op->getResult(0)) ? Partition::Whole : Partition::Rows};
  if (isa<LastRowOp>(op))
    return {Partition::Whole};
  if (auto conv = dyn_cast<CausalConv1DOp>(op)) {
    Partition rows = hasOneRow(op->getOperand(0)) ? Partition::Whole : Partition::Rows;
    bool keepsRows = carriesState(op) && cast<RankedTensorType>(conv.getWeight().getType()).getDimSize(0) > 1;
    if (keepsRows) // the outputs, then the last rows of the input to the state
      return {rows, Partition::Whole};
    return {rows};
  }
  if (isa<EmaScanOp>(op)) // the two scalars of each row, then the states
    return {hasOneRow(op->getOperand(0)) ? Partition::Whole : Partition::Rows, Partition::Channels};
  if (isa<CausalAttentionOp>(op)) {
    if (carriesState(op)) // keys and values to the state, then the outputs
      return {hasOneRow(op->getOperand(0)) && hasOneRow(op->getOperand(1)) ? Partition::Whole : Partition::Rows,
              Partition::Heads};
    return {Partition::Heads};
  }
  return {};
}

unsigned sst::getStageOf(OpResult result) {
  if (isa<CausalConv1DOp>(result.getOwner()) && !isCarriedState(result))
    return 0;
  return getStages(result.getOwner()).size() - 1;
}

bool sst::isReadIn(OpOperand &operand, unsigned stage) {
  if (isa<CausalConv1DOp>(operand.getOwner()))
    return stage == 0 || operand.getOperandNumber() == 0;
  if (auto attention = dyn_cast<CausalAttentionOp>(operand.getOwner()))
    return !carriesState(attention) || (operand.get() == attention.getQuery() && stage == 1) ||
           (llvm::is_contained({attention.getKey(), attention.getValue()}, operand.get()) && stage == 0);
  auto scan = dyn_cast<EmaScanOp>(operand.getOwner());
  if (!scan)
    return stage == 0;
  bool isGate = llvm::is_contained({scan.getDelta(), scan.getB(), scan.getC()}, operand.get());
  bool isState = llvm::is_contained({scan.getInput(), scan.getGate(), scan.getInitialState()}, operand.get());
  return stage == 0 ? isGate : isState;
}

bool sst::isRowLocal(OpOperand &operand) { return !isa<CausalConv1DOp>(operand.getOwner()); }

bool sst::sharesPhase(Partition origin, Partition partition, OpOperand &operand) {
  if (origin != partition)
    return false;
  // One thread computes all undivided stages of a phase, in program order.
  return partition == Partition::Whole || (partition == Partition::Rows && isRowLocal(operand));
}

/// Whether every stage comes after what it needs. The phases are an attribute, and may come from a file.
static LogicalResult checkPhases(ArrayRef<Step> steps) {
  DenseMap<std::pair<Operation *, unsigned>, const Step *> stages;
  for (const Step &step : steps)
    stages[{step.op, step.stage}] = &step;
  for (const Step &step : steps) {
    bool valid = true;
    for (OpOperand &operand : step.op->getOpOperands()) {
      auto result = dyn_cast<OpResult>(operand.get());
      const Step *origin = result && !isa<GetWeightOp>(result.getOwner())
                               ? stages.lookup({result.getOwner(), getStageOf(result)})
                               : nullptr;
      if (!origin || !isReadIn(operand, step.stage))
        continue;
      bool together = sharesPhase(origin->partition, step.partition, operand);
      valid &= together ? step.phase >= origin->phase : step.phase > origin->phase;
    }
    if (!valid)
      return step.op->emitOpError("expects its 'sst.phases' to come after those of its operands; run --sst-plan-phases "
                                  "again");
  }
  return success();
}

LogicalResult sst::checkTypesMatch(Operation *op) {
  if (!isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
    return success();
  Type type = op->getResult(0).getType();
  for (Type operand : op->getOperandTypes())
    if (operand != type)
      return op->emitOpError("expects operands of the type of its result, ")
             << type << ", but got " << operand << "; spell both alike";
  return success();
}

LogicalResult sst::checkOneBlock(func::FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("expects a body of one block, but got several; inline control flow first");
  Operation *terminator = function.getBody().front().getTerminator();
  if (!isa<func::ReturnOp>(terminator))
    return terminator->emitOpError("cannot end a function; return its results with func.return");
  return success();
}

FailureOr<SmallVector<Step>> sst::getSteps(func::FuncOp function) {
  if (failed(checkOneBlock(function)))
    return failure();
  SmallVector<Step> steps;
  for (Operation &op : function.getBody().front()) {
    if (isa<GetWeightOp, func::ReturnOp>(op))
      continue;
    SmallVector<Partition> stages = getStages(&op);
    if (stages.empty())
      return op.emitOpError("has no kernel; expand it first (--sst-expand-blocks), or write it in terms of ")
             << kOpsWithKernels;
    if (failed(checkTypesMatch(&op)))
      return failure();
    auto planned = op.getAttrOfType<DenseI64ArrayAttr>(kPhasesAttr);
    if (!planned || planned.size() != static_cast<int64_t>(stages.size()) ||
        !llvm::is_sorted(planned.asArrayRef(), std::less_equal<>()))
      return op.emitOpError("expects the phases of its stages in 'sst.phases'; run --sst-plan-phases first");
    for (auto [stage, partition] : llvm::enumerate(stages))
      steps.push_back({&op, static_cast<unsigned>(stage), partition, planned[stage]});
  }
  llvm::stable_sort(steps, [](const Step &a, const Step &b) { return a.phase < b.phase; });
  int64_t count = 0, last = -1;
  for (Step &step : steps) {
    count += step.phase != last;
    last = step.phase;
    step.phase = count - 1;
  }
  if (failed(checkPhases(steps)))
    return failure();
  return steps;
}
