//===- BlockEvaluation.cpp - a whole block by its formula ---------------------------------------------------------===//
//
// Follows the description of sst.block line by line and knows nothing of the pass that expands blocks, so that it can
// judge that pass. Intermediate values are shown to the probe under the op and layer that expansion would give them.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "Execution.h"
#include "Kernels.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;
using namespace sst;
using namespace sst::reference;

namespace {

class BlockEvaluation {
public:
  BlockEvaluation(Execution &execution, BlockOp op)
      : execution(execution), op(op), input(*execution.get(op.getInput())) {}

  /// Reads sizes, weights and states, and compares all shapes; then `compute` cannot fail.
  LogicalResult prepare();
  TensorRefs compute();

private:
  LogicalResult checkSizes();
  LogicalResult readWeights();
  LogicalResult readStates();
  LogicalResult chargeAll();

  const HostTensor &weight(const Twine &name) { return *weights.find(name.str())->second; }
  HostTensor dense(const HostTensor &x, const Twine &layer) {
    return project(x, weight(layer + ".kernel"), &weight(layer + ".bias"));
  }
  HostTensor norm(const HostTensor &x, const Twine &layer) {
    return layerNorm(x, weight(layer + ".gamma"), weight(layer + ".beta"), op.getLayerNorm(), kLayerNormEpsilon);
  }
  /// Shows an intermediate value to the probe and passes it on.
  HostTensor show(StringRef kind, StringRef layer, HostTensor value, unsigned result = 0) {
    std::string name = (op.getWeights() + "_" + layer).str();
    execution.probe({kind, name, op.getLoc(), result, value});
    return value;
  }
  HostTensor computeStateSpacePath(const HostTensor &n);
  HostTensor computeAttentionPath(const HostTensor &n);

  Execution &execution;
  BlockOp op;
  const HostTensor &input;
  int64_t innerSize = 0, attentionSize = 0;
  llvm::StringMap<TensorRef> weights;
  /// Null without initial states.
  const HostTensor *initialConv = nullptr, *initialScan = nullptr, *pastKeys = nullptr, *pastValues = nullptr;
  HostTensor finalConv, finalScan, keys, values;
};

} // namespace

LogicalResult BlockEvaluation::checkSizes() {
  // Sums of a few sizes of this magnitude cannot overflow; the weights' own limit is far below.
  constexpr int64_t largest = int64_t(1) << 40;
  std::optional<int64_t> inner = multiplySizes({input.shape[2], static_cast<int64_t>(op.getExpandFactor())});
  std::optional<int64_t> attention =
      multiplySizes({static_cast<int64_t>(op.getNumHeads()), static_cast<int64_t>(op.getHeadDim())});
  if (!inner || *inner > largest || !attention || *attention > largest || op.getStateSize() > largest ||
      op.getConvSize() > largest)
    return op.emitOpError("has sizes beyond the interpreter's limit of ") << largest;
  innerSize = *inner;
  attentionSize = *attention;
  return success();
}

LogicalResult BlockEvaluation::readWeights() {
  for (auto &[suffix, shape] : BlockOp::getWeightShapes(input.shape[2], op.getStateSize(), op.getNumHeads(),
                                                        op.getHeadDim(), op.getExpandFactor(), op.getConvSize())) {
    auto name = StringAttr::get(op.getContext(), op.getWeights() + "_" + suffix);
    FailureOr<TensorRef> value = execution.getWeight(op, name);
    if (failed(value) || failed(checkShape(op, "weight '" + name.getValue() + "'", **value, shape)))
      return failure();
    weights[suffix] = *value;
  }
  return success();
}

LogicalResult BlockEvaluation::readStates() {
  if (op.getInitialStates().empty())
    return success();
  const HostTensor **states[] = {&initialConv, &initialScan, &pastKeys, &pastValues};
  auto shapes = BlockOp::getStateShapes(input.shape[0], ShapedType::kDynamic, innerSize, attentionSize,
                                        static_cast<int64_t>(op.getConvSize()));
  for (auto [index, shape] : llvm::enumerate(shapes)) {
    *states[index] = execution.get(op.getInitialStates()[index]);
    if (failed(checkShape(op, "initial state #" + Twine(index), **states[index], shape)))
      return failure();
  }
  return checkShape(op, "initial state #3", *pastValues, pastKeys->shape);
}

LogicalResult BlockEvaluation::chargeAll() {
  int64_t batch = input.shape[0], rows = input.shape[1], hidden = input.shape[2];
  int64_t allRows = rows + (pastKeys ? pastKeys->shape[1] : 0);
  int64_t weightElements = 0;
  for (auto &entry : weights)
    weightElements += static_cast<int64_t>(entry.second->data.size());
  // The channels of every intermediate value of a row, as if all lived at once.
  int64_t channels = 20 * hidden + 8 * innerSize + 4 * attentionSize + 2 * static_cast<int64_t>(op.getStateSize());
  if (failed(execution.charge(op, {batch, rows, channels}, 1)) ||
      failed(execution.charge(op, {batch, allRows, attentionSize}, 2)) ||
      failed(execution.charge(op, {batch, static_cast<int64_t>(op.getConvSize()), innerSize}, 2)) ||
      failed(execution.charge(op, {batch, rows}, weightElements)) ||
      failed(execution.charge(op, {batch, rows, attentionSize}, 2 * allRows)))
    return failure();
  return success();
}

LogicalResult BlockEvaluation::prepare() {
  if (failed(checkSizes()) || failed(readWeights()) || failed(readStates()))
    return failure();
  return chargeAll();
}

/// From the normalised input to the output projection, with x, z, a as in the description.
HostTensor BlockEvaluation::computeStateSpacePath(const HostTensor &n) {
  HostTensor xz = dense(n, "ssm_in_proj");
  HostTensor x = show("sst.dense", "ssm_in_proj", takeChannels(xz, 0, innerSize), 0);
  HostTensor z = show("sst.dense", "ssm_in_proj", takeChannels(xz, innerSize, innerSize), 1);
  Carried conv = causalConv1D(x, weight("ssm_conv.kernel"), &weight("ssm_conv.bias"), initialConv);
  finalConv = std::move(conv.finalState);
  HostTensor c = show("sst.causal_conv1d", "ssm_conv", std::move(conv.output));
  HostTensor a = show("sst.activation", "ssm_silu", activate(Activation::Silu, std::move(c)));
  HostTensor dt = show("sst.dense", "ssm_dt_proj", dense(a, "ssm_dt_proj"));
  HostTensor delta = show("sst.activation", "ssm_dt_softplus", activate(Activation::Softplus, std::move(dt)));
  HostTensor bProj = show("sst.dense", "ssm_b", dense(a, "ssm_b_proj"));
  HostTensor cProj = show("sst.dense", "ssm_c", dense(a, "ssm_c_proj"));
  Carried scan = emaScan(a, delta, bProj, cProj, initialScan, /*gate=*/nullptr, /*onlyLastRow=*/false);
  finalScan = std::move(scan.finalState);
  HostTensor h = show("sst.ema_scan", "ssm_scan", std::move(scan.output));
  HostTensor gated = multiply(h, activate(Activation::Silu, std::move(z)));
  return show("sst.dense", "ssm_out", dense(gated, "ssm_out_proj"));
}

HostTensor BlockEvaluation::computeAttentionPath(const HostTensor &n) {
  HostTensor q = show("sst.dense", "attn_q", dense(n, "attn_q"));
  HostTensor k = show("sst.dense", "attn_k", dense(n, "attn_k"));
  HostTensor v = show("sst.dense", "attn_v", dense(n, "attn_v"));
  keys = appendRows(pastKeys, k);
  values = appendRows(pastValues, v);
  double scale = 1 / std::sqrt(static_cast<double>(op.getHeadDim()));
  HostTensor context =
      show("sst.causal_attention", "attn_ctx",
           causalAttention(q, keys, values, static_cast<int64_t>(op.getNumHeads()), scale, op.getAttentionWindow()));
  return show("sst.dense", "attn_out", dense(context, "attn_out_proj"));
}

TensorRefs BlockEvaluation::compute() {
  HostTensor n = show("sst.layer_norm", "norm", norm(input, "norm"));
  HostTensor ssm = computeStateSpacePath(n);
  HostTensor attn = computeAttentionPath(n);
  HostTensor g = show("sst.activation", "gate", activate(Activation::Sigmoid, dense(n, "gate_proj")));
  HostTensor fused = show("sst.gated_fusion", "fused", gatedFusion(g, ssm, attn));
  HostTensor r = show("arith.addf", "residual", add(input, fused));
  HostTensor ffn = show("sst.layer_norm", "ffn_norm", norm(r, "ffn_norm"));
  HostTensor up = show("sst.activation", "ffn_gelu", activate(Activation::Gelu, dense(ffn, "ffn_up")));
  HostTensor down = show("sst.dense", "ffn_out", dense(up, "ffn_down"));
  TensorRefs results = {execution.own(show("arith.addf", "block_out", add(r, down)))};
  if (!op.getFinalStates().empty())
    for (HostTensor *state : {&finalConv, &finalScan, &keys, &values})
      results.push_back(execution.own(std::move(*state)));
  return results;
}

FailureOr<TensorRefs> reference::evaluateBlock(Execution &execution, BlockOp op) {
  BlockEvaluation evaluation(execution, op);
  if (failed(evaluation.prepare()))
    return failure();
  return evaluation.compute();
}
