//===- RoundWeights.cpp - weights that half of the bits can hold ------------------------------------------------===//

#include "sst/Compiler/Weights.h"

#include "sst/Compiler/Check.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace sst;
using llvm::StringRef;

/// The nearest number whose lower half is zero, ties to even; a NaN stays one.
static float roundToBF16(float value) {
  auto bits = llvm::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return llvm::bit_cast<float>((bits | 0x00400000u) & 0xffff0000u);
  bits += 0x7fffu + (bits >> 16 & 1);
  return llvm::bit_cast<float>(bits & 0xffff0000u);
}

void sst::roundWeights(const OptionValues &options, std::vector<Weight> &weights, StringRef file, Report &report) {
  WeightTable table(options);
  for (Weight &weight : weights) {
    const WeightInfo *info = table.find(weight.name);
    SST_CHECK(info, "weights are those of the options");
    if (info->role != WeightRole::Projection)
      continue;
    for (float &value : weight.values) {
      float rounded = roundToBF16(value);
      if (std::isinf(rounded) && std::isfinite(value)) {
        report.add(file, quote(weight.name), "has a value that is too large for bf16", "give --weight-storage=f32");
        break;
      }
      value = rounded;
    }
  }
}
