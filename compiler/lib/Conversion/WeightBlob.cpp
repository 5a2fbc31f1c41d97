//===- WeightBlob.cpp - all packed weights as one piece of memory -----------------------------------------------===//

#include "sst/Compiler/WeightBlob.h"

#include "Layout.h"

#include "sst/Compiler/WeightData.h"
#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

/// f32 values that `weight` occupies, rounded up to 64 bytes.
static int64_t getStorageSize(WeightOp weight) { return llvm::alignTo(weight.getValue().getNumElements(), kLanes); }

llvm::StringMap<int64_t> sst::getWeightOffsets(ModuleOp module) {
  llvm::StringMap<int64_t> offsets;
  int64_t offset = 0;
  for (WeightOp weight : module.getOps<WeightOp>()) {
    offsets[weight.getSymName()] = offset * static_cast<int64_t>(sizeof(float));
    offset += getStorageSize(weight);
  }
  return offsets;
}

FailureOr<std::vector<float>> sst::buildWeightBlob(ModuleOp module) {
  std::vector<float> blob;
  for (WeightOp weight : module.getOps<WeightOp>()) {
    FailureOr<std::vector<float>> values = readWeight(weight);
    if (failed(values))
      return failure();
    size_t end = blob.size() + static_cast<size_t>(getStorageSize(weight));
    blob.insert(blob.end(), values->begin(), values->end());
    blob.resize(end, 0.0f);
  }
  return blob;
}
