//===- ExpandBlocks.cpp - composites to the ops they consist of ---------------------------------------------------===//
//
// What a composite consists of is its own affair (PathOpInterface); here it is replaced by it.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"

#include "sst/Compiler/Passes.h"

#include "mlir/IR/SymbolTable.h"

namespace sst {
#define GEN_PASS_DEF_EXPANDBLOCKSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-expand-blocks";

namespace {
struct ExpandBlocksPass final : sst::impl::ExpandBlocksPassBase<ExpandBlocksPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

/// What a remark calls `op`: its prefix of weights, or its kind.
static StringRef getTitle(PathOpInterface op) {
  auto weights = op->getAttrOfType<StringAttr>("weights");
  return weights ? weights.getValue() : op->getName().getStringRef();
}

void ExpandBlocksPass::runOnOperation() {
  SymbolTableCollection symbolTables;
  // A composite may consist of others.
  for (auto ops = collectOps<PathOpInterface>(getOperation()); !ops.empty();
       ops = collectOps<PathOpInterface>(getOperation()))
    for (PathOpInterface op : ops) {
      remark::passed(op->getLoc(), remarkOn(op, "BlockExpanded", category)) << getTitle(op);
      OpBuilder builder(op);
      op->replaceAllUsesWith(op.decompose(builder, symbolTables));
      op->erase();
    }
}
