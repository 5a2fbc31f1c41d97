//===- Verify.cpp - checks that several ops share ---------------------------------------------------------------===//

#include "Verify.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

std::string sst::formatShape(ArrayRef<int64_t> shape) {
  return llvm::join(
      llvm::map_range(
          shape, [](int64_t size) { return ShapedType::isDynamic(size) ? std::string("?") : std::to_string(size); }),
      "x");
}

LogicalResult sst::verifyShape(Operation *op, StringRef what, ShapedType actual, ArrayRef<int64_t> expected) {
  if (actual.getShape() == expected)
    return success();
  return op->emitOpError("expects '") << what << "' to have shape " << formatShape(expected) << ", but got "
                                      << formatShape(actual.getShape());
}
