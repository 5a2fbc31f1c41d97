//===- DenseOps.cpp - row-local ops -----------------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

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

RowUse DenseOp::getRowUse(OpOperand &operand) { return getWeightUse(operand) ? RowUse::NoRows : RowUse::SameRow; }

LogicalResult DenseOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) { return success(); }

void DenseOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) { cutToLastRow(*this, lastRowOf); }

std::optional<WeightUse> DenseOp::getWeightUse(OpOperand &operand) {
  bool isWeight = &operand == &getWeightMutable();
  if (!isWeight && !isOneOf(operand, getBiasMutable()))
    return std::nullopt;
  WeightUse use{isWeight ? WeightUse::Projection : WeightUse::Bias, {}};
  for (Value output : getOutputs())
    use.segments.push_back(cast<RankedTensorType>(output.getType()).getDimSize(2));
  return use;
}

LogicalResult DenseOp::canAbsorb(OpResult result, Epilogue epilogue, StringRef &whyNot) {
  if (epilogue == Epilogue::Activation) {
    if (getGate() || getResidual())
      whyNot = "the dense has a gate or residual, which come after its activation";
    else if (getActivation(result.getResultNumber()) != Activation::None)
      whyNot = "the dense has an activation already";
    return success(whyNot.empty());
  }
  if (epilogue == Epilogue::Product)
    return failure();
  if (getOutputs().size() != 1)
    whyNot = "the dense has several results";
  else if (getResidual())
    whyNot = "the dense has a residual already";
  else if (epilogue == Epilogue::Mixture && getGate())
    whyNot = "the dense has a gate already";
  return success(whyNot.empty());
}

void DenseOp::absorbActivations(ArrayRef<Activation> activations) {
  SmallVector<Attribute> attributes;
  bool any = false;
  for (auto [index, activation] : llvm::enumerate(activations)) {
    Activation own = activation == Activation::None ? getActivation(index) : activation;
    any |= own != Activation::None;
    attributes.push_back(ActivationAttr::get(getContext(), own));
  }
  // All `none` is spelled as nothing.
  if (any)
    setActivationsAttr(ArrayAttr::get(getContext(), attributes));
}

void DenseOp::absorb(Epilogue epilogue, ValueRange operands) {
  if (epilogue == Epilogue::Sum)
    return getResidualMutable().assign(operands);
  getGateMutable().assign(operands[0]);
  getOtherMutable().assign(operands[1]);
}

RowUse ActivationOp::getRowUse(OpOperand &operand) { return RowUse::SameRow; }

LogicalResult ActivationOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) { return success(); }

void ActivationOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) { cutToLastRow(*this, lastRowOf); }

LogicalResult LastRowOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // C2
  if (input.getDimSize(1) == 0)
    return emitOpError("expects 'input' to have at least one row, but got 0");
  // C1
  return verifyShape(*this, "output", cast<ShapedType>(getOutput().getType()),
                     {input.getDimSize(0), 1, input.getDimSize(2)});
}

RowUse LastRowOp::getRowUse(OpOperand &operand) { return RowUse::EarlierRows; }

LogicalResult LastRowOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  whyNot = "the value is a last row already";
  return failure();
}

void LastRowOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {
  llvm::reportFatalInternalError("a last row never says that it can");
}
