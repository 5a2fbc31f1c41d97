//===- WeightData.cpp - the values of weights ---------------------------------------------------------------------===//

#include "sst/Compiler/WeightData.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Dialect/CountElements.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>
#include <memory>

using namespace mlir;
using namespace sst;

static FailureOr<std::vector<float>> readResource(WeightOp weight, DenseResourceElementsAttr value, int64_t count) {
  AsmResourceBlob *blob = value.getRawHandle().getBlob();
  if (!blob)
    return weight.emitOpError("expects the values of resource '")
           << value.getRawHandle().getKey() << "', but the file has none";
  ArrayRef<char> data = blob->getData();
  if (data.size() / sizeof(float) != static_cast<size_t>(count) || data.size() % sizeof(float) != 0)
    return weight.emitOpError("expects resource '") << value.getRawHandle().getKey() << "' to hold " << count
                                                    << " f32 values, but got " << data.size() << " bytes";
  std::vector<float> result(count);
  if (count != 0)
    std::memcpy(result.data(), data.data(), data.size());
  return result;
}

FailureOr<std::vector<float>> sst::readWeight(WeightOp weight) {
  ElementsAttr value = weight.getValue();
  std::optional<int64_t> count = countElements(value.getShapedType());
  if (!count)
    return weight.emitOpError("expects a number of values that fits 63 bits, but got the type ")
           << value.getShapedType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return readResource(weight, resource, *count);
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return weight.emitOpError("expects 'value' to be a dense or dense_resource attribute, but got ")
           << value.getAbstractAttribute().getName();
  // Whoever reads weights has checked the sum of all splats; this keeps one alone from taking all memory.
  SST_CHECK(!dense.isSplat() || *count <= ExpansionBudget::kMaxElements, "a splat that checkSplats has not seen");
  auto values = dense.getValues<float>();
  return std::vector<float>(values.begin(), values.end());
}

Storage sst::getProjectionStorage(Operation *op) {
  auto module = isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  auto text = module ? module->getAttrOfType<StringAttr>("sst.weight_storage") : StringAttr();
  return text && text.getValue() == stringifyStorage(Storage::BF16) ? Storage::BF16 : Storage::F32;
}

bool sst::fitsBF16(float value) { return (llvm::bit_cast<uint32_t>(value) & 0xffffu) == 0; }

WeightOp sst::createWeight(OpBuilder &builder, Location loc, StringRef name, RankedTensorType type,
                           std::vector<float> storage) {
  auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
  auto stored =
      type.getEncoding() ? RankedTensorType::get({static_cast<int64_t>(storage.size())}, type.getElementType()) : plain;
  SST_CHECK(stored.getNumElements() == static_cast<int64_t>(storage.size()), "wrong number of values for a weight");
  // The blob owns the vector: no copy is made.
  auto owned = std::make_unique<std::vector<float>>(std::move(storage));
  ArrayRef<float> values(*owned);
  AsmResourceBlob blob(values, [owned = std::move(owned)](const float *, size_t, size_t) {}, /*dataIsMutable=*/false);
  auto value = DenseResourceElementsAttr::get(stored, name, std::move(blob));
  return WeightOp::create(builder, loc, builder.getStringAttr(name), TypeAttr::get(type), cast<ElementsAttr>(value));
}
