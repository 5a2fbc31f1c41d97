//===- CountElements.h - the number of elements of a shape --------------------------------------------*- C++ -*-===//
//
// MLIR's own count wraps silently when the product of the sizes does not fit 64 bits.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_COUNTELEMENTS_H
#define SST_DIALECT_COUNTELEMENTS_H

#include "mlir/IR/BuiltinTypeInterfaces.h"

#include "llvm/Support/MathExtras.h"

#include <optional>

namespace sst {

/// The number of elements of `type`, all sizes of which are known, or nothing if it does not fit 63 bits.
inline std::optional<int64_t> countElements(mlir::ShapedType type) {
  if (llvm::is_contained(type.getShape(), 0))
    return 0;
  int64_t count = 1;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(count, size, count))
      return std::nullopt;
  return count;
}

} // namespace sst

#endif // SST_DIALECT_COUNTELEMENTS_H
