// RUN: sst-interpret %s --function=whole | FileCheck %s --check-prefix=WHOLE
// RUN: sst-interpret %s --function=parts | FileCheck %s --check-prefix=PARTS
// RUN: sst-interpret %s --function=whole --probe='sst.*@b_*' --values=4 | FileCheck %s --check-prefix=PROBE
// RUN: sst-interpret %s --function=whole --passes=sst-expand-blocks | FileCheck %s --check-prefix=WHOLE
// RUN: sst-interpret %s --function=parts --passes=sst-expand-blocks | FileCheck %s --check-prefix=PARTS
// RUN: sst-interpret %s --function=whole --passes=sst-expand-blocks --probe='sst.*@b_*' --values=4 \
// RUN:   | FileCheck %s --check-prefix=PROBE

sst.weight @b_norm.gamma : tensor<2xf32> = dense<[0.375, 0.875]> : tensor<2xf32>
sst.weight @b_norm.beta : tensor<2xf32> = dense<[-0.625, -0.625]> : tensor<2xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<2x8xf32> = dense<[[0.875, 0.75, 0.875, 0.875, 0.125, -0.75, -0.5, -0.625], [0.25, 0.0, 0.875, -0.375, 1.0, -1.0, -0.25, 1.0]]> : tensor<2x8xf32>
sst.weight @b_ssm_in_proj.bias : tensor<8xf32> = dense<[0.375, -0.5, -1.0, 1.0, 0.125, -0.75, 0.0, 1.0]> : tensor<8xf32>
sst.weight @b_ssm_conv.kernel : tensor<3x4xf32> = dense<[[0.375, -0.375, 0.375, -0.125], [1.0, 0.25, -0.125, -0.25], [-0.125, 0.5, -0.125, -0.25]]> : tensor<3x4xf32>
sst.weight @b_ssm_conv.bias : tensor<4xf32> = dense<[1.0, 0.875, 0.375, -1.0]> : tensor<4xf32>
sst.weight @b_ssm_b_proj.kernel : tensor<4x1xf32> = dense<[[-1.0], [0.0], [0.875], [0.0]]> : tensor<4x1xf32>
sst.weight @b_ssm_b_proj.bias : tensor<1xf32> = dense<[-0.25]> : tensor<1xf32>
sst.weight @b_ssm_c_proj.kernel : tensor<4x1xf32> = dense<[[0.375], [0.75], [0.375], [0.375]]> : tensor<4x1xf32>
sst.weight @b_ssm_c_proj.bias : tensor<1xf32> = dense<[-0.75]> : tensor<1xf32>
sst.weight @b_ssm_dt_proj.kernel : tensor<4x4xf32> = dense<[[-0.125, -0.625, -0.125, 0.875], [-0.25, 0.25, -0.25, 0.875], [-1.0, 0.875, 0.375, -0.75], [-0.625, 0.5, -0.25, 0.875]]> : tensor<4x4xf32>
sst.weight @b_ssm_dt_proj.bias : tensor<4xf32> = dense<[-0.375, 0.625, 0.25, -0.75]> : tensor<4xf32>
sst.weight @b_ssm_out_proj.kernel : tensor<4x2xf32> = dense<[[0.5, 0.75], [0.5, -0.75], [-0.375, -0.375], [-0.5, -1.0]]> : tensor<4x2xf32>
sst.weight @b_ssm_out_proj.bias : tensor<2xf32> = dense<[-0.5, 0.75]> : tensor<2xf32>
sst.weight @b_attn_q.kernel : tensor<2x2xf32> = dense<[[-0.5, 0.875], [0.375, -0.5]]> : tensor<2x2xf32>
sst.weight @b_attn_q.bias : tensor<2xf32> = dense<[-0.5, -1.0]> : tensor<2xf32>
sst.weight @b_attn_k.kernel : tensor<2x2xf32> = dense<[[-1.0, -0.625], [1.0, -0.5]]> : tensor<2x2xf32>
sst.weight @b_attn_k.bias : tensor<2xf32> = dense<[0.625, -0.25]> : tensor<2xf32>
sst.weight @b_attn_v.kernel : tensor<2x2xf32> = dense<[[-0.25, -1.0], [0.0, -0.25]]> : tensor<2x2xf32>
sst.weight @b_attn_v.bias : tensor<2xf32> = dense<[0.125, 1.0]> : tensor<2xf32>
sst.weight @b_attn_out_proj.kernel : tensor<2x2xf32> = dense<[[-0.125, 0.25], [0.0, 0.625]]> : tensor<2x2xf32>
sst.weight @b_attn_out_proj.bias : tensor<2xf32> = dense<[-0.5, -0.875]> : tensor<2xf32>
sst.weight @b_gate_proj.kernel : tensor<2x2xf32> = dense<[[0.375, 0.75], [1.0, 0.625]]> : tensor<2x2xf32>
sst.weight @b_gate_proj.bias : tensor<2xf32> = dense<[1.0, -0.5]> : tensor<2xf32>
sst.weight @b_ffn_norm.gamma : tensor<2xf32> = dense<[-0.5, 1.0]> : tensor<2xf32>
sst.weight @b_ffn_norm.beta : tensor<2xf32> = dense<[1.0, -1.0]> : tensor<2xf32>
sst.weight @b_ffn_up.kernel : tensor<2x8xf32> = dense<[[0.75, -0.375, -1.0, -0.5, -0.375, -0.5, 0.875, -0.625], [-0.875, 0.25, 1.0, 1.0, 0.875, -0.625, -0.875, -0.125]]> : tensor<2x8xf32>
sst.weight @b_ffn_up.bias : tensor<8xf32> = dense<[-0.25, 0.0, -0.875, -0.625, 1.0, 0.75, -1.0, -0.75]> : tensor<8xf32>
sst.weight @b_ffn_down.kernel : tensor<8x2xf32> = dense<[[0.75, 0.25], [1.0, 1.0], [-0.25, 0.0], [0.75, 1.0], [0.875, 1.0], [-0.125, 1.0], [0.0, -0.25], [0.75, -0.5]]> : tensor<8x2xf32>
sst.weight @b_ffn_down.bias : tensor<2xf32> = dense<[0.625, -0.625]> : tensor<2xf32>

// The block shows what expansion would give, under the same names.
// PROBE: probe sst.layer_norm 'b_norm' #0: [1, 4, 2] {{.*}} values -0.999880058 0.249720134 -0.2500075 -1.4999825 ...
// PROBE: probe sst.activation 'b_ssm_silu' #0: [1, 4, 4] {{.*}} values 0.782230182 0.140572179 0.373406785 -0.269500964 ...
// PROBE: probe sst.ema_scan 'b_ssm_scan' #0: [1, 4, 4] {{.*}} values 0.0974309605 0.0175090181 0.0465098158 -0.0335677891 ...

// WHOLE: result #0: [1, 4, 2] {{.*}} values 1.11725146 0.832547571 1.06073841 0.605902508 0.511923379 0.686431254 -0.102306418 -0.171488799
func.func @whole() -> tensor<1x4x2xf32> {
  %x = arith.constant dense<[[[0.5, 0.75], [0.25, -0.75], [-0.125, 0.625], [-0.75, -0.25]]]> : tensor<1x4x2xf32>
  %y = sst.block %x weights "b" {num_heads = 2 : i64, head_dim = 1 : i64, state_size = 1 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<1x4x2xf32>) -> tensor<1x4x2xf32>
  return %y : tensor<1x4x2xf32>
}

// One row, then three with the state that the first left.
// PARTS: result #0: [1, 1, 2] {{.*}} values 1.11725146 0.832547571
// PARTS: result #1: [1, 3, 2] {{.*}} values 1.06073841 0.605902508 0.511923379 0.686431254 -0.102306418 -0.171488799
// PARTS: result #2: [1, 2, 4] {{.*}} values -0.437496111 -1.24999 -1.65626555 0.0312733321 -0.437491251 -1.2499775 -1.656285 0.0313024937
// PARTS: result #3: [1, 4] {{.*}} values 0.129487354 0.0538978094 0.0480000941 -0.0839710893
// PARTS: result #4: [1, 4, 2] {{.*}} values 1.87460019 0.250064969 -0.624975001 0.656245938 1.87495556 0.250007222 1.87490001 0.250016248
// PARTS: result #5: [1, 4, 2] {{.*}} values 0.374970014 1.93745002 0.187501875 1.62500312 0.374996667 1.93749444 0.374992501 1.9374875
func.func @parts() -> (tensor<1x1x2xf32>, tensor<1x3x2xf32>, tensor<1x2x4xf32>, tensor<1x4xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>) {
  %x0 = arith.constant dense<[[[0.5, 0.75]]]> : tensor<1x1x2xf32>
  %x1 = arith.constant dense<[[[0.25, -0.75], [-0.125, 0.625], [-0.75, -0.25]]]> : tensor<1x3x2xf32>
  %y0:5 = sst.block %x0 weights "b" {num_heads = 2 : i64, head_dim = 1 : i64, state_size = 1 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x2x4xf32>, tensor<1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
  %y1:5 = sst.block %x1 initial(%y0#1, %y0#2, %y0#3, %y0#4) weights "b" {num_heads = 2 : i64, head_dim = 1 : i64, state_size = 1 : i64,
      expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<1x3x2xf32>, tensor<1x2x4xf32>, tensor<1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> (tensor<1x3x2xf32>, tensor<1x2x4xf32>, tensor<1x4xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>)
  return %y0#0, %y1#0, %y1#1, %y1#2, %y1#3, %y1#4 : tensor<1x1x2xf32>, tensor<1x3x2xf32>, tensor<1x2x4xf32>, tensor<1x4xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>
}
