//===- WeightOps.cpp - weights as symbols -----------------------------------------------------------------------===//

#include "sst/Dialect/CountElements.h"
#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

LogicalResult WeightOp::verify() {
  // C1
  if (!getValue().getElementType().isF32())
    return emitOpError("expects 'value' to hold f32, but got ") << getValue().getElementType();
  // C2
  auto type = cast<RankedTensorType>(getType());
  int64_t expected = type.getNumElements();
  if (auto panels = dyn_cast_or_null<PanelsAttr>(type.getEncoding()))
    expected = panels.getStorageElements(type.getRank() == 2 ? type.getDimSize(0) : 1);
  std::optional<int64_t> count = countElements(getValue().getShapedType());
  if (!count)
    return emitOpError("expects 'value' to have ")
           << expected << " elements, but got more than 63 bits can count: " << getValue().getShapedType();
  if (*count != expected)
    return emitOpError("expects 'value' to have ") << expected << " elements, but got " << *count;
  // C3
  if (!isPrintableName(getSymName()))
    return emitOpError("expects a name of UTF-8 that can be printed, but got ") << getSymNameAttr();
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  // C1
  auto weight = symbolTable.lookupNearestSymbolFrom<WeightOp>(*this, getNameAttr());
  if (!weight)
    return emitOpError("expects 'name' to refer to an 'sst.weight', but ") << getNameAttr() << " does not";
  // C2
  if (weight.getType() != getWeight().getType())
    return emitOpError("expects the type of ")
           << getNameAttr() << ", " << weight.getType() << ", but got " << getWeight().getType();
  return success();
}
