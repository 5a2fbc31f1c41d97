//===- ExpansionBudget.cpp - what a module asks for beyond the bytes of its file ----------------------------------===//

#include "sst/Compiler/ExpansionBudget.h"

#include "sst/Dialect/CountElements.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace sst;

LogicalResult ExpansionBudget::charge(Operation *op, uint64_t bytes) {
  used = llvm::SaturatingAdd(used, bytes);
  if (used <= static_cast<uint64_t>(kMaxBytes))
    return success();
  return op->emitOpError(
             "brings the splats, padding and copies of the module, for which no bytes of its file stand, to ")
         << used << " bytes; expects at most " << kMaxBytes << " in sum: make tensors smaller, or spell values out";
}

/// The bytes of all values of `dense`, whether they are spelled out or not.
static uint64_t countBytes(DenseElementsAttr dense) {
  // A value of less than a byte takes one.
  uint64_t bits = dense.getElementType().isIntOrFloat() ? dense.getElementType().getIntOrFloatBitWidth() : 128;
  std::optional<int64_t> count = countElements(dense.getType());
  uint64_t elements = count ? *count : std::numeric_limits<uint64_t>::max();
  return llvm::SaturatingMultiply(elements, llvm::divideCeil(bits, 8));
}

/// The bytes that a use of `attribute` needs beyond those of the file, in which the values in `seen` stand; the first
/// use of a value that is spelled out is the one for which they do.
static uint64_t countBytesBeyondFile(Attribute attribute, llvm::SmallPtrSetImpl<const void *> &seen) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return !blob || seen.insert(resource.getRawHandle().getResource()).second ? 0 : blob->getData().size();
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense || (!dense.isSplat() && seen.insert(dense.getAsOpaquePointer()).second))
    return 0;
  return countBytes(dense);
}

LogicalResult ExpansionBudget::chargeSplats(ModuleOp module) {
  llvm::SmallPtrSet<const void *, 16> seen;
  WalkResult result = module->walk([&](Operation *op) {
    if (auto weight = dyn_cast<WeightOp>(op)) {
      auto splat = dyn_cast<SplatElementsAttr>(weight.getValue());
      if (splat && splat.getElementType().isF32() && countBytes(splat) > static_cast<uint64_t>(kMaxBytes))
        return WalkResult(weight.emitOpError("expects a splat of at most ")
                          << kMaxElements << " values, but got " << countBytes(splat) / 4);
    }
    for (NamedAttribute attribute : op->getAttrs())
      if (uint64_t bytes = countBytesBeyondFile(attribute.getValue(), seen); bytes != 0 && failed(charge(op, bytes)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult sst::checkSplats(ModuleOp module) { return ExpansionBudget().chargeSplats(module); }
