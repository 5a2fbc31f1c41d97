//===- SSTDialect.cpp - registration and attributes -------------------------------------------------------------===//

#include "sst/Dialect/SSTDialect.h"

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"
#include "sst/Dialect/StateLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

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

/// Sizes are below this, so that the product of two of them fits 64 bits.
static constexpr int64_t sizeLimit = int64_t(1) << 31;
/// Sizes of an arena and offsets in it, so that the bytes of some rows fit 64 bits.
static constexpr int64_t arenaLimit = int64_t(1) << 40;

bool sst::isActivationType(RankedTensorType type) {
  return type.getShape().back() >= 1 && type.getShape().back() < sizeLimit && !type.getEncoding();
}

bool sst::isParameterType(RankedTensorType type) {
  return llvm::all_of(type.getShape(), [](int64_t size) { return size >= 1 && size < sizeLimit; }) &&
         (!type.getEncoding() || isa<PanelsAttr>(type.getEncoding()));
}

bool sst::isPrintableName(StringRef name) {
  return !name.empty() && llvm::json::isUTF8(name) &&
         llvm::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

LogicalResult PanelsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t width,
                                 ArrayRef<int64_t> segments, Storage storage) {
  if (width <= 0 || width % 16 != 0)
    return emitError() << "expects 'width' to be a positive multiple of 16, but got " << width;
  for (int64_t segment : segments)
    if (segment <= 0 || segment >= sizeLimit)
      return emitError() << "expects every segment to be in [1, " << sizeLimit << "), but got " << segment;
  return success();
}

LogicalResult PanelsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                         function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 1 && shape.size() != 2)
    return emitError() << "expects '#sst.panels' on a tensor of rank 1 or 2, but got rank " << shape.size();
  int64_t columns = 0;
  for (int64_t segment : getSegments())
    columns += segment;
  if (shape.back() != columns)
    return emitError() << "expects the segments of '#sst.panels' to add up to the last dimension, but got " << columns
                       << " vs " << formatShape(shape.back());
  return success();
}

LogicalResult PlaceAttr::verify(function_ref<InFlightDiagnostic()> emitError, Space space, int64_t offset) {
  if (offset < 0)
    return emitError() << "expects the offset of a place not to be negative, but got " << offset;
  if (offset >= arenaLimit)
    return emitError() << "expects the offset of a place to be below " << arenaLimit << ", but got " << offset;
  if (space != Space::Result && offset % 16 != 0)
    return emitError() << "expects the offset of a place in '" << stringifySpace(space)
                       << "' to be a multiple of 16, but got " << offset;
  return success();
}

LogicalResult ArenaAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t sequences,
                                int64_t thread, int64_t state) {
  for (auto [name, size] :
       {std::pair<StringRef, int64_t>{"rows", rows}, {"sequences", sequences}, {"thread", thread}, {"state", state}})
    if (size < 0 || size % 16 != 0)
      return emitError() << "expects '" << name << "' of an arena to be a multiple of 16 that is not negative, but got "
                         << size;
    else if (size >= arenaLimit)
      return emitError() << "expects '" << name << "' of an arena to be below " << arenaLimit << ", but got " << size;
  return success();
}

LogicalResult WorkAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringAttr name, StringAttr kernel,
                               int64_t phase, DenseF64ArrayAttr flops, DenseF64ArrayAttr bytes, int64_t weights) {
  if (phase < 0 || phase >= sizeLimit)
    return emitError() << "expects the phase of '#sst.work' to be in [0, " << sizeLimit << "), but got " << phase;
  if (weights < 0)
    return emitError() << "expects the weights of '#sst.work' not to be negative, but got " << weights;
  for (DenseF64ArrayAttr numbers : {flops, bytes}) {
    if (numbers.size() != 4)
      return emitError()
             << "expects four numbers, per row, sequence, pair of rows and pair of a last row, in '#sst.work', "
                "but got "
             << numbers.size();
    for (double number : numbers.asArrayRef())
      if (!(number >= 0) || std::isinf(number))
        return emitError() << "expects the numbers of '#sst.work' to be finite and not negative, but got " << number;
  }
  return success();
}

/// `sst.places` and `sst.scratch`: arrays of places.
static LogicalResult verifyPlaces(Operation *op, NamedAttribute attribute) {
  auto array = dyn_cast<ArrayAttr>(attribute.getValue());
  if (!array || !llvm::all_of(array, llvm::IsaPred<PlaceAttr>))
    return op->emitOpError("expects '") << attribute.getName().getValue()
                                        << "' to be an array of '#sst.place', but got " << attribute.getValue();
  if (attribute.getName() == kPlacesAttr) {
    if (array.size() != op->getNumResults())
      return op->emitOpError("expects 'sst.places' to have one place per result, but got ")
             << array.size() << " for " << op->getNumResults();
    return success();
  }
  for (Attribute place : array)
    if (llvm::is_contained({Space::Result, Space::State}, cast<PlaceAttr>(place).getSpace()))
      return op->emitOpError("expects no place in 'sst.scratch' to be in 'result' or 'state', but got ") << place;
  return success();
}

LogicalResult SSTDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName().getValue();
  auto expect = [&](bool holds, StringRef what) -> LogicalResult {
    if (holds)
      return success();
    return op->emitOpError("expects '") << name << "' to be " << what << ", but got " << attribute.getValue();
  };
  if (name == kPlacesAttr || name == kScratchAttr)
    return verifyPlaces(op, attribute);
  if (name == kPhasesAttr) {
    auto phases = dyn_cast<DenseI64ArrayAttr>(attribute.getValue());
    return expect(phases && llvm::all_of(phases.asArrayRef(), [](int64_t phase) { return phase >= 0; }),
                  "an array of phases that are not negative");
  }
  if (name == kOpsAttr) {
    auto ops = dyn_cast<ArrayAttr>(attribute.getValue());
    return expect(ops && llvm::all_of(ops, llvm::IsaPred<WorkAttr>), "an array of '#sst.work'");
  }
  if (name == kArenaAttr)
    return expect(isa<ArenaAttr>(attribute.getValue()), "an '#sst.arena'");
  if (name == kStatesAttr) {
    auto states = dyn_cast<ArrayAttr>(attribute.getValue());
    return expect(states && llvm::all_of(states, llvm::IsaPred<StringAttr>), "an array of strings");
  }
  if (name == "sst.name" || name == "sst.family" || name == "sst.weights_digest" || name == "sst.weight_storage" ||
      name == "sst.tensor_prefix" || name == "sst.stage" || name == "sst.variant")
    return expect(isa<StringAttr>(attribute.getValue()), "a string");
  if (name == "sst.options" || name == "sst.stream")
    return expect(isa<DictionaryAttr>(attribute.getValue()), "a dictionary");
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
