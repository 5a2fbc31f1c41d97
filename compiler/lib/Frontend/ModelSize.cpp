//===- ModelSize.cpp - models that are too large ----------------------------------------------------------------===//

#include "sst/Compiler/Family.h"
#include "sst/Compiler/Import.h"
#include "sst/Compiler/Weights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

/// Elements of a shape; UINT64_MAX if they do not fit.
static uint64_t countElements(llvm::ArrayRef<int64_t> shape) {
  uint64_t elements = 1;
  for (int64_t size : shape)
    elements = llvm::SaturatingMultiply(elements, static_cast<uint64_t>(size));
  return elements;
}

uint64_t WeightTable::countElements() const {
  uint64_t total = 0;
  for (const WeightInfo &weight : weights)
    total = llvm::SaturatingAdd(total, ::countElements(weight.shape));
  return total;
}

void sst::checkModelSize(const OptionValues &options, StringRef file, bool usage, Report &report) {
  WeightTable table(options);
  if (table.countElements() <= static_cast<uint64_t>(maxModelElements))
    return;
  const WeightInfo *largest = nullptr;
  for (const WeightInfo &weight : table.getWeights())
    if (!largest || countElements(weight.shape) > countElements(largest->shape))
      largest = &weight;
  std::string what = "gives a model of more than " + llvm::utostr(maxModelElements) + " weights; the largest one, '" +
                     largest->name + "', has shape " + formatSizes(largest->shape);
  std::string place;
  OptionRoles roles = options.getFamily().getRoles();
  for (StringRef name : {roles.outputSize, roles.layerCount})
    place += (place.empty() ? "" : ", ") + name.str() + " = " + options.getText(name);
  if (usage)
    report.addUsage(place, what, "state smaller sizes");
  else
    report.add(file, place, what, "state smaller sizes");
}

uint64_t sst::getWeightBytes(const OptionValues &options, Storage storage) {
  uint64_t bytes = storage == Storage::BF16 ? sizeof(uint16_t) : sizeof(float);
  return llvm::SaturatingMultiply(bytes, WeightTable(options).countElements());
}

void sst::checkWeightBytes(uint64_t bytes, const FrontendOptions &options, Report &report) {
  if (!options.mostWeightBytes || bytes <= *options.mostWeightBytes)
    return;
  std::string what = ("take at least " + Twine(bytes) + " bytes, but an object holds at most " +
                      Twine(*options.mostWeightBytes) + ": code reaches them by signed distances of 32 bits")
                         .str();
  StringRef remedy = options.weightStorage == Storage::F32
                         ? "compile a smaller model, or give --weight-storage=bf16, which halves them"
                         : "compile a smaller model";
  if (options.inputFile.empty())
    report.addUsage("weights", what, remedy);
  else
    report.add(options.inputFile, "weights", what, remedy);
}
