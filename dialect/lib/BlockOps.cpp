//===- BlockOps.cpp - a whole block as one op -------------------------------------------------------------------===//

#include "PathBuilder.h"
#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sst;

SmallVector<std::pair<StringRef, SmallVector<int64_t>>> BlockOp::getWeightShapes(int64_t hiddenSize, int64_t stateSize,
                                                                                 int64_t numHeads, int64_t headDim,
                                                                                 int64_t expandFactor,
                                                                                 int64_t convSize) {
  int64_t d = hiddenSize, i = hiddenSize * expandFactor, a = numHeads * headDim, n = stateSize, k = convSize;
  return {
      {"norm.gamma", {d}},
      {"norm.beta", {d}},
      {"ssm_in_proj.kernel", {d, 2 * i}},
      {"ssm_in_proj.bias", {2 * i}},
      {"ssm_conv.kernel", {k, i}},
      {"ssm_conv.bias", {i}},
      {"ssm_b_proj.kernel", {i, n}},
      {"ssm_b_proj.bias", {n}},
      {"ssm_c_proj.kernel", {i, n}},
      {"ssm_c_proj.bias", {n}},
      {"ssm_dt_proj.kernel", {i, i}},
      {"ssm_dt_proj.bias", {i}},
      {"ssm_out_proj.kernel", {i, d}},
      {"ssm_out_proj.bias", {d}},
      {"attn_q.kernel", {d, a}},
      {"attn_q.bias", {a}},
      {"attn_k.kernel", {d, a}},
      {"attn_k.bias", {a}},
      {"attn_v.kernel", {d, a}},
      {"attn_v.bias", {a}},
      {"attn_out_proj.kernel", {a, d}},
      {"attn_out_proj.bias", {d}},
      {"gate_proj.kernel", {d, d}},
      {"gate_proj.bias", {d}},
      {"ffn_norm.gamma", {d}},
      {"ffn_norm.beta", {d}},
      {"ffn_up.kernel", {d, 4 * d}},
      {"ffn_up.bias", {4 * d}},
      {"ffn_down.kernel", {4 * d, d}},
      {"ffn_down.bias", {d}},
  };
}

SmallVector<SmallVector<int64_t>> BlockOp::getStateShapes(int64_t batch, int64_t past, int64_t innerSize,
                                                          int64_t attentionSize, int64_t convSize) {
  return {
      {batch, convSize - 1, innerSize}, {batch, innerSize}, {batch, past, attentionSize}, {batch, past, attentionSize}};
}

/// C3: `states` (initial or final) are none, or the four that a block carries. Their keys and values have `keyRows`.
static LogicalResult verifyStates(BlockOp op, StringRef name, TypeRange states, int64_t keyRows) {
  if (states.empty())
    return success();
  int64_t batch = cast<RankedTensorType>(op.getInput().getType()).getDimSize(0);
  auto shapes = BlockOp::getStateShapes(batch, keyRows, op.getInnerSize(), op.getAttentionSize(),
                                        static_cast<int64_t>(op.getConvSize()));
  for (auto [state, shape] : llvm::zip_equal(states, shapes))
    if (failed(verifyShape(op, name, cast<RankedTensorType>(state), shape)))
      return failure();
  return success();
}

LogicalResult BlockOp::verify() {
  // C1
  for (auto [name, size] : {std::pair<StringRef, int64_t>{"state_size", getStateSize()},
                            {"num_heads", getNumHeads()},
                            {"head_dim", getHeadDim()},
                            {"expand_factor", getExpandFactor()},
                            {"conv_size", getConvSize()},
                            {"attention_window", getAttentionWindow().value_or(1)}})
    if (size < 1 || size > kLargestSize)
      return emitOpError("expects '") << name << "' to be in [1, " << kLargestSize << "], but got " << size;
  auto input = cast<RankedTensorType>(getInput().getType());
  // C2
  if (failed(verifyShape(*this, "output", cast<ShapedType>(getOutput().getType()), input.getShape())))
    return failure();
  // C3
  TypeRange initial = getInitialStates().getTypes(), final = getFinalStates().getTypes();
  for (auto [name, states] : {std::pair<StringRef, TypeRange>{"initial_states", initial}, {"final_states", final}})
    if (!states.empty() && states.size() != 4)
      return emitOpError("expects '") << name << "' to be 0 or 4 tensors, but got " << states.size();
  int64_t past = 0;
  if (!initial.empty()) {
    auto keys = cast<RankedTensorType>(initial[2]);
    past = keys.getRank() == 3 ? keys.getDimSize(1) : ShapedType::kDynamic;
  }
  if (failed(verifyStates(*this, "initial_states", initial, past)))
    return failure();
  return verifyStates(*this, "final_states", final, addSizes(past, input.getDimSize(1)));
}

LogicalResult BlockOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  // C4
  for (auto &[text, shape] : getWeightShapes()) {
    auto name = StringAttr::get(getContext(), text);
    auto weight = symbolTable.lookupNearestSymbolFrom<WeightOp>(*this, name);
    if (!weight)
      return emitOpError("expects a weight named '") << name.getValue() << "', but there is none";
    if (failed(verifyShape(*this, name.getValue(), cast<ShapedType>(weight.getType()), shape)))
      return failure();
  }
  return success();
}

SmallVector<std::pair<std::string, SmallVector<int64_t>>> BlockOp::getWeightShapes() {
  SmallVector<std::pair<std::string, SmallVector<int64_t>>> result;
  int64_t hidden = cast<RankedTensorType>(getInput().getType()).getDimSize(2);
  for (auto &[suffix, shape] :
       getWeightShapes(hidden, getStateSize(), getNumHeads(), getHeadDim(), getExpandFactor(), getConvSize()))
    result.emplace_back((getWeights() + "_" + suffix).str(), shape);
  return result;
}

SmallVector<Value> BlockOp::decompose(OpBuilder &builder, SymbolTableCollection &symbolTables) {
  PathBuilder path(builder, symbolTables, *this, getWeights(), getLayerNorm());
  auto initial = [&](unsigned index) { return getInitialStates().empty() ? Value() : getInitialStates()[index]; };
  auto final = [&](unsigned index) { return getFinalStates().empty() ? Type() : getFinalStates()[index].getType(); };
  int64_t hidden = cast<RankedTensorType>(getInput().getType()).getDimSize(2);
  Value normed = path.layerNorm(getInput(), "norm");
  PathResults scanned =
      path.emaPath(normed, hidden, getInnerSize(), getStateSize(), {initial(0), initial(1)}, {final(0), final(1)});
  PathResults attended = path.attentionPath(normed, hidden, getNumHeads(), getHeadDim(), getAttentionWindowAttr(),
                                            {initial(2), initial(3)}, {final(2), final(3)});
  Value gate = path.dense(normed, "gate_proj", {hidden}, "gate_proj").getOutputs()[0];
  gate = path.activation(Activation::Sigmoid, gate, "gate");
  Value fused = GatedFusionOp::create(builder, path.locate("fused"), gate, scanned.output, attended.output);
  Value residual = arith::AddFOp::create(builder, path.locate("residual"), getInput(), fused);
  Value fed = path.feedForward(residual);
  SmallVector<Value> results = {arith::AddFOp::create(builder, path.locate("block_out"), residual, fed)};
  if (!getFinalStates().empty()) {
    llvm::append_range(results, scanned.states);
    llvm::append_range(results, attended.states);
  }
  return results;
}

SmallVector<StateSlot> BlockOp::getStates() {
  constexpr StateKind kinds[] = {StateKind::LastRows, StateKind::Value, StateKind::AllRows, StateKind::AllRows};
  SmallVector<StateSlot> states;
  for (auto [index, kind] : llvm::enumerate(kinds)) {
    StateSlot state;
    state.kind = kind;
    state.rows = &getInputMutable();
    if (!getInitialStates().empty())
      state.initial = &getInitialStatesMutable()[index];
    if (!getFinalStates().empty())
      state.final = cast<OpResult>(getFinalStates()[index]);
    if (kind == StateKind::AllRows && getAttentionWindow())
      state.window = static_cast<int64_t>(*getAttentionWindow());
    states.push_back(state);
  }
  return states;
}

RowUse BlockOp::getRowUse(OpOperand &operand) {
  return &operand == &getInputMutable() ? RowUse::EarlierRows : RowUse::NoRows;
}

LogicalResult BlockOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  whyNot = "blocks must be expanded first (sst-expand-blocks)";
  return failure();
}

void BlockOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {
  llvm::reportFatalInternalError("a block never says that it can");
}
