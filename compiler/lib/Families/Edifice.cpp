//===- Edifice.cpp - Edifice's State Space Transformer ----------------------------------------------------------===//
//
// A projection of the input, if that has other channels than the model; blocks; a layer norm.
//
// The scales of random weights keep an activation's variance near 1 through every projection (variance 1 / fan-in),
// with exceptions that make the model worth testing: the state-space path is as strong as the attention path, the
// scan's two gates, which are means and sums over many channels, really move from row to row, and what a block adds to
// the residual gets smaller with the number of blocks.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Edifice.h"

#include "sst/Compiler/ModelBuilder.h"
#include "sst/Compiler/SizeResolver.h"
#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace sst;
using namespace sst::edifice;

//===------------------------------------------------------------------------------------------------------------===//
// Names and sizes of weights
//===------------------------------------------------------------------------------------------------------------===//

static constexpr llvm::StringLiteral ends[] = {"final_norm.gamma", "final_norm.beta", "input_projection.kernel",
                                               "input_projection.bias"};

static constexpr WeightNames names = {"sst_block_",
                                      "_",
                                      /*firstLayer=*/1,
                                      ends,
                                      /*behindLayers=*/"final_norm.",
                                      /*example=*/"sst_block_1_attn_q.kernel",
                                      /*description=*/"an Edifice SSTransformer, named '<layer>.<parameter>'",
                                      /*input=*/"input.state_sequence"};

static constexpr SizeClue hiddenSizeClues[] = {{"final_norm.gamma", 1, 0, /*ofLayer=*/false},
                                               {"final_norm.beta", 1, 0, /*ofLayer=*/false},
                                               {"norm.gamma", 1, 0},
                                               {"norm.beta", 1, 0},
                                               {"ffn_norm.gamma", 1, 0},
                                               {"ffn_norm.beta", 1, 0},
                                               {"gate_proj.bias", 1, 0},
                                               {"ssm_out_proj.bias", 1, 0},
                                               {"attn_out_proj.bias", 1, 0},
                                               {"ffn_down.bias", 1, 0},
                                               {"ssm_in_proj.kernel", 2, 0},
                                               {"attn_q.kernel", 2, 0},
                                               {"ssm_out_proj.kernel", 2, 1}};
static constexpr SizeClue innerSizeClues[] = {{"ssm_conv.bias", 1, 0},       {"ssm_dt_proj.bias", 1, 0},
                                              {"ssm_conv.kernel", 3, 2},     {"ssm_dt_proj.kernel", 2, 1},
                                              {"ssm_out_proj.kernel", 2, 0}, {"ssm_b_proj.kernel", 2, 0},
                                              {"ssm_c_proj.kernel", 2, 0}};
static constexpr SizeClue stateSizeClues[] = {
    {"ssm_b_proj.kernel", 2, 1}, {"ssm_b_proj.bias", 1, 0}, {"ssm_c_proj.kernel", 2, 1}, {"ssm_c_proj.bias", 1, 0}};
static constexpr SizeClue convSizeClues[] = {{"ssm_conv.kernel", 3, 0}};
static constexpr SizeClue attentionSizeClues[] = {
    {"attn_q.kernel", 2, 1}, {"attn_k.kernel", 2, 1}, {"attn_v.kernel", 2, 1},       {"attn_q.bias", 1, 0},
    {"attn_k.bias", 1, 0},   {"attn_v.bias", 1, 0},   {"attn_out_proj.kernel", 2, 0}};

static constexpr llvm::StringLiteral hiddenSize[] = {kHiddenSize}, stateSize[] = {kStateSize}, convSize[] = {kConvSize},
                                     innerSize[] = {kHiddenSize, kExpandFactor},
                                     attentionSize[] = {kNumHeads, kHeadDim};

static const SizeRule sizeRules[] = {{hiddenSize, "", hiddenSizeClues},
                                     {stateSize, "", stateSizeClues},
                                     {convSize, "", convSizeClues},
                                     {innerSize, "inner channels", innerSizeClues},
                                     {attentionSize, "attention channels", attentionSizeClues}};

/// The index in `sst_dropout_<index>.key`, the random key of the dropout between a block and the next one, which
/// training leaves in a file; empty if the name is no such name.
static std::optional<int64_t> getDropoutIndex(StringRef name) {
  int64_t index;
  bool good = name.consume_front("sst_dropout_") && name.consume_back(".key") && !name.empty() &&
              name.find_first_not_of("0123456789") == StringRef::npos && !name.getAsInteger(10, index) &&
              index < std::numeric_limits<int64_t>::max();
  return good ? std::optional(index) : std::nullopt;
}

/// Whether the input goes through `input_projection` first.
static bool hasInputProjection(const OptionValues &options) {
  return options.getSize(kEmbedDim) != options.getSize(kHiddenSize);
}

/// The weights of a block, without what stands before them.
static auto getBlockWeights(const OptionValues &options) {
  return BlockOp::getWeightShapes(options.getSize(kHiddenSize), options.getSize(kStateSize), options.getSize(kNumHeads),
                                  options.getSize(kHeadDim), options.getSize(kExpandFactor),
                                  options.getSize(kConvSize));
}

//===------------------------------------------------------------------------------------------------------------===//
// Random weights
//===------------------------------------------------------------------------------------------------------------===//

/// Largest magnitude of biases and shifts.
static constexpr float biasRange = 0.1f;
/// E[silu(x)^2] for normal x.
static constexpr double siluPower = 0.36;

/// Largest magnitude of a kernel whose outputs have variance `power` if its inputs have variance `inputPower`.
static float getKernelRange(ArrayRef<int64_t> shape, double power, double inputPower) {
  // Uniform values in [-r, r) have variance r * r / 3.
  return static_cast<float>(std::sqrt(3.0 * power / (inputPower * static_cast<double>(shape[0]))));
}

static RandomScale getKernelScale(StringRef name, ArrayRef<int64_t> shape, const OptionValues &options) {
  auto depth = static_cast<double>(options.getSize(kNumLayers));
  if (name.ends_with("_ssm_dt_proj.kernel"))
    return {RandomScale::Together, getKernelRange(shape, 8.0, siluPower)};
  if (name.ends_with("_ssm_b_proj.kernel") || name.ends_with("_ssm_c_proj.kernel"))
    // The sum over state_size products gets variance 4.
    return {RandomScale::Uniform,
            getKernelRange(shape, 2.0 / std::sqrt(static_cast<double>(options.getSize(kStateSize))), siluPower)};
  if (name.ends_with("_ssm_out_proj.kernel"))
    // The scan's output times silu(z) has a variance of about 0.006.
    return {RandomScale::Uniform, getKernelRange(shape, 1.0 / depth, 0.006)};
  if (name.ends_with("_attn_out_proj.kernel"))
    // Attention averages values of variance 1 over some rows.
    return {RandomScale::Uniform, getKernelRange(shape, 1.0 / depth, 0.25)};
  if (name.ends_with("_ffn_down.kernel"))
    return {RandomScale::Uniform, getKernelRange(shape, 1.0 / depth, siluPower)};
  return {RandomScale::Uniform, getKernelRange(shape, 1.0, 1.0)};
}

static RandomScale getScale(StringRef name, ArrayRef<int64_t> shape, const OptionValues &options) {
  if (name.ends_with(".gamma"))
    return {RandomScale::Signed, 0};
  if (name.ends_with(".kernel"))
    return getKernelScale(name, shape, options);
  return {RandomScale::Uniform, biasRange};
}

//===------------------------------------------------------------------------------------------------------------===//
// The input projection
//===------------------------------------------------------------------------------------------------------------===//

/// The file has an input projection; its kernel shows the width of the input.
static void resolveProjection(SizeResolver &resolver, ArrayRef<int64_t> shape) {
  int64_t hidden = resolver.getFileOptions().getSize(kHiddenSize);
  if (shape.size() != 2) {
    resolver.rejectTensor("input_projection.kernel",
                          "expects shape [embed_dim, " + Twine(hidden) + "], but got " + formatSizes(shape),
                          "export the model again");
    resolver.setReported("input_projection.kernel");
    return;
  }
  resolver.resolveSize(kEmbedDim, "input_projection.kernel", 0);
  if (shape[0] != hidden)
    return;
  // Edifice builds such a model from an embed_dim that is no size at all.
  resolver.rejectTensor("input_projection.kernel",
                        "expects no input projection when the input has hidden_size = " + Twine(hidden) +
                            " channels, but got one",
                        "build the model with the true embed_dim");
  resolver.setReported("input_projection.kernel");
  resolver.setReported("input_projection.bias");
}

static void resolveEmbedDim(SizeResolver &resolver) {
  OptionValues &options = resolver.getOptions(), &fileOptions = resolver.getFileOptions();
  const StatedOption *wanted = resolver.getStated(kEmbedDim);
  int64_t hidden = fileOptions.getSize(kHiddenSize);
  options.setSize(kEmbedDim, wanted ? wanted->value.integer : options.getSize(kHiddenSize));
  fileOptions.setSize(kEmbedDim, wanted ? wanted->value.integer : hidden);
  if (auto shape = resolver.getShape("input_projection.kernel")) {
    resolveProjection(resolver, *shape);
    return;
  }
  bool hasBias = resolver.getShape("input_projection.bias").has_value();
  // Every other projection is missed like any tensor.
  if (hasBias && hasInputProjection(fileOptions))
    return;
  if (hasBias) {
    resolver.rejectTensor("input_projection.kernel", "is missing; expects shape [embed_dim, " + Twine(hidden) + "]",
                          "export the model again");
    resolver.setReported("input_projection.bias");
    return;
  }
  if (wanted && wanted->value.integer != hidden)
    resolver.rejectOption(kEmbedDim,
                          "expects " + resolver.describeTensor("input_projection.kernel") + " of shape " +
                              formatSizes({wanted->value.integer, hidden}) + ", but the file has none",
                          "state " + Twine(hidden) + ", or give the weights that belong to these options");
  fileOptions.setSize(kEmbedDim, hidden);
}

//===------------------------------------------------------------------------------------------------------------===//
// Functions
//===------------------------------------------------------------------------------------------------------------===//

static LayerNormFlavor getFlavor(const OptionValues &options) {
  return options.getChoice(kLayerNorm) == kAxon080 ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081;
}

static Value buildInputProjection(ModelBuilder &builder, Value rows) {
  if (!hasInputProjection(builder.getOptions()))
    return rows;
  Value kernel = builder.weight("input_projection.kernel");
  Value bias = builder.weight("input_projection.bias");
  return builder.dense("input_projection", rows, kernel, bias);
}

/// A block and what it carries: the convolution's last rows, the scan's value, keys and values.
static Value buildBlock(ModelBuilder &builder, Value rows, int64_t block) {
  const OptionValues &options = builder.getOptions();
  constexpr int64_t any = ShapedType::kDynamic;
  int64_t inner = options.getSize(kHiddenSize) * options.getSize(kExpandFactor);
  int64_t attention = options.getSize(kNumHeads) * options.getSize(kHeadDim);
  SmallVector<Value> states = {builder.state({any, options.getSize(kConvSize) - 1, inner}), builder.state({any, inner}),
                               builder.state({any, any, attention}), builder.state({any, any, attention})};
  if (!states.front())
    states.clear();
  std::string name = "sst_block_" + llvm::itostr(block);
  auto op = BlockOp::create(builder.getBuilder(), builder.getLocation(name), rows.getType(),
                            ValueRange(states).getTypes(), rows, states, name, options.getSize(kStateSize),
                            options.getSize(kNumHeads), options.getSize(kHeadDim), options.getSize(kExpandFactor),
                            options.getSize(kConvSize), getFlavor(options), builder.getAttentionWindow());
  for (Value state : op.getFinalStates())
    builder.carry(state);
  return op.getOutput();
}

namespace {
class Edifice final : public Family {
public:
  StringRef getName() const override { return "edifice"; }
  ArrayRef<OptionInfo> getOptions() const override { return getOptionInfos(); }
  OptionRoles getRoles() const override { return {kEmbedDim, kHiddenSize, kNumLayers, kWindowSize}; }
  const OptionKeys &getKeys() const override { return getOptionKeys(); }
  const WeightNames &getNames() const override { return names; }
  bool isLayerWeight(StringRef rest) const override;
  std::optional<int64_t> getLeastLayers(StringRef tensor) const override;
  ArrayRef<SizeRule> getSizeRules() const override { return sizeRules; }
  void resolveOthers(SizeResolver &resolver) const override { resolveEmbedDim(resolver); }
  void listWeights(const OptionValues &options, WeightTable &weights) const override;
  Value build(ModelBuilder &builder, Value rows) const override;
  void describe(const OptionValues &options, sst_info_t &info) const override;
};
} // namespace

bool Edifice::isLayerWeight(StringRef rest) const {
  static const llvm::StringSet<> ofBlocks = [] {
    llvm::StringSet<> weights;
    for (auto &[weight, shape] : BlockOp::getWeightShapes(1, 1, 1, 1, 1, 1))
      weights.insert(weight);
    return weights;
  }();
  return ofBlocks.contains(rest);
}

std::optional<int64_t> Edifice::getLeastLayers(StringRef tensor) const {
  std::optional<int64_t> index = getDropoutIndex(tensor);
  return index ? std::optional(*index + 1) : std::nullopt;
}

void Edifice::listWeights(const OptionValues &options, WeightTable &weights) const {
  auto add = [&](const Twine &twine, ArrayRef<int64_t> shape) {
    std::string name = twine.str();
    RandomScale scale = getScale(name, shape, options);
    // `taps x 1 x channels` in a file, `taps x channels` in the IR.
    bool isConvolution = StringRef(name).ends_with("_ssm_conv.kernel");
    WeightRole role =
        StringRef(name).ends_with(".kernel") && !isConvolution ? WeightRole::Projection : WeightRole::Other;
    if (isConvolution)
      weights.add({name, shape, {shape[0], 1, shape[1]}, role, scale});
    else
      weights.add({name, shape, role, scale});
  };
  int64_t hidden = options.getSize(kHiddenSize);
  if (hasInputProjection(options)) {
    add("input_projection.kernel", {options.getSize(kEmbedDim), hidden});
    add("input_projection.bias", {hidden});
  }
  auto block = getBlockWeights(options);
  for (int64_t i = 1; i <= options.getSize(kNumLayers); ++i)
    for (auto &[name, shape] : block)
      add("sst_block_" + Twine(i) + "_" + name, shape);
  add("final_norm.gamma", {hidden});
  add("final_norm.beta", {hidden});
}

Value Edifice::build(ModelBuilder &builder, Value rows) const {
  rows = buildInputProjection(builder, rows);
  for (int64_t block = 1; block <= builder.getOptions().getSize(kNumLayers); ++block)
    rows = buildBlock(builder, rows, block);
  Value gamma = builder.weight("final_norm.gamma");
  Value beta = builder.weight("final_norm.beta");
  return builder.layerNorm("final_norm", rows, gamma, beta, getFlavor(builder.getOptions()), 1.0e-5f);
}

void Edifice::describe(const OptionValues &options, sst_info_t &info) const {
  auto get = [&](StringRef name) { return static_cast<uint32_t>(options.getSize(name)); };
  info.layer_norm = options.getChoice(kLayerNorm).data();
  info.embed_dim = get(kEmbedDim);
  info.hidden_size = get(kHiddenSize);
  info.state_size = get(kStateSize);
  info.num_layers = get(kNumLayers);
  info.num_heads = get(kNumHeads);
  info.head_dim = get(kHeadDim);
  info.expand_factor = get(kExpandFactor);
  info.conv_size = get(kConvSize);
  info.window_size = get(kWindowSize);
}

namespace sst {
const Family &getEdifice();
} // namespace sst

const Family &sst::getEdifice() {
  static const Edifice family;
  return family;
}
