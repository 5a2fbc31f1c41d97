//===- SSTDialect.cpp - registration and attributes -------------------------------------------------------------===//

#include "sst/Dialect/SSTDialect.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sst;

#include "sst/Dialect/SSTDialect.cpp.inc"
#include "sst/Dialect/SSTEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "sst/Dialect/SSTAttributes.cpp.inc"

void SSTDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "sst/Dialect/SSTAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "sst/Dialect/SSTOps.cpp.inc"
      >();
}

LogicalResult PanelsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width,
                                 ArrayRef<int64_t> segments) {
  if (width <= 0 || width % 16 != 0)
    return emitError() << "expects 'width' to be a positive multiple of 16, but got " << width;
  for (int64_t segment : segments)
    if (segment <= 0)
      return emitError() << "expects every segment to be positive, but got " << segment;
  return success();
}

LogicalResult PanelsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                         function_ref<InFlightDiagnostic()> emitError) const {
  int64_t columns = 0;
  for (int64_t segment : getSegments())
    columns += segment;
  if (shape.empty() || shape.back() != columns)
    return emitError() << "expects the segments of '#sst.panels' to add up to the last dimension, but got " << columns
                       << " vs " << (shape.empty() ? 0 : shape.back());
  return success();
}

int64_t PanelsAttr::getStorageElements(int64_t rows) const {
  int64_t columns = 0;
  for (int64_t segment : getSegments())
    columns += llvm::alignTo(segment, 16);
  return rows * columns;
}

#define GET_OP_CLASSES
#include "sst/Dialect/SSTOps.cpp.inc"
