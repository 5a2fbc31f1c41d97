//===- EdificeOptions.cpp - the options of an Edifice SSTransformer ---------------------------------------------===//
//
// Ten options of Edifice under its names and with its defaults, and the flavour of layer norm, which also follows from
// the version of Axon that trained the model.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Edifice.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace sst;
using namespace sst::edifice;
using llvm::StringRef;

// The limits keep every product of two sizes in 64 bits; checkModelSize bounds the rest.
static constexpr int64_t maxSize = int64_t(1) << 20;
static constexpr int64_t maxCount = int64_t(1) << 12;

static constexpr llvm::StringLiteral layerNorms[] = {kAxon080, kAxon081};

/// An integer that shapes show, or that does not matter.
static constexpr OptionInfo makeSize(llvm::StringLiteral name, llvm::StringLiteral flag,
                                     llvm::StringLiteral description, llvm::StringLiteral defaultText, int64_t limit) {
  return {name, flag, OptionKind::Size, description, defaultText, limit};
}

/// One that shapes show only as a product.
static constexpr OptionInfo makeFactor(llvm::StringLiteral name, llvm::StringLiteral flag,
                                       llvm::StringLiteral description, llvm::StringLiteral defaultText,
                                       int64_t limit) {
  return {name, flag, OptionKind::Size, description, defaultText, limit, {}, /*mustBeStated=*/true};
}

static const OptionInfo optionInfos[] = {
    makeSize(kEmbedDim, "embed-dim", "channels of the input", "", maxSize),
    makeSize(kHiddenSize, "hidden-size", "channels of the model", "256", maxSize),
    makeSize(kStateSize, "state-size", "channels of the scan's B and C", "16", maxSize),
    makeSize(kNumLayers, "num-layers", "blocks", "6", maxCount),
    makeFactor(kNumHeads, "num-heads", "attention heads", "4", maxCount),
    makeFactor(kHeadDim, "head-dim", "channels of an attention head", "64", maxSize),
    makeSize(kExpandFactor, "expand-factor", "inner channels per channel", "2", maxCount),
    makeSize(kConvSize, "conv-size", "taps of the causal convolution", "4", maxCount),
    // Identity at inference; kept for the record.
    {kDropout,
     "dropout",
     OptionKind::Number,
     "dropout rate in training",
     "0.1",
     /*limit=*/1,
     {},
     /*mustBeStated=*/false,
     "state the dropout rate of the training, or leave it out: it has no effect on a trained model"},
    makeSize(kWindowSize, "window-size", "rows of a window in training", "60", maxSize),
    {kLayerNorm, "layer-norm", OptionKind::Choice, "axon-0.8.1 or axon-0.8.0", "axon-0.8.1", /*limit=*/0, layerNorms,
     /*mustBeStated=*/true, "state the release of Axon whose layer norm the model was trained with",
     "give the one of the release of Axon that trained the model (in its mix.lock), --layer-norm=axon-0.8.0 "
     "or --layer-norm=axon-0.8.1, or \"axon_version\" or \"layer_norm\" in the file of --options or the "
     "metadata"},
};

llvm::ArrayRef<OptionInfo> edifice::getOptionInfos() { return optionInfos; }

/// The layer norm of a version of Axon: `0.8.0`, `v0.8.1`, `0.8.0-dev`, `== 0.8.1`. Empty for what is no single version
/// (`0.8`, `~> 0.8.0`) and for versions whose layer norm is not known: before 0.8.0-dev, 0.8.1-dev, from 0.9 on.
static std::optional<llvm::StringLiteral> parseAxonVersion(StringRef text) {
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
  return numbers[2] == 0 ? kAxon080 : kAxon081;
}

// What the metadata of a file with test tensors holds besides options, so that it can be used as JSON.
static constexpr llvm::StringLiteral ignoredKeys[] = {
    "batch",   "seq_len",    "case",   "seed",         "note",       "build_opts",     "param_scheme",
    "backend", "input_kind", "spikes", "axon_version", "nx_version", "elixir_version", "edifice_version"};

const OptionKeys &edifice::getOptionKeys() {
  static const OptionKeys keys = {
      ImpliedOption{"axon_version", kLayerNorm, parseAxonVersion,
                    "a version of Axon whose layer norm is known, such as 0.8.0 or 0.8.1",
                    "state the version in mix.lock, or give --layer-norm=axon-0.8.0 or --layer-norm=axon-0.8.1",
                    "write it as \"0.8.1\""},
      ignoredKeys, "{\"num_heads\": 4, \"head_dim\": 64}"};
  return keys;
}
