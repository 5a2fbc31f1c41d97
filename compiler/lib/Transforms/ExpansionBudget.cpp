//===- ExpansionBudget.cpp - what a module asks for beyond the bytes of its file ----------------------------------===//

#include "sst/Compiler/ExpansionBudget.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sst;

/// The number of elements of `type`; the largest number if it does not fit.
static uint64_t countElements(ShapedType type) {
  uint64_t count = 1;
  for (int64_t size : type.getShape())
    count = llvm::SaturatingMultiply(count, static_cast<uint64_t>(size));
  return count;
}

LogicalResult ExpansionBudget::charge(Operation *op, uint64_t bytes) {
  used = llvm::SaturatingAdd(used, bytes);
  if (used <= static_cast<uint64_t>(kMaxBytes))
    return success();
  return op->emitOpError(
             "brings the splats, padding and copies of the module, for which no bytes of its file stand, to ")
         << used << " bytes; expects at most " << kMaxBytes << " in sum: make tensors smaller, or spell values out";
}

/// The bytes of a splat when it is spelled out; 0 for any other attribute.
static uint64_t getSplatBytes(Attribute attribute) {
  auto dense = dyn_cast_or_null<DenseElementsAttr>(attribute);
  if (!dense || !dense.isSplat())
    return 0;
  // A value of less than a byte takes one.
  uint64_t bits = dense.getElementType().isIntOrFloat() ? dense.getElementType().getIntOrFloatBitWidth() : 128;
  return llvm::SaturatingMultiply(countElements(dense.getType()), llvm::divideCeil(bits, 8));
}

LogicalResult ExpansionBudget::chargeSplats(ModuleOp module) {
  WalkResult result = module->walk([&](Operation *op) {
    if (auto weight = dyn_cast<WeightOp>(op)) {
      auto type = weight.getValue().getShapedType();
      if (getSplatBytes(weight.getValue()) > static_cast<uint64_t>(kMaxBytes) && type.getElementType().isF32())
        return WalkResult(weight.emitOpError("expects a splat of at most ")
                          << kMaxElements << " values, but got " << countElements(type));
    }
    for (NamedAttribute attribute : op->getAttrs())
      if (uint64_t bytes = getSplatBytes(attribute.getValue()); bytes != 0 && failed(charge(op, bytes)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult sst::checkSplats(ModuleOp module) { return ExpansionBudget().chargeSplats(module); }
