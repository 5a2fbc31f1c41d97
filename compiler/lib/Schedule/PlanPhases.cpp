//===- PlanPhases.cpp - what runs between two barriers ----------------------------------------------------------===//
//
// A phase is what threads compute without waiting for each other. A stage starts in the phase of its operands if it
// needs nothing of them that another thread computes (the same rows), and else in the next one. So projections, norms
// and activations that follow each other are one phase, in which a block of rows goes through all of them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/StageGraph.h"
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
  explicit PlanPhasesPass(const Backend &backend) : backend(backend) {}
  void runOnOperation() override;

private:
  int64_t getPhase(const StageInfo &stage, int64_t earliest);

  const Backend &backend;
  DenseMap<Value, Origin> origins;
  /// How many stages of a phase are parts of their own.
  DenseMap<int64_t, size_t> parts;
};

} // namespace

std::unique_ptr<Pass> sst::createPlanPhasesPass(const Backend &backend) {
  return std::make_unique<PlanPhasesPass>(backend);
}

int64_t PlanPhasesPass::getPhase(const StageInfo &stage, int64_t earliest) {
  int64_t phase = earliest;
  for (const StageRead &read : stage.reads) {
    auto origin = origins.find(read.operand->get());
    if (origin == origins.end())
      continue;
    bool together = sharesPhase(origin->second.partition, stage.partition, read);
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
  FailureOr<StageGraph> graph = StageGraph::create(function, backend);
  if (failed(graph))
    return signalPassFailure();
  int64_t count = 0;
  for (Operation *op : graph->getOps()) {
    ArrayRef<StageInfo> stages = graph->getStages(op);
    SmallVector<int64_t> phases;
    for (const StageInfo &stage : stages) {
      int64_t phase = getPhase(stage, phases.empty() ? 0 : phases.back() + 1);
      // Two parts are for what is divided by rows and what is not divided.
      if (stage.partition == Partition::Items) {
        while (parts.lookup(phase) + 2 >= backend.getMaxParts())
          ++phase;
        ++parts[phase];
      }
      phases.push_back(phase);
    }
    for (OpResult result : op->getResults()) {
      unsigned stage = graph->getStageOf(result);
      origins[result] = {phases[stage], stages[stage].partition};
    }
    op->setAttr(kPhasesAttr, DenseI64ArrayAttr::get(&getContext(), phases));
    count = std::max(count, phases.back() + 1);
  }
  remark::passed(function.getLoc(), remark::RemarkOpts::name("PhasesPlanned").category("sst-plan-phases"))
      << "runs in " + std::to_string(count) + " phases";
}
