//===- WeightBlob.cpp - all packed weights as one piece of memory -----------------------------------------------===//

#include "sst/Compiler/WeightBlob.h"

#include "Layout.h"

#include "sst/Compiler/WeightData.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace sst;

/// How the values of a weight are stored.
static Storage getStorage(WeightOp weight) {
  auto panels = dyn_cast_or_null<PanelsAttr>(cast<RankedTensorType>(weight.getType()).getEncoding());
  return panels ? panels.getStorage() : Storage::F32;
}

/// Bytes that `weight` occupies, rounded up to 64.
static int64_t getStoredBytes(WeightOp weight) {
  int64_t size = getStorage(weight) == Storage::BF16 ? sizeof(uint16_t) : sizeof(float);
  return llvm::alignTo(weight.getValue().getNumElements() * size, kLanes * sizeof(float));
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
    if (getStorage(weight) == Storage::F32) {
      std::memcpy(target, values->data(), values->size() * sizeof(float));
    } else {
      for (auto [index, value] : llvm::enumerate(*values))
        llvm::support::endian::write16le(target + index * sizeof(uint16_t), llvm::bit_cast<uint32_t>(value) >> 16);
    }
    target += getStoredBytes(weight);
  }
  return blob;
}
