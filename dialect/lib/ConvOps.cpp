//===- ConvOps.cpp - convolutions along time
//------------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

LogicalResult CausalConv1DOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto weight = cast<RankedTensorType>(getWeight().getType());
  int64_t taps = weight.getDimSize(0), channels = input.getDimSize(2);
  // C1
  if (failed(verifyShape(*this, "weight", weight, {taps, channels})))
    return failure();
  // C2
  if (getBias() && failed(verifyShape(*this, "bias", cast<ShapedType>(getBias().getType()), {channels})))
    return failure();
  // C3
  SmallVector<int64_t> state = {input.getDimSize(0), taps - 1, channels};
  if (getInitialState() &&
      failed(verifyShape(*this, "initial_state", cast<ShapedType>(getInitialState().getType()), state)))
    return failure();
  if (getFinalState() && failed(verifyShape(*this, "final_state", cast<ShapedType>(getFinalState().getType()), state)))
    return failure();
  return success();
}

SmallVector<StateSlot> CausalConv1DOp::getStates() {
  return {makeState(getInitialStateMutable(), getFinalState(), StateKind::LastRows, getInputMutable())};
}

RowUse CausalConv1DOp::getRowUse(OpOperand &operand) {
  return &operand == &getInputMutable() ? RowUse::EarlierRows : RowUse::NoRows;
}

LogicalResult CausalConv1DOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  whyNot = "the last row of a convolution needs earlier rows";
  return failure();
}

void CausalConv1DOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {
  llvm::reportFatalInternalError("a convolution never says that it can");
}

std::optional<WeightUse> CausalConv1DOp::getWeightUse(OpOperand &operand) {
  if (operand.get() != getWeight() && operand.get() != getBias())
    return std::nullopt;
  return WeightUse{WeightUse::PerChannel, {getInput().getType().getDimSize(2)}};
}

LogicalResult CausalConv1DOp::canAbsorb(OpResult result, Epilogue epilogue, StringRef &whyNot) {
  if (epilogue != Epilogue::Activation)
    return failure();
  if (result == getFinalState())
    whyNot = "the input is the final state of a convolution";
  else if (getActivation() != Activation::None)
    whyNot = "the convolution has an activation already";
  return success(whyNot.empty());
}

void CausalConv1DOp::absorbActivations(ArrayRef<Activation> activations) {
  if (activations[0] != Activation::None)
    setActivation(activations[0]);
}

void CausalConv1DOp::absorb(Epilogue epilogue, ValueRange operands) {
  llvm::reportFatalInternalError("a convolution takes activations only");
}
