// Blocks with all combinations of initial and final states, an attention window, static and dynamic sizes: expanded they
// are valid and compute the same. Three blocks follow each other: only final states, both, only initial ones.
// RUN: sst-opt %s --sst-expand-blocks | FileCheck %s
// RUN: sst-interpret %s --function=states_2_3 --random-input=2x3,7 > %t.blocks
// RUN: sst-interpret %s --function=states_2_3 --random-input=2x3,7 --passes=sst-expand-blocks | diff %t.blocks -
// RUN: sst-interpret %s --function=states_any_any --random-input=2x3,7 > %t.blocks
// RUN: sst-interpret %s --function=states_any_any --random-input=2x3,7 --passes=sst-expand-blocks | diff %t.blocks -
// RUN: sst-interpret %s --function=states_2_any_window --random-input=2x3,7 > %t.blocks
// RUN: sst-interpret %s --function=states_2_any_window --random-input=2x3,7 --passes=sst-expand-blocks | diff %t.blocks -
// RUN: sst-interpret %s --function=states_any_3_window --random-input=2x3,7 > %t.blocks
// RUN: sst-interpret %s --function=states_any_3_window --random-input=2x3,7 --passes=sst-expand-blocks | diff %t.blocks -
// RUN: sst-interpret %s --function=states_any_1 --random-input=2x1,7 > %t.blocks
// RUN: sst-interpret %s --function=states_any_1 --random-input=2x1,7 --passes=sst-expand-blocks | diff %t.blocks -
// RUN: sst-interpret %s --function=states_1_1_window --random-input=1x1,7 > %t.blocks
// RUN: sst-interpret %s --function=states_1_1_window --random-input=1x1,7 --passes=sst-expand-blocks | diff %t.blocks -

sst.weight @b_norm.gamma : tensor<2xf32> = dense<[-0.53, -0.79]> : tensor<2xf32>
sst.weight @b_norm.beta : tensor<2xf32> = dense<[-0.21, -0.69]> : tensor<2xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<2x4xf32> = dense<[[-0.87, -0.20, 0.84, 0.60], [0.53, -0.56, 0.07, -0.45]]> : tensor<2x4xf32>
sst.weight @b_ssm_in_proj.bias : tensor<4xf32> = dense<[-0.65, -0.79, -0.57, 0.85]> : tensor<4xf32>
sst.weight @b_ssm_conv.kernel : tensor<2x2xf32> = dense<[[0.66, 0.61], [0.60, -0.61]]> : tensor<2x2xf32>
sst.weight @b_ssm_conv.bias : tensor<2xf32> = dense<[-0.38, 0.25]> : tensor<2xf32>
sst.weight @b_ssm_b_proj.kernel : tensor<2x1xf32> = dense<[[0.46], [0.71]]> : tensor<2x1xf32>
sst.weight @b_ssm_b_proj.bias : tensor<1xf32> = dense<[0.76]> : tensor<1xf32>
sst.weight @b_ssm_c_proj.kernel : tensor<2x1xf32> = dense<[[-0.83], [0.21]]> : tensor<2x1xf32>
sst.weight @b_ssm_c_proj.bias : tensor<1xf32> = dense<[0.34]> : tensor<1xf32>
sst.weight @b_ssm_dt_proj.kernel : tensor<2x2xf32> = dense<[[0.01, -0.64], [-0.05, -0.82]]> : tensor<2x2xf32>
sst.weight @b_ssm_dt_proj.bias : tensor<2xf32> = dense<[0.87, 0.73]> : tensor<2xf32>
sst.weight @b_ssm_out_proj.kernel : tensor<2x2xf32> = dense<[[0.10, -0.40], [0.82, 0.14]]> : tensor<2x2xf32>
sst.weight @b_ssm_out_proj.bias : tensor<2xf32> = dense<[0.76, 0.70]> : tensor<2xf32>
sst.weight @b_attn_q.kernel : tensor<2x4xf32> = dense<[[0.02, -0.17, 0.20, -0.14], [-0.68, -0.39, 0.63, -0.91]]> : tensor<2x4xf32>
sst.weight @b_attn_q.bias : tensor<4xf32> = dense<[-0.91, 0.25, -0.44, 0.07]> : tensor<4xf32>
sst.weight @b_attn_k.kernel : tensor<2x4xf32> = dense<[[-0.06, -0.31, 0.99, -0.61], [-0.17, -0.59, 0.27, -0.45]]> : tensor<2x4xf32>
sst.weight @b_attn_k.bias : tensor<4xf32> = dense<[-0.29, 0.49, -0.36, 0.12]> : tensor<4xf32>
sst.weight @b_attn_v.kernel : tensor<2x4xf32> = dense<[[0.81, -0.80, -0.88, -0.54], [0.53, 0.23, -0.53, -0.34]]> : tensor<2x4xf32>
sst.weight @b_attn_v.bias : tensor<4xf32> = dense<[-0.64, -0.08, -0.91, 0.39]> : tensor<4xf32>
sst.weight @b_attn_out_proj.kernel : tensor<4x2xf32> = dense<[[0.79, 0.91], [0.47, 0.92], [-0.96, -0.42], [0.93, 0.55]]> : tensor<4x2xf32>
sst.weight @b_attn_out_proj.bias : tensor<2xf32> = dense<[-0.18, 0.89]> : tensor<2xf32>
sst.weight @b_gate_proj.kernel : tensor<2x2xf32> = dense<[[0.24, 0.64], [-0.41, -0.62]]> : tensor<2x2xf32>
sst.weight @b_gate_proj.bias : tensor<2xf32> = dense<[-0.11, -0.73]> : tensor<2xf32>
sst.weight @b_ffn_norm.gamma : tensor<2xf32> = dense<[-0.24, 0.92]> : tensor<2xf32>
sst.weight @b_ffn_norm.beta : tensor<2xf32> = dense<[-0.34, -0.98]> : tensor<2xf32>
sst.weight @b_ffn_up.kernel : tensor<2x8xf32> = dense<[[-0.91, -0.66, 0.57, -0.27, -0.42, -0.81, 0.96, -0.15], [-0.58, -0.88, -0.89, -0.66, 0.35, -0.70, -0.92, -0.02]]> : tensor<2x8xf32>
sst.weight @b_ffn_up.bias : tensor<8xf32> = dense<[-0.50, 1.00, -0.76, 0.06, 0.55, -0.18, 0.98, -0.04]> : tensor<8xf32>
sst.weight @b_ffn_down.kernel : tensor<8x2xf32> = dense<[[-0.52, -0.18], [-0.93, -0.16], [-0.50, 0.78], [0.66, -0.00], [-0.94, -0.49], [-0.52, -0.58], [-0.54, 0.74], [-0.72, -0.90]]> : tensor<8x2xf32>
sst.weight @b_ffn_down.bias : tensor<2xf32> = dense<[0.86, 0.13]> : tensor<2xf32>

// CHECK-LABEL: func @states_2_3
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<2x3x4xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<2x3x4xf32>
func.func @states_2_3(%x: tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>) {
  %a:5 = sst.block %x weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> (tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x3x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<2x3x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>
}

// CHECK-LABEL: func @states_any_any
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<?x?x4xf32>
func.func @states_any_any(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %a:5 = sst.block %x weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<?x?x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// CHECK-LABEL: func @states_2_any_window
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<2x?x4xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<2x?x4xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<2x?x4xf32>
func.func @states_2_any_window(%x: tensor<2x?x2xf32>) -> (tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>) {
  %a:5 = sst.block %x weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x?x2xf32>) -> (tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>) -> tensor<2x?x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<2x?x2xf32>, tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>
}

// CHECK-LABEL: func @states_any_3_window
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<?x3x4xf32>, tensor<?x3x4xf32>, tensor<?x3x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<?x3x4xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<?x3x4xf32>
func.func @states_any_3_window(%x: tensor<?x3x2xf32>) -> (tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>) {
  %a:5 = sst.block %x weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x3x2xf32>) -> (tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x3x4xf32>, tensor<?x3x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> (tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {attention_window = 2 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>) -> tensor<?x3x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<?x3x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>
}

// CHECK-LABEL: func @states_any_1
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<?x1x4xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<?x1x4xf32>
func.func @states_any_1(%x: tensor<?x1x2xf32>) -> (tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>) {
  %a:5 = sst.block %x weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x1x2xf32>) -> (tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>) -> (tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>) -> tensor<?x1x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?x2xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>
}

// CHECK-LABEL: func @states_1_1_window
// CHECK-NOT:     sst.block
// CHECK:         sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK-SAME:      -> (tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> (tensor<1x1x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
// CHECK:         sst.causal_attention %{{.*}} past(
// CHECK-SAME:      -> tensor<1x1x4xf32>
func.func @states_1_1_window(%x: tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %a:5 = sst.block %x weights "b" {attention_window = 1 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>)
  %b:5 = sst.block %a#0 initial(%a#1, %a#2, %a#3, %a#4) weights "b" {attention_window = 1 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
  %c = sst.block %b#0 initial(%b#1, %b#2, %b#3, %b#4) weights "b" {attention_window = 1 : i64, conv_size = 2 : i64, expand_factor = 1 : i64, head_dim = 4 : i64, num_heads = 1 : i64, state_size = 1 : i64}
      : (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x1x2xf32>
  return %c, %b#1, %b#2, %b#3, %b#4 : tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>
}
