// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// hidden size 4, state size 3, 2 heads of 5 channels, expand factor 2, 3 taps
sst.weight @b_norm.gamma : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_norm.beta : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<4x16xf32> = dense<0.5> : tensor<4x16xf32>
sst.weight @b_ssm_in_proj.bias : tensor<16xf32> = dense<0.5> : tensor<16xf32>
sst.weight @b_ssm_conv.kernel : tensor<3x8xf32> = dense<0.5> : tensor<3x8xf32>
sst.weight @b_ssm_conv.bias : tensor<8xf32> = dense<0.5> : tensor<8xf32>
sst.weight @b_ssm_b_proj.kernel : tensor<8x3xf32> = dense<0.5> : tensor<8x3xf32>
sst.weight @b_ssm_b_proj.bias : tensor<3xf32> = dense<0.5> : tensor<3xf32>
sst.weight @b_ssm_c_proj.kernel : tensor<8x3xf32> = dense<0.5> : tensor<8x3xf32>
sst.weight @b_ssm_c_proj.bias : tensor<3xf32> = dense<0.5> : tensor<3xf32>
sst.weight @b_ssm_dt_proj.kernel : tensor<8x8xf32> = dense<0.5> : tensor<8x8xf32>
sst.weight @b_ssm_dt_proj.bias : tensor<8xf32> = dense<0.5> : tensor<8xf32>
sst.weight @b_ssm_out_proj.kernel : tensor<8x4xf32> = dense<0.5> : tensor<8x4xf32>
sst.weight @b_ssm_out_proj.bias : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_attn_q.kernel : tensor<4x10xf32> = dense<0.5> : tensor<4x10xf32>
sst.weight @b_attn_q.bias : tensor<10xf32> = dense<0.5> : tensor<10xf32>
sst.weight @b_attn_k.kernel : tensor<4x10xf32> = dense<0.5> : tensor<4x10xf32>
sst.weight @b_attn_k.bias : tensor<10xf32> = dense<0.5> : tensor<10xf32>
sst.weight @b_attn_v.kernel : tensor<4x10xf32> = dense<0.5> : tensor<4x10xf32>
sst.weight @b_attn_v.bias : tensor<10xf32> = dense<0.5> : tensor<10xf32>
sst.weight @b_attn_out_proj.kernel : tensor<10x4xf32> = dense<0.5> : tensor<10x4xf32>
sst.weight @b_attn_out_proj.bias : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_gate_proj.kernel : tensor<4x4xf32> = dense<0.5> : tensor<4x4xf32>
sst.weight @b_gate_proj.bias : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_ffn_norm.gamma : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_ffn_norm.beta : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_ffn_up.kernel : tensor<4x16xf32> = dense<0.5> : tensor<4x16xf32>
sst.weight @b_ffn_up.bias : tensor<16xf32> = dense<0.5> : tensor<16xf32>
sst.weight @b_ffn_down.kernel : tensor<16x4xf32> = dense<0.5> : tensor<16x4xf32>
sst.weight @b_ffn_down.bias : tensor<4xf32> = dense<0.5> : tensor<4xf32>

// CHECK-LABEL: func @window
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x6x4xf32>)
// CHECK:       sst.block %[[INPUT]] weights "b" {conv_size = 3 : i64, expand_factor = 2 : i64, head_dim = 5 : i64, num_heads = 2 : i64, state_size = 3 : i64}
// CHECK-SAME:    : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
func.func @window(%input: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {
  %output = sst.block %input weights "b" {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64} : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return %output : tensor<2x6x4xf32>
}

// A flavour of layer norm that is not the default.
// CHECK-LABEL: func @axon_0_8_0
// CHECK:       sst.block %{{.*}} weights "b" {{.*}}layer_norm = #sst.layer_norm_flavor<axon_0_8_0>
func.func @axon_0_8_0(%input: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %output = sst.block %input weights "b" {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64, layer_norm = #sst.layer_norm_flavor<axon_0_8_0>}
      : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}

// All four states in and out.
// CHECK-LABEL: func @carried
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x4xf32>, %[[CONV:.*]]: tensor<?x2x8xf32>, %[[SCAN:.*]]: tensor<?x8xf32>, %[[KEYS:.*]]: tensor<?x?x10xf32>, %[[VALUES:.*]]: tensor<?x?x10xf32>)
// CHECK:       sst.block %[[INPUT]] initial(%[[CONV]], %[[SCAN]], %[[KEYS]], %[[VALUES]]) weights "b"
// CHECK-SAME:    -> (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x10xf32>, tensor<?x?x10xf32>)
func.func @carried(%input: tensor<?x?x4xf32>, %conv: tensor<?x2x8xf32>, %scan: tensor<?x8xf32>,
                   %keys: tensor<?x?x10xf32>, %values: tensor<?x?x10xf32>) -> tensor<?x?x4xf32> {
  %outputs:5 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b" {state_size = 3 : i64,
      num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x10xf32>, tensor<?x?x10xf32>)
      -> (tensor<?x?x4xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x10xf32>, tensor<?x?x10xf32>)
  return %outputs#0 : tensor<?x?x4xf32>
}
