//===- PassUtils.cpp - what the passes of this folder share -------------------------------------------------------===//

#include "PassUtils.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sst;

SmallVector<Operation *> sst::collectOps(ModuleOp module) {
  SmallVector<Operation *> result;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == module)
      return WalkResult::advance();
    if (op->hasTrait<OpTrait::SymbolTable>())
      return WalkResult::skip();
    result.push_back(op);
    return WalkResult::advance();
  });
  return result;
}

void sst::eraseDeadOps(ModuleOp module) {
  // Users come after producers, and ops in regions after the op that holds them.
  SmallVector<Operation *> ops = collectOps(module);
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
}

Location sst::getResultLoc(OpResult result) {
  Operation *op = result.getOwner();
  Location loc = op->getLoc();
  unsigned count = op->getNumResults(), number = result.getResultNumber();
  if (count == 1)
    return loc;
  if (auto fused = dyn_cast<FusedLoc>(loc); fused && fused.getLocations().size() == count)
    return fused.getLocations()[number];
  auto named = dyn_cast<NameLoc>(loc);
  if (!named)
    return loc;
  auto name = StringAttr::get(op->getContext(), named.getName().getValue() + "#" + Twine(number));
  return NameLoc::get(name, named.getChildLoc());
}

SmallVector<Location> sst::getResultLocs(Operation *op) { return llvm::map_to_vector(op->getResults(), getResultLoc); }

Location sst::fuseResultLocs(ArrayRef<Location> locs) { return FusedLoc::get(locs[0].getContext(), locs); }

remark::RemarkOpts sst::remarkOn(Operation *op, StringRef name, StringRef category) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return remark::RemarkOpts::name(name).category(category).function(function ? function.getName() : StringRef());
}
