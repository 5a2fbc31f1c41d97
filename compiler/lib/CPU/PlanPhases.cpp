//===- PlanPhases.cpp - what runs between two barriers ----------------------------------------------------------===//
//
// A phase is what threads compute without waiting for each other. A stage starts in the phase of its operands if it
// needs nothing of them that another thread computes (the same rows), and else in the next one. So projections, norms
// and activations that follow each other are one phase, in which a block of rows goes through all of them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Layout.h"
#include "Stages.h"

#include "sst/Compiler/Passes.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Remarks.h"

namespace sst {
#define GEN_PASS_DEF_PLANPHASESPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

namespace {

/// Where a value is computed.
struct Origin {
  int64_t phase;
  Partition partition;
};

struct PlanPhasesPass final : sst::impl::PlanPhasesPassBase<PlanPhasesPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  int64_t getPhase(Operation *op, unsigned stage, Partition partition, int64_t earliest);

  DenseMap<Value, Origin> origins;
  /// How many stages of a phase are parts of their own.
  DenseMap<int64_t, size_t> parts;
};

} // namespace

int64_t PlanPhasesPass::getPhase(Operation *op, unsigned stage, Partition partition, int64_t earliest) {
  int64_t phase = earliest;
  for (OpOperand &operand : op->getOpOperands()) {
    auto origin = origins.find(operand.get());
    if (origin == origins.end() || !isReadIn(operand, stage))
      continue;
    bool together = sharesPhase(origin->second.partition, partition, operand);
    phase = std::max(phase, origin->second.phase + (together ? 0 : 1));
  }
  return phase;
}

void PlanPhasesPass::runOnOperation() {
  origins.clear();
  parts.clear();
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  if (failed(checkOneBlock(function)))
    return signalPassFailure();
  int64_t count = 0;
  for (Operation &op : function.getBody().front()) {
    if (isa<GetWeightOp, func::ReturnOp>(op))
      continue;
    SmallVector<Partition> stages = getStages(&op);
    if (stages.empty()) {
      op.emitOpError("cannot be scheduled; run --sst-expand-blocks first, or write it in terms of ") << kOpsWithKernels;
      return signalPassFailure();
    }
    if (failed(checkTypesMatch(&op)))
      return signalPassFailure();
    SmallVector<int64_t> phases;
    for (auto [stage, partition] : llvm::enumerate(stages)) {
      int64_t phase = getPhase(&op, stage, partition, stage == 0 ? 0 : phases.back() + 1);
      // Two parts are for what is divided by rows and what is not divided.
      if (partition != Partition::Rows && partition != Partition::Whole) {
        while (parts.lookup(phase) + 2 >= kMaxSections)
          ++phase;
        ++parts[phase];
      }
      phases.push_back(phase);
    }
    for (OpResult result : op.getResults())
      origins[result] = {phases[getStageOf(result)], stages[getStageOf(result)]};
    op.setAttr(kPhasesAttr, DenseI64ArrayAttr::get(&getContext(), phases));
    count = std::max(count, phases.back() + 1);
  }
  remark::passed(function.getLoc(), remark::RemarkOpts::name("PhasesPlanned").category("sst-plan-phases"))
      << "runs in " + std::to_string(count) + " phases";
}
