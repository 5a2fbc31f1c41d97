//===- SSTInterfaces.cpp - what passes and backends ask of an op
//----------------------------------------------------===//

#include "sst/Dialect/SSTInterfaces.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sst;

#include "sst/Dialect/SSTInterfaces.cpp.inc"

SmallVector<StateSlot> sst::getStates(Operation *op) {
  auto stateful = dyn_cast<StatefulOpInterface>(op);
  return stateful ? stateful.getStates() : SmallVector<StateSlot>();
}

bool sst::isElementwise(Operation *op) {
  return op->getNumOperands() != 0 && op->getNumResults() == 1 && op->getNumRegions() == 0 && isPure(op) &&
         OpTrait::hasElementwiseMappableTraits(op) &&
         llvm::all_of(op->getOperandTypes(), [&](Type type) { return type == op->getResult(0).getType(); });
}

std::optional<RowUse> sst::getRowUse(OpOperand &operand) {
  if (auto op = dyn_cast<RowOpInterface>(operand.getOwner()))
    return op.getRowUse(operand);
  if (isElementwise(operand.getOwner()))
    return RowUse::SameRow;
  return std::nullopt;
}

std::optional<WeightUse> sst::getWeightUse(OpOperand &operand) {
  auto user = dyn_cast<WeightUserOpInterface>(operand.getOwner());
  return user ? user.getWeightUse(operand) : std::nullopt;
}

RankedTensorType sst::getLastRowType(Type type) {
  auto rows = cast<RankedTensorType>(type);
  return RankedTensorType::get({rows.getDimSize(0), 1, rows.getDimSize(2)}, rows.getElementType());
}

void sst::cutToLastRow(Operation *op, function_ref<Value(Value)> lastRowOf) {
  // All are found before the first changes: an op is elementwise as long as its types are equal.
  SmallVector<OpOperand *> sameRow;
  for (OpOperand &operand : op->getOpOperands())
    if (getRowUse(operand) == RowUse::SameRow)
      sameRow.push_back(&operand);
  for (OpOperand *operand : sameRow)
    operand->set(lastRowOf(operand->get()));
  SmallVector<StateSlot> states = getStates(op);
  for (OpResult result : op->getResults())
    if (llvm::none_of(states, [&](const StateSlot &state) { return state.final == result; }))
      result.setType(getLastRowType(result.getType()));
}
