//===- DenseOps.cpp - row-local ops -----------------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

#include <cmath>

using namespace mlir;
using namespace sst;

Activation DenseOp::getActivation(unsigned index) {
  if (getActivations().empty())
    return Activation::None;
  return cast<ActivationAttr>(getActivations()[index]).getValue();
}

/// C6: the epilogue's operands.
static LogicalResult verifyEpilogue(DenseOp op) {
  if (static_cast<bool>(op.getGate()) != static_cast<bool>(op.getOther()))
    return op.emitOpError("expects 'gate' and 'other' together, but got only '")
           << (op.getGate() ? "gate" : "other") << "'";
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"gate", op.getGate()}, {"other", op.getOther()}, {"residual", op.getResidual()}}) {
    if (!value)
      continue;
    if (op.getOutputs().size() != 1)
      return op.emitOpError("expects one result with '") << name << "', but got " << op.getOutputs().size();
    auto type = cast<RankedTensorType>(op.getOutputs()[0].getType());
    if (failed(verifyShape(op, name, cast<ShapedType>(value.getType()), type.getShape())))
      return failure();
  }
  return success();
}

LogicalResult DenseOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto weight = cast<RankedTensorType>(getWeight().getType());
  // C7
  if (getOutputs().empty())
    return emitOpError("expects at least one result, but got none");
  // C1
  if (weight.getDimSize(0) != input.getDimSize(2))
    return emitOpError("expects dimension 0 of 'weight' to equal the channels of 'input', but got ")
           << weight.getDimSize(0) << " vs " << input.getDimSize(2);
  // C2, C4
  int64_t columns = 0;
  for (Value output : getOutputs()) {
    auto type = cast<RankedTensorType>(output.getType());
    if (failed(verifyShape(*this, "outputs", type, {input.getDimSize(0), input.getDimSize(1), type.getDimSize(2)})))
      return failure();
    columns += type.getDimSize(2);
  }
  if (columns != weight.getDimSize(1))
    return emitOpError("expects the channels of the results to add up to dimension 1 of 'weight', but got ")
           << columns << " vs " << weight.getDimSize(1);
  // C3
  if (getBias() && failed(verifyShape(*this, "bias", cast<ShapedType>(getBias().getType()), {columns})))
    return failure();
  // C5
  if (!getActivations().empty() && getActivations().size() != getOutputs().size())
    return emitOpError("expects 'activations' to be empty or to have one entry per result, but got ")
           << getActivations().size() << " for " << getOutputs().size();
  return verifyEpilogue(*this);
}

LogicalResult LayerNormOp::verify() {
  int64_t channels = cast<RankedTensorType>(getInput().getType()).getDimSize(2);
  // C1
  if (failed(verifyShape(*this, "gamma", cast<ShapedType>(getGamma().getType()), {channels})))
    return failure();
  // C2
  double epsilon = getEpsilon().convertToDouble();
  if (!(epsilon > 0) || !std::isfinite(epsilon))
    return emitOpError("expects 'epsilon' to be positive and finite, but got ") << epsilon;
  return success();
}

LogicalResult LastRowOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // C2
  if (input.getDimSize(1) == 0)
    return emitOpError("expects 'input' to have at least one row, but got 0");
  // C1
  return verifyShape(*this, "output", cast<ShapedType>(getOutput().getType()),
                     {input.getDimSize(0), 1, input.getDimSize(2)});
}
