//===- WeightBlob.cpp - all packed weights as one piece of memory -----------------------------------------------===//

#include "sst/Compiler/WeightBlob.h"

#include "sst/Compiler/WeightData.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace sst;

/// How the values of a weight are stored; null: as they are.
static PanelsAttr getPanels(WeightOp weight) {
  return dyn_cast_or_null<PanelsAttr>(cast<RankedTensorType>(weight.getType()).getEncoding());
}

/// Bytes that `weight` occupies, rounded up.
static int64_t getStoredBytes(WeightOp weight) {
  PanelsAttr panels = getPanels(weight);
  int64_t size = panels ? panels.getElementBytes() : static_cast<int64_t>(sizeof(float));
  return llvm::alignTo(weight.getValue().getNumElements() * size, kWeightAlignment);
}

llvm::StringMap<int64_t> sst::getWeightOffsets(ModuleOp module) {
  llvm::StringMap<int64_t> offsets;
  int64_t offset = 0;
  for (WeightOp weight : module.getOps<WeightOp>()) {
    offsets[weight.getSymName()] = offset;
    offset += getStoredBytes(weight);
  }
  return offsets;
}

int64_t sst::getWeightBlobBytes(ModuleOp module) {
  int64_t bytes = 0;
  for (WeightOp weight : module.getOps<WeightOp>())
    bytes += getStoredBytes(weight);
  return bytes;
}

FailureOr<std::string> sst::buildWeightBlob(ModuleOp module) {
  std::string blob(getWeightBlobBytes(module), '\0');
  char *target = blob.data();
  for (WeightOp weight : module.getOps<WeightOp>()) {
    FailureOr<std::vector<float>> values = readWeight(weight);
    if (failed(values))
      return failure();
    PanelsAttr panels = getPanels(weight);
    if (panels && panels.getStorage() == Storage::BF16) {
      for (auto [index, value] : llvm::enumerate(*values))
        llvm::support::endian::write16le(target + index * sizeof(uint16_t), llvm::bit_cast<uint32_t>(value) >> 16);
    } else {
      std::memcpy(target, values->data(), values->size() * sizeof(float));
    }
    target += getStoredBytes(weight);
  }
  return blob;
}
