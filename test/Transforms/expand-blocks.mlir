// RUN: sst-opt %s --sst-expand-blocks | FileCheck %s
// RUN: sst-opt %s --sst-expand-blocks --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC

sst.weight @b_norm.gamma : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_norm.beta : tensor<4xf32> = dense<0.0> : tensor<4xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<4x16xf32> = dense<1.0> : tensor<4x16xf32>
sst.weight @b_ssm_in_proj.bias : tensor<16xf32> = dense<1.0> : tensor<16xf32>
sst.weight @b_ssm_conv.kernel : tensor<3x8xf32> = dense<1.0> : tensor<3x8xf32>
sst.weight @b_ssm_conv.bias : tensor<8xf32> = dense<1.0> : tensor<8xf32>
sst.weight @b_ssm_b_proj.kernel : tensor<8x5xf32> = dense<1.0> : tensor<8x5xf32>
sst.weight @b_ssm_b_proj.bias : tensor<5xf32> = dense<1.0> : tensor<5xf32>
sst.weight @b_ssm_c_proj.kernel : tensor<8x5xf32> = dense<1.0> : tensor<8x5xf32>
sst.weight @b_ssm_c_proj.bias : tensor<5xf32> = dense<1.0> : tensor<5xf32>
sst.weight @b_ssm_dt_proj.kernel : tensor<8x8xf32> = dense<1.0> : tensor<8x8xf32>
sst.weight @b_ssm_dt_proj.bias : tensor<8xf32> = dense<1.0> : tensor<8xf32>
sst.weight @b_ssm_out_proj.kernel : tensor<8x4xf32> = dense<1.0> : tensor<8x4xf32>
sst.weight @b_ssm_out_proj.bias : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_attn_q.kernel : tensor<4x12xf32> = dense<1.0> : tensor<4x12xf32>
sst.weight @b_attn_q.bias : tensor<12xf32> = dense<1.0> : tensor<12xf32>
sst.weight @b_attn_k.kernel : tensor<4x12xf32> = dense<1.0> : tensor<4x12xf32>
sst.weight @b_attn_k.bias : tensor<12xf32> = dense<1.0> : tensor<12xf32>
sst.weight @b_attn_v.kernel : tensor<4x12xf32> = dense<1.0> : tensor<4x12xf32>
sst.weight @b_attn_v.bias : tensor<12xf32> = dense<1.0> : tensor<12xf32>
sst.weight @b_attn_out_proj.kernel : tensor<12x4xf32> = dense<1.0> : tensor<12x4xf32>
sst.weight @b_attn_out_proj.bias : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_gate_proj.kernel : tensor<4x4xf32> = dense<1.0> : tensor<4x4xf32>
sst.weight @b_gate_proj.bias : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_ffn_norm.gamma : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_ffn_norm.beta : tensor<4xf32> = dense<0.0> : tensor<4xf32>
sst.weight @b_ffn_up.kernel : tensor<4x16xf32> = dense<1.0> : tensor<4x16xf32>
sst.weight @b_ffn_up.bias : tensor<16xf32> = dense<1.0> : tensor<16xf32>
sst.weight @b_ffn_down.kernel : tensor<16x4xf32> = dense<1.0> : tensor<16x4xf32>
sst.weight @b_ffn_down.bias : tensor<4xf32> = dense<1.0> : tensor<4xf32>

// The order of the checks is that of the formula in the description of sst.block.

// CHECK-LABEL: func.func @stateless(
// CHECK-SAME:      %[[INPUT:.*]]: tensor<?x?x4xf32>)
// CHECK-NOT:     sst.block
// CHECK:         %[[N:.*]] = sst.layer_norm %[[INPUT]], {{.*}} {flavor = #sst.layer_norm_flavor<axon_0_8_0>}
// CHECK:         %[[INK:.*]] = sst.get_weight @b_ssm_in_proj.kernel : tensor<4x16xf32>
// CHECK:         %[[INB:.*]] = sst.get_weight @b_ssm_in_proj.bias : tensor<16xf32>
// CHECK:         %[[IN:.*]]:2 = sst.dense %[[N]], %[[INK]] bias(%[[INB]])
// CHECK-SAME:        -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
// CHECK:         %[[CONV:.*]] = sst.causal_conv1d %[[IN]]#0, %{{.*}} bias(%{{[^)]*}}) :
// CHECK:         %[[A:.*]] = sst.activation <silu> %[[CONV]]
// CHECK:         sst.get_weight @b_ssm_b_proj.kernel
// CHECK:         %[[B:.*]] = sst.dense %[[A]]{{.*}} -> tensor<?x?x5xf32>
// CHECK:         sst.get_weight @b_ssm_c_proj.kernel
// CHECK:         %[[C:.*]] = sst.dense %[[A]]{{.*}} -> tensor<?x?x5xf32>
// CHECK:         sst.get_weight @b_ssm_dt_proj.kernel
// CHECK:         %[[DT:.*]] = sst.dense %[[A]]{{.*}} -> tensor<?x?x8xf32>
// CHECK:         %[[DELTA:.*]] = sst.activation <softplus> %[[DT]]
// CHECK:         %[[SCAN:.*]] = sst.ema_scan %[[A]], %[[DELTA]], %[[B]], %[[C]] :
// CHECK:         %[[Z:.*]] = sst.activation <silu> %[[IN]]#1
// CHECK:         %[[GATED:.*]] = arith.mulf %[[SCAN]], %[[Z]]
// CHECK:         sst.get_weight @b_ssm_out_proj.kernel
// CHECK:         %[[SSM:.*]] = sst.dense %[[GATED]]
// CHECK:         sst.get_weight @b_attn_q.kernel
// CHECK:         %[[Q:.*]] = sst.dense %[[N]]
// CHECK:         sst.get_weight @b_attn_k.kernel
// CHECK:         %[[K:.*]] = sst.dense %[[N]]
// CHECK:         sst.get_weight @b_attn_v.kernel
// CHECK:         %[[V:.*]] = sst.dense %[[N]]
// CHECK:         %[[CTX:.*]] = sst.causal_attention %[[Q]], %[[K]], %[[V]] {num_heads = 3 : i64,{{.*}} scale = 5.000000e-01 : f32}
// CHECK:         sst.get_weight @b_attn_out_proj.kernel
// CHECK:         %[[ATTN:.*]] = sst.dense %[[CTX]]
// CHECK:         sst.get_weight @b_gate_proj.kernel
// CHECK:         %[[GP:.*]] = sst.dense %[[N]]
// CHECK:         %[[G:.*]] = sst.activation <sigmoid> %[[GP]]
// CHECK:         %[[F:.*]] = sst.gated_fusion gate(%[[G]]) %[[SSM]], %[[ATTN]]
// CHECK:         %[[R:.*]] = arith.addf %[[INPUT]], %[[F]]
// CHECK:         sst.get_weight @b_ffn_norm.gamma
// CHECK:         %[[FN:.*]] = sst.layer_norm %[[R]]
// CHECK:         sst.get_weight @b_ffn_up.kernel
// CHECK:         %[[UP:.*]] = sst.dense %[[FN]]{{.*}} -> tensor<?x?x16xf32>
// CHECK:         %[[GELU:.*]] = sst.activation <gelu> %[[UP]]
// CHECK:         sst.get_weight @b_ffn_down.kernel
// CHECK:         %[[DOWN:.*]] = sst.dense %[[GELU]]
// CHECK:         %[[OUT:.*]] = arith.addf %[[R]], %[[DOWN]]
// CHECK:         return %[[OUT]]
func.func @stateless(%input: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %output = sst.block %input weights "b" {num_heads = 3 : i64, head_dim = 4 : i64, state_size = 5 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64, layer_norm = #sst.layer_norm_flavor<axon_0_8_0>}
      : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}

// CHECK-LABEL: func.func @carries_states(
// CHECK-SAME:      %[[CONV:[^ ]*]]: tensor<?x2x8xf32>, %[[SCAN:[^ ]*]]: tensor<?x8xf32>,
// CHECK-SAME:      %[[K:[^ ]*]]: tensor<?x?x12xf32>, %[[V:[^ ]*]]: tensor<?x?x12xf32>)
// CHECK:         %[[Y:.*]], %[[CONV1:.*]] = sst.causal_conv1d {{.*}} initial(%[[CONV]])
// CHECK:         %[[H:.*]], %[[SCAN1:.*]] = sst.ema_scan {{.*}} initial(%[[SCAN]])
// CHECK:         %[[O:.*]], %[[KV1:.*]]:2 = sst.causal_attention {{.*}} past(%[[K]], %[[V]])
// CHECK:         return %{{.*}}, %[[CONV1]], %[[SCAN1]], %[[KV1]]#0, %[[KV1]]#1
func.func @carries_states(%input: tensor<?x?x4xf32>, %conv: tensor<?x2x8xf32>, %scan: tensor<?x8xf32>,
                          %key: tensor<?x?x12xf32>, %value: tensor<?x?x12xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x12xf32>, tensor<?x?x12xf32>) {
  %output:5 = sst.block %input initial(%conv, %scan, %key, %value) weights "b" {num_heads = 3 : i64,
      head_dim = 4 : i64, state_size = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x12xf32>, tensor<?x?x12xf32>)
      -> (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x12xf32>, tensor<?x?x12xf32>)
  return %output#0, %output#1, %output#2, %output#3, %output#4
      : tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x12xf32>, tensor<?x?x12xf32>
}

// Final states alone: the first rows of a stream.
// CHECK-LABEL: func.func @starts_states(
// CHECK:         %{{.*}}, %[[CONV1:.*]] = sst.causal_conv1d %{{[^ ]*}}, %{{[^ ]*}} bias(%{{[^ ]*}}) : {{.*}} -> (tensor<?x7x8xf32>, tensor<?x2x8xf32>)
// CHECK:         return %{{.*}}, %[[CONV1]]
func.func @starts_states(%input: tensor<?x7x4xf32>)
    -> (tensor<?x7x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x7x12xf32>, tensor<?x7x12xf32>) {
  %output:5 = sst.block %input weights "b" {num_heads = 3 : i64, head_dim = 4 : i64, state_size = 5 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<?x7x4xf32>)
      -> (tensor<?x7x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x7x12xf32>, tensor<?x7x12xf32>)
  return %output#0, %output#1, %output#2, %output#3, %output#4
      : tensor<?x7x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x7x12xf32>, tensor<?x7x12xf32>
}

// Every tap of Edifice's has a location.
// LOC-DAG: loc("b_norm"(
// LOC-DAG: loc("b_ssm_in_proj"(
// LOC-DAG: loc("b_ssm_conv"(
// LOC-DAG: loc("b_ssm_silu"(
// LOC-DAG: loc("b_ssm_b"(
// LOC-DAG: loc("b_ssm_c"(
// LOC-DAG: loc("b_ssm_dt_softplus"(
// LOC-DAG: loc("b_ssm_scan"(
// LOC-DAG: loc("b_ssm_out"(
// LOC-DAG: loc("b_attn_ctx"(
// LOC-DAG: loc("b_attn_out"(
// LOC-DAG: loc("b_gate"(
// LOC-DAG: loc("b_fused"(
// LOC-DAG: loc("b_residual"(
// LOC-DAG: loc("b_ffn_norm"(
// LOC-DAG: loc("b_ffn_out"(
// LOC-DAG: loc("b_block_out"(
