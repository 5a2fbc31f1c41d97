//===- ScanOps.cpp - ops that carry state along time ------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

LogicalResult EmaScanOp::verify() {
  ArrayRef<int64_t> input = cast<RankedTensorType>(getInput().getType()).getShape();
  // C1
  for (auto [name, value] : {std::pair<StringRef, Value>{"delta", getDelta()}, {"b", getB()}, {"c", getC()}}) {
    auto type = cast<RankedTensorType>(value.getType());
    if (failed(verifyShape(*this, name, type, {input[0], input[1], type.getDimSize(2)})))
      return failure();
  }
  if (failed(verifyShape(*this, "c", cast<ShapedType>(getC().getType()),
                         cast<RankedTensorType>(getB().getType()).getShape())))
    return failure();
  // C2
  if (getLastRow() && input[1] == 0)
    return emitOpError("expects 'input' to have at least one row with 'last_row', but got 0");
  SmallVector<int64_t> output = {input[0], getLastRow() ? 1 : input[1], input[2]};
  auto outputType = cast<RankedTensorType>(getOutput().getType());
  if (failed(verifyShape(*this, "output", outputType, output)))
    return failure();
  // C3
  if (getGate() && failed(verifyShape(*this, "gate", cast<ShapedType>(getGate().getType()), outputType.getShape())))
    return failure();
  // C4
  SmallVector<int64_t> state = {input[0], input[2]};
  if (getInitialState() &&
      failed(verifyShape(*this, "initial_state", cast<ShapedType>(getInitialState().getType()), state)))
    return failure();
  if (getFinalState() && failed(verifyShape(*this, "final_state", cast<ShapedType>(getFinalState().getType()), state)))
    return failure();
  return success();
}

SmallVector<StateSlot> EmaScanOp::getStates() {
  return {makeState(getInitialStateMutable(), getFinalState(), StateKind::Value, getInputMutable())};
}

RowUse EmaScanOp::getRowUse(OpOperand &operand) {
  if (isOneOf(operand, getGateMutable()))
    return RowUse::SameRow;
  return isOneOf(operand, getInitialStateMutable()) ? RowUse::NoRows : RowUse::EarlierRows;
}

LogicalResult EmaScanOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  return success(result == getOutput());
}

void EmaScanOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {
  cutToLastRow(*this, lastRowOf);
  setLastRow(true);
}

LogicalResult EmaScanOp::canAbsorb(OpResult result, Epilogue epilogue, StringRef &whyNot) {
  if (epilogue != Epilogue::Product || result != getOutput())
    return failure();
  if (getGate())
    whyNot = "the scan has a gate already";
  return success(whyNot.empty());
}

void EmaScanOp::absorbActivations(ArrayRef<Activation> activations) {
  llvm::reportFatalInternalError("a scan takes products only");
}

void EmaScanOp::absorb(Epilogue epilogue, ValueRange operands) { getGateMutable().assign(operands); }
