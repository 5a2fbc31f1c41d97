//===- ScanOps.cpp - ops that carry state along time ------------------------------------------------------------===//

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
