//===- Options.cpp - the options of a model ---------------------------------------------------------------------===//

#include "sst/Compiler/Options.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Weights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstdio>

using namespace sst;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

// The limits keep every product of two sizes in 64 bits; checkModelSize bounds the rest.
static constexpr int64_t maxSize = int64_t(1) << 20;
static constexpr int64_t maxCount = int64_t(1) << 12;

static const OptionInfo optionInfos[optionCount] = {
    {Option::EmbedDim, "embed_dim", "embed-dim", "channels of the input", "", maxSize},
    {Option::HiddenSize, "hidden_size", "hidden-size", "channels of the model", "256", maxSize},
    {Option::StateSize, "state_size", "state-size", "channels of the scan's B and C", "16", maxSize},
    {Option::NumLayers, "num_layers", "num-layers", "blocks", "6", maxCount},
    {Option::NumHeads, "num_heads", "num-heads", "attention heads", "4", maxCount},
    {Option::HeadDim, "head_dim", "head-dim", "channels of an attention head", "64", maxSize},
    {Option::ExpandFactor, "expand_factor", "expand-factor", "inner channels per channel", "2", maxCount},
    {Option::ConvSize, "conv_size", "conv-size", "taps of the causal convolution", "4", maxCount},
    {Option::Dropout, "dropout", "dropout", "dropout rate in training", "0.1", 0},
    {Option::WindowSize, "window_size", "window-size", "rows of a window in training", "60", maxSize},
    {Option::LayerNorm, "layer_norm", "layer-norm", "axon-0.8.1 or axon-0.8.0", "axon-0.8.1", 0},
};

ArrayRef<OptionInfo> sst::getOptionInfos() { return optionInfos; }

const OptionInfo &sst::getOptionInfo(Option option) { return optionInfos[static_cast<unsigned>(option)]; }

StringRef sst::stringifyCold(Cold cold) {
  return cold == Cold::First ? "first" : cold == Cold::Zero ? "zero" : "short";
}

std::optional<Cold> sst::parseCold(StringRef text) {
  for (Cold cold : {Cold::Short, Cold::First, Cold::Zero})
    if (text == stringifyCold(cold))
      return cold;
  return std::nullopt;
}

StringRef sst::stringifyLayerNorm(LayerNormFlavor flavor) {
  return flavor == LayerNormFlavor::Axon080 ? "axon-0.8.0" : "axon-0.8.1";
}

std::optional<LayerNormFlavor> sst::parseLayerNorm(StringRef text) {
  if (text == "axon-0.8.0")
    return LayerNormFlavor::Axon080;
  if (text == "axon-0.8.1")
    return LayerNormFlavor::Axon081;
  return std::nullopt;
}

std::optional<LayerNormFlavor> sst::parseAxonVersion(StringRef text) {
  text = text.trim();
  if (text.consume_front("=="))
    text = text.ltrim();
  if (!text.consume_front("v"))
    text.consume_front("V");
  unsigned numbers[3];
  for (unsigned i = 0; i < 3; ++i)
    if ((i > 0 && !text.consume_front(".")) || text.consumeInteger(10, numbers[i]))
      return std::nullopt;
  bool isPreRelease = text.starts_with("-"), hasBuild = text.starts_with("+");
  bool good = text.empty() || ((isPreRelease || hasBuild) && text.size() > 1 && llvm::all_of(text, [](char c) {
                                 return llvm::isAlnum(c) || c == '.' || c == '-' || c == '+';
                               }));
  if (!good || numbers[0] != 0 || numbers[1] != 8 || (numbers[2] == 1 && isPreRelease))
    return std::nullopt;
  // 0.8.1 changed it.
  return numbers[2] == 0 ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081;
}

/// The member of an integer option.
static int64_t ModelOptions::*getMember(Option option) {
  switch (option) {
  case Option::EmbedDim:
    return &ModelOptions::embedDim;
  case Option::HiddenSize:
    return &ModelOptions::hiddenSize;
  case Option::StateSize:
    return &ModelOptions::stateSize;
  case Option::NumLayers:
    return &ModelOptions::numLayers;
  case Option::NumHeads:
    return &ModelOptions::numHeads;
  case Option::HeadDim:
    return &ModelOptions::headDim;
  case Option::ExpandFactor:
    return &ModelOptions::expandFactor;
  case Option::ConvSize:
    return &ModelOptions::convSize;
  case Option::WindowSize:
    return &ModelOptions::windowSize;
  case Option::Dropout:
  case Option::LayerNorm:
    break;
  }
  llvm::report_fatal_error("internal error: this option is no integer");
}

int64_t sst::getInteger(const ModelOptions &options, Option option) { return options.*getMember(option); }

void sst::setInteger(ModelOptions &options, Option option, int64_t value) { options.*getMember(option) = value; }

bool ModelOptions::operator==(const ModelOptions &other) const {
  for (const OptionInfo &info : optionInfos)
    if (info.limit != 0 && getInteger(*this, info.option) != getInteger(other, info.option))
      return false;
  return dropout == other.dropout && layerNorm == other.layerNorm;
}

/// The shortest text that reads back as `value`.
static std::string formatNumber(double value) {
  char buffer[40];
  for (int digits = 1; digits <= 17; ++digits) {
    snprintf(buffer, sizeof buffer, "%.*g", digits, value);
    double back;
    if (!StringRef(buffer).getAsDouble(back) && back == value)
      break;
  }
  return buffer;
}

std::string sst::getOptionText(const ModelOptions &options, Option option) {
  if (option == Option::Dropout)
    return formatNumber(options.dropout);
  if (option == Option::LayerNorm)
    return stringifyLayerNorm(options.layerNorm).str();
  return llvm::itostr(getInteger(options, option));
}

void sst::applyStatedOptions(const StatedOptions &stated, ModelOptions &options) {
  for (const OptionInfo &info : optionInfos) {
    const std::optional<StatedOption> &value = stated[info.option];
    if (!value)
      continue;
    if (info.option == Option::Dropout)
      options.dropout = value->number;
    else if (info.option == Option::LayerNorm)
      options.layerNorm = value->flavor;
    else
      setInteger(options, info.option, value->integer);
  }
}

ModelOptions sst::mergeOptions(const StatedOptions &stated, Report &report) {
  if (!stated.isMentioned(Option::EmbedDim))
    report.addUsage("--embed-dim", "is missing and has no default",
                    "give --embed-dim=N, or \"embed_dim\" in the file of --options");
  ModelOptions options;
  options.embedDim = options.hiddenSize;
  applyStatedOptions(stated, options);
  return options;
}

void sst::checkModelSize(const ModelOptions &options, StringRef file, bool usage, Report &report) {
  // One block stands for all: there may be thousands.
  ModelOptions one = options;
  one.numLayers = 1;
  uint64_t total = 0, largest = 0;
  std::string name, shape;
  for (const WeightShape &weight : getModelWeightShapes(one)) {
    uint64_t elements = 1;
    for (int64_t size : weight.shape)
      elements = llvm::SaturatingMultiply(elements, static_cast<uint64_t>(size));
    if (elements > largest) {
      largest = elements;
      name = weight.name;
      shape = formatSizes(weight.shape);
    }
    uint64_t count = StringRef(weight.name).starts_with("sst_block_") ? static_cast<uint64_t>(options.numLayers) : 1;
    total = llvm::SaturatingAdd(total, llvm::SaturatingMultiply(elements, count));
  }
  if (total <= static_cast<uint64_t>(maxModelElements))
    return;
  std::string what = "gives a model of more than " + llvm::utostr(maxModelElements) + " weights; the largest one, '" +
                     name + "', has shape " + shape;
  std::string place = "hidden_size = " + getOptionText(options, Option::HiddenSize) +
                      ", num_layers = " + getOptionText(options, Option::NumLayers);
  if (usage)
    report.addUsage(place, what, "state smaller sizes");
  else
    report.add(file, place, what, "state smaller sizes");
}
