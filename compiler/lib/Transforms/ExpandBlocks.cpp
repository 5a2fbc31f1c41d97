//===- ExpandBlocks.cpp - blocks to the ops they consist of -------------------------------------------------------===//
//
// One builder per block: it walks down the formula in the description of sst.block, creating the ops in that order.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"

#include <cmath>

namespace sst {
#define GEN_PASS_DEF_EXPANDBLOCKSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-expand-blocks";

namespace {
/// Expands one block.
class BlockExpansion {
public:
  BlockExpansion(BlockOp block, SymbolTable &symbolTable)
      : block(block), symbolTable(symbolTable), builder(block),
        type(cast<RankedTensorType>(block.getInput().getType())) {}

  /// Creates the ops in front of the block and returns what replaces its results.
  SmallVector<Value> expand();

private:
  Value expandScanPath(Value normed);
  Value expandAttentionPath(Value normed);
  Value expandFeedForward(Value residual);

  /// The location named after `layer`, inside the block's.
  Location locate(StringRef layer) {
    return NameLoc::get(builder.getStringAttr(block.getWeights() + "_" + layer), block.getLoc());
  }
  /// The value of weight `<block>_<name>`.
  Value weight(StringRef name, Location loc) {
    auto op = symbolTable.lookup<WeightOp>((block.getWeights() + "_" + name).str());
    SST_CHECK(op, "a verified sst.block names a weight that does not exist");
    return GetWeightOp::create(builder, loc, op.getType(), op.getSymName());
  }
  RankedTensorType rows(int64_t channels) {
    return RankedTensorType::get({type.getDimSize(0), type.getDimSize(1), channels}, type.getElementType());
  }
  /// Projection of `input` by the weights of `layer` to one result per entry of `widths`, called `name`.
  DenseOp dense(Value input, StringRef layer, ArrayRef<int64_t> widths, StringRef name);
  Value activation(Activation kind, Value input, StringRef name) {
    return ActivationOp::create(builder, locate(name), kind, input);
  }
  Value layerNorm(Value input, StringRef layer);
  Value initialState(unsigned index) {
    return block.getInitialStates().empty() ? Value() : block.getInitialStates()[index];
  }
  Type finalStateType(unsigned index) {
    return block.getFinalStates().empty() ? Type() : block.getFinalStates()[index].getType();
  }

  BlockOp block;
  SymbolTable &symbolTable;
  OpBuilder builder;
  RankedTensorType type;
  SmallVector<Value, 4> finalStates;
};
} // namespace

DenseOp BlockExpansion::dense(Value input, StringRef layer, ArrayRef<int64_t> widths, StringRef name) {
  Location loc = locate(name);
  Value kernel = weight((layer + ".kernel").str(), loc);
  Value bias = weight((layer + ".bias").str(), loc);
  SmallVector<Type> types = llvm::map_to_vector(widths, [&](int64_t width) -> Type { return rows(width); });
  return DenseOp::create(builder, loc, types, input, kernel, bias, /*gate=*/Value(), /*other=*/Value(),
                         /*residual=*/Value(), builder.getArrayAttr({}));
}

Value BlockExpansion::layerNorm(Value input, StringRef layer) {
  Location loc = locate(layer);
  Value gamma = weight((layer + ".gamma").str(), loc);
  Value beta = weight((layer + ".beta").str(), loc);
  return LayerNormOp::create(builder, loc, input.getType(), input, gamma, beta, block.getLayerNormAttr(),
                             builder.getF32FloatAttr(1.0e-5f));
}

Value BlockExpansion::expandScanPath(Value normed) {
  int64_t inner = block.getInnerSize(), state = block.getStateSize();
  DenseOp in = dense(normed, "ssm_in_proj", {inner, inner}, "ssm_in_proj");
  Location convLoc = locate("ssm_conv");
  Value kernel = weight("ssm_conv.kernel", convLoc), bias = weight("ssm_conv.bias", convLoc);
  auto conv = CausalConv1DOp::create(builder, convLoc, in.getOutputs()[0].getType(), finalStateType(0),
                                     in.getOutputs()[0], kernel, bias, initialState(0), Activation::None);
  Value a = activation(Activation::Silu, conv.getOutput(), "ssm_silu");
  Value b = dense(a, "ssm_b_proj", {state}, "ssm_b").getOutputs()[0];
  Value c = dense(a, "ssm_c_proj", {state}, "ssm_c").getOutputs()[0];
  Value delta = dense(a, "ssm_dt_proj", {inner}, "ssm_dt_proj").getOutputs()[0];
  delta = activation(Activation::Softplus, delta, "ssm_dt_softplus");
  auto scan = EmaScanOp::create(builder, locate("ssm_scan"), a.getType(), finalStateType(1), a, delta, b, c,
                                initialState(1), /*gate=*/Value(), /*last_row=*/false);
  Value z = activation(Activation::Silu, in.getOutputs()[1], "ssm_z_silu");
  Value gated = arith::MulFOp::create(builder, locate("ssm_gated"), scan.getOutput(), z);
  finalStates.append({conv.getFinalState(), scan.getFinalState()});
  return dense(gated, "ssm_out_proj", {type.getDimSize(2)}, "ssm_out").getOutputs()[0];
}

Value BlockExpansion::expandAttentionPath(Value normed) {
  int64_t width = block.getAttentionSize();
  Value query = dense(normed, "attn_q", {width}, "attn_q").getOutputs()[0];
  Value key = dense(normed, "attn_k", {width}, "attn_k").getOutputs()[0];
  Value value = dense(normed, "attn_v", {width}, "attn_v").getOutputs()[0];
  llvm::APFloat scale(static_cast<float>(1.0 / std::sqrt(static_cast<double>(block.getHeadDim()))));
  auto attention = CausalAttentionOp::create(builder, locate("attn_ctx"), query.getType(), finalStateType(2),
                                             finalStateType(3), query, key, value, initialState(2), initialState(3),
                                             block.getNumHeads(), scale, block.getAttentionWindowAttr());
  finalStates.append({attention.getPresentKey(), attention.getPresentValue()});
  return dense(attention.getOutput(), "attn_out_proj", {type.getDimSize(2)}, "attn_out").getOutputs()[0];
}

Value BlockExpansion::expandFeedForward(Value residual) {
  int64_t hidden = type.getDimSize(2);
  Value normed = layerNorm(residual, "ffn_norm");
  Value up = dense(normed, "ffn_up", {4 * hidden}, "ffn_up").getOutputs()[0];
  up = activation(Activation::Gelu, up, "ffn_gelu");
  return dense(up, "ffn_down", {hidden}, "ffn_out").getOutputs()[0];
}

SmallVector<Value> BlockExpansion::expand() {
  Value normed = layerNorm(block.getInput(), "norm");
  Value scanned = expandScanPath(normed);
  Value attended = expandAttentionPath(normed);
  Value gate = dense(normed, "gate_proj", {type.getDimSize(2)}, "gate_proj").getOutputs()[0];
  gate = activation(Activation::Sigmoid, gate, "gate");
  Value fused = GatedFusionOp::create(builder, locate("fused"), gate, scanned, attended);
  Value residual = arith::AddFOp::create(builder, locate("residual"), block.getInput(), fused);
  Value fed = expandFeedForward(residual);
  SmallVector<Value> results = {arith::AddFOp::create(builder, locate("block_out"), residual, fed)};
  if (!block.getFinalStates().empty())
    results.append(finalStates.begin(), finalStates.end());
  return results;
}

namespace {
struct ExpandBlocksPass final : sst::impl::ExpandBlocksPassBase<ExpandBlocksPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

void ExpandBlocksPass::runOnOperation() {
  SymbolTable symbolTable(getOperation());
  for (BlockOp block : collectOps<BlockOp>(getOperation())) {
    remark::passed(block.getLoc(), remarkOn(block, "BlockExpanded", category)) << block.getWeights();
    block->replaceAllUsesWith(BlockExpansion(block, symbolTable).expand());
    block->erase();
  }
}
