//===- PathBuilder.cpp - what composites decompose into ---------------------------------------------------------===//

#include "PathBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>

using namespace mlir;
using namespace sst;

Location PathBuilder::locate(StringRef name) {
  return NameLoc::get(builder.getStringAttr(prefix + "_" + name), composite->getLoc());
}

Value PathBuilder::weight(const Twine &name, Location loc) {
  auto op = symbolTables.lookupNearestSymbolFrom<WeightOp>(composite, builder.getStringAttr(prefix + "_" + name));
  if (!op)
    llvm::reportFatalInternalError("a verified composite names a weight that does not exist");
  return GetWeightOp::create(builder, loc, op.getType(), op.getSymName());
}

DenseOp PathBuilder::dense(Value input, StringRef layer, ArrayRef<int64_t> widths, StringRef name) {
  Location loc = locate(name);
  Value kernel = weight(layer + ".kernel", loc);
  Value bias = weight(layer + ".bias", loc);
  auto rows = cast<RankedTensorType>(input.getType());
  SmallVector<Type> types = llvm::map_to_vector(widths, [&](int64_t width) -> Type {
    return RankedTensorType::get({rows.getDimSize(0), rows.getDimSize(1), width}, rows.getElementType());
  });
  return DenseOp::create(builder, loc, types, input, kernel, bias, /*gate=*/Value(), /*other=*/Value(),
                         /*residual=*/Value(), builder.getArrayAttr({}));
}

Value PathBuilder::activation(Activation kind, Value input, StringRef name) {
  return ActivationOp::create(builder, locate(name), kind, input);
}

Value PathBuilder::layerNorm(Value input, StringRef layer) {
  Location loc = locate(layer);
  Value gamma = weight(layer + ".gamma", loc);
  Value beta = weight(layer + ".beta", loc);
  return LayerNormOp::create(builder, loc, input.getType(), input, gamma, beta, flavor,
                             llvm::APFloat(kLayerNormEpsilon));
}

PathResults PathBuilder::emaPath(Value normed, int64_t outputSize, int64_t innerSize, int64_t stateSize,
                                 ArrayRef<Value> initial, ArrayRef<Type> final) {
  DenseOp in = dense(normed, "ssm_in_proj", {innerSize, innerSize}, "ssm_in_proj");
  Location convLoc = locate("ssm_conv");
  Value kernel = weight("ssm_conv.kernel", convLoc), bias = weight("ssm_conv.bias", convLoc);
  auto conv = CausalConv1DOp::create(builder, convLoc, in.getOutputs()[0].getType(), final[0], in.getOutputs()[0],
                                     kernel, bias, initial[0], Activation::None);
  Value a = activation(Activation::Silu, conv.getOutput(), "ssm_silu");
  Value b = dense(a, "ssm_b_proj", {stateSize}, "ssm_b").getOutputs()[0];
  Value c = dense(a, "ssm_c_proj", {stateSize}, "ssm_c").getOutputs()[0];
  Value delta = dense(a, "ssm_dt_proj", {innerSize}, "ssm_dt_proj").getOutputs()[0];
  delta = activation(Activation::Softplus, delta, "ssm_dt_softplus");
  auto scan = EmaScanOp::create(builder, locate("ssm_scan"), a.getType(), final[1], a, delta, b, c, initial[1],
                                /*gate=*/Value(), /*last_row=*/false);
  Value z = activation(Activation::Silu, in.getOutputs()[1], "ssm_z_silu");
  Value gated = arith::MulFOp::create(builder, locate("ssm_gated"), scan.getOutput(), z);
  Value output = dense(gated, "ssm_out_proj", {outputSize}, "ssm_out").getOutputs()[0];
  return {output, {conv.getFinalState(), scan.getFinalState()}};
}

PathResults PathBuilder::attentionPath(Value normed, int64_t outputSize, int64_t numHeads, int64_t headDim,
                                       IntegerAttr window, ArrayRef<Value> initial, ArrayRef<Type> final) {
  int64_t width = numHeads * headDim;
  Value query = dense(normed, "attn_q", {width}, "attn_q").getOutputs()[0];
  Value key = dense(normed, "attn_k", {width}, "attn_k").getOutputs()[0];
  Value value = dense(normed, "attn_v", {width}, "attn_v").getOutputs()[0];
  llvm::APFloat scale(static_cast<float>(1.0 / std::sqrt(static_cast<double>(headDim))));
  auto attention = CausalAttentionOp::create(builder, locate("attn_ctx"), query.getType(), final[0], final[1], query,
                                             key, value, initial[0], initial[1], numHeads, scale, window);
  Value output = dense(attention.getOutput(), "attn_out_proj", {outputSize}, "attn_out").getOutputs()[0];
  return {output, {attention.getPresentKey(), attention.getPresentValue()}};
}

Value PathBuilder::feedForward(Value input) {
  int64_t hidden = cast<RankedTensorType>(input.getType()).getDimSize(2);
  Value normed = layerNorm(input, "ffn_norm");
  Value up = dense(normed, "ffn_up", {4 * hidden}, "ffn_up").getOutputs()[0];
  up = activation(Activation::Gelu, up, "ffn_gelu");
  return dense(up, "ffn_down", {hidden}, "ffn_out").getOutputs()[0];
}
