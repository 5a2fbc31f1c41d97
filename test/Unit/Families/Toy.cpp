//===- Toy.cpp - a family of models for tests -------------------------------------------------------------------===//
//
// Layers of a norm, a projection and a short convolution, whose names and options have nothing of other families.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Family.h"
#include "sst/Compiler/ModelBuilder.h"
#include "sst/Compiler/SizeResolver.h"
#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;
using namespace sst;

static constexpr llvm::StringLiteral kWidth = "width", kDepth = "depth", kRows = "rows", kTaps = "taps";

static const OptionInfo options[] = {{kWidth, "width", OptionKind::Size, "channels of everything", "", 64},
                                     {kDepth, "depth", OptionKind::Size, "layers", "2", 8},
                                     {kTaps, "taps", OptionKind::Size, "taps of a layer's convolution", "3", 8},
                                     {kRows, "rows", OptionKind::Size, "rows of a window", "5", 100}};

static constexpr llvm::StringLiteral ends[] = {"toy.end.scale", "toy.end.shift"};
static constexpr WeightNames names = {"toy.layers.",
                                      ".",
                                      /*firstLayer=*/0,
                                      ends,
                                      /*behindLayers=*/"toy.end.",
                                      /*example=*/"toy.layers.0.w",
                                      /*description=*/"a toy",
                                      /*input=*/"input.rows"};

static constexpr SizeClue widthClues[] = {
    {"toy.end.scale", 1, 0, /*ofLayer=*/false}, {"w", 2, 0}, {"w", 2, 1}, {"norm.scale", 1, 0}};
static constexpr SizeClue tapsClues[] = {{"conv", 3, 0}};
static constexpr llvm::StringLiteral width[] = {kWidth}, taps[] = {kTaps};
static const SizeRule rules[] = {{width, "", widthClues}, {taps, "", tapsClues}};

namespace {
class Toy final : public Family {
public:
  StringRef getName() const override { return "toy"; }
  ArrayRef<OptionInfo> getOptions() const override { return options; }
  OptionRoles getRoles() const override { return {kWidth, kWidth, kDepth, kRows}; }
  const OptionKeys &getKeys() const override {
    static const OptionKeys keys = {std::nullopt, {}, "{\"width\": 4}"};
    return keys;
  }
  const WeightNames &getNames() const override { return names; }
  bool isLayerWeight(StringRef rest) const override {
    return llvm::StringSwitch<bool>(rest).Cases({"norm.scale", "norm.shift", "w", "conv"}, true).Default(false);
  }
  std::optional<int64_t> getLeastLayers(StringRef) const override { return std::nullopt; }
  ArrayRef<SizeRule> getSizeRules() const override { return rules; }
  void resolveOthers(SizeResolver &) const override {}
  void listWeights(const OptionValues &options, WeightTable &weights) const override;
  Value build(ModelBuilder &builder, Value rows) const override;
  void describe(const OptionValues &options, sst_info_t &info) const override;
};
} // namespace

void Toy::listWeights(const OptionValues &options, WeightTable &weights) const {
  int64_t width = options.getSize(kWidth), taps = options.getSize(kTaps);
  RandomScale uniform = {RandomScale::Uniform, 1 / std::sqrt(static_cast<float>(width))};
  RandomScale scale = {RandomScale::Signed, 0};
  for (int64_t layer = 0; layer < options.getSize(kDepth); ++layer) {
    std::string prefix = getLayerPrefix(*this, layer);
    weights.add({prefix + "norm.scale", {width}, WeightRole::Other, scale});
    weights.add({prefix + "norm.shift", {width}, WeightRole::Other, uniform});
    weights.add({prefix + "w", {width, width}, WeightRole::Projection, uniform});
    weights.add({prefix + "conv", {taps, width}, {taps, 1, width}, WeightRole::Other, uniform});
  }
  weights.add({"toy.end.scale", {width}, WeightRole::Other, scale});
  weights.add({"toy.end.shift", {width}, WeightRole::Other, uniform});
}

static Value buildNorm(ModelBuilder &builder, Value rows, StringRef layer) {
  Value scale = builder.weight((layer + ".scale").str());
  Value shift = builder.weight((layer + ".shift").str());
  return builder.layerNorm(layer, rows, scale, shift, LayerNormFlavor::Axon081, 1.0e-5f);
}

Value Toy::build(ModelBuilder &builder, Value rows) const {
  const OptionValues &options = builder.getOptions();
  for (int64_t layer = 0; layer < options.getSize(kDepth); ++layer) {
    std::string prefix = getLayerPrefix(*this, layer);
    Value normed = buildNorm(builder, rows, prefix + "norm");
    Value kernel = builder.weight(prefix + "w");
    Value projected = builder.dense(prefix + "w", normed, kernel, /*bias=*/Value());
    Value taps = builder.weight(prefix + "conv");
    Value state = builder.state({ShapedType::kDynamic, options.getSize(kTaps) - 1, options.getSize(kWidth)});
    auto conv = CausalConv1DOp::create(builder.getBuilder(), builder.getLocation(prefix + "conv"), rows.getType(),
                                       state ? state.getType() : Type(), projected, taps, /*bias=*/Value(), state,
                                       Activation::Silu);
    builder.carry(conv.getFinalState());
    rows = conv.getOutput();
  }
  return buildNorm(builder, rows, "toy.end");
}

void Toy::describe(const OptionValues &options, sst_info_t &info) const {
  info.layer_norm = "";
  info.embed_dim = info.hidden_size = static_cast<uint32_t>(options.getSize(kWidth));
  info.num_layers = static_cast<uint32_t>(options.getSize(kDepth));
  info.window_size = static_cast<uint32_t>(options.getSize(kRows));
}

namespace sst_test {
const Family &getToy();
} // namespace sst_test

const Family &sst_test::getToy() {
  static const Toy family;
  return family;
}
