//===- WeightTable.cpp - the weights that a model has -----------------------------------------------------------===//

#include "sst/Compiler/Weights.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Family.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace sst;
using llvm::StringRef;

std::string sst::formatSizes(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, size] : llvm::enumerate(shape))
    text += (i ? ", " : "") + llvm::itostr(size);
  return text + "]";
}

WeightTable::WeightTable(const OptionValues &options) { options.getFamily().listWeights(options, *this); }

void WeightTable::add(WeightInfo weight) {
  bool isNew = indices.try_emplace(weight.name, weights.size()).second;
  SST_CHECK(isNew, "a family lists the weight " + weight.name + " twice");
  weights.push_back(std::move(weight));
}

const WeightInfo *WeightTable::find(StringRef name) const {
  auto index = indices.find(name);
  return index == indices.end() ? nullptr : &weights[index->second];
}
