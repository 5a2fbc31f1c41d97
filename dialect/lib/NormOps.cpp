//===- NormOps.cpp - normalisation of rows
//--------------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

#include <cmath>

using namespace mlir;
using namespace sst;

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

RowUse LayerNormOp::getRowUse(OpOperand &operand) {
  return &operand == &getInputMutable() ? RowUse::SameRow : RowUse::NoRows;
}

LogicalResult LayerNormOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) { return success(); }

void LayerNormOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) { cutToLastRow(*this, lastRowOf); }

std::optional<WeightUse> LayerNormOp::getWeightUse(OpOperand &operand) {
  if (&operand == &getInputMutable())
    return std::nullopt;
  return WeightUse{WeightUse::PerChannel, {getInput().getType().getDimSize(2)}};
}
