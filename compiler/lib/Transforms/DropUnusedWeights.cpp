//===- DropUnusedWeights.cpp - erase weights that nothing uses ----------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/Passes.h"

namespace sst {
#define GEN_PASS_DEF_DROPUNUSEDWEIGHTSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

namespace {
struct DropUnusedWeightsPass final : sst::impl::DropUnusedWeightsPassBase<DropUnusedWeightsPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

void DropUnusedWeightsPass::runOnOperation() {
  eraseDeadOps(getOperation());
  WeightUses uses(getOperation());
  for (WeightOp weight : llvm::make_early_inc_range(getOperation().getOps<WeightOp>())) {
    if (uses.isUsed(weight.getSymNameAttr()))
      continue;
    remark::passed(weight.getLoc(), remarkOn(weight, "WeightDropped", "sst-drop-unused-weights"))
        << weight.getSymName();
    weight.erase();
  }
}
