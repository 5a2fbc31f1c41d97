// RUN: sst-opt %s --sst-expand-blocks --verify-diagnostics

sst.weight @b_norm.gamma : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_norm.beta : tensor<1xf32> = dense<0.0> : tensor<1xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<1x2xf32> = dense<1.0> : tensor<1x2xf32>
sst.weight @b_ssm_in_proj.bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
sst.weight @b_ssm_conv.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_ssm_conv.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ssm_b_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_ssm_b_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ssm_c_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_ssm_c_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ssm_dt_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_ssm_dt_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ssm_out_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_ssm_out_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_attn_q.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_attn_q.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_attn_k.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_attn_k.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_attn_v.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_attn_v.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_attn_out_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_attn_out_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_gate_proj.kernel : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
sst.weight @b_gate_proj.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ffn_norm.gamma : tensor<1xf32> = dense<1.0> : tensor<1xf32>
sst.weight @b_ffn_norm.beta : tensor<1xf32> = dense<0.0> : tensor<1xf32>
sst.weight @b_ffn_up.kernel : tensor<1x4xf32> = dense<1.0> : tensor<1x4xf32>
sst.weight @b_ffn_up.bias : tensor<4xf32> = dense<1.0> : tensor<4xf32>
sst.weight @b_ffn_down.kernel : tensor<4x1xf32> = dense<1.0> : tensor<4x1xf32>
sst.weight @b_ffn_down.bias : tensor<1xf32> = dense<1.0> : tensor<1xf32>

func.func @types_differ(%input: tensor<?x?x1xf32>) -> tensor<?x7x1xf32> {
  // expected-error @below {{'sst.block' op expects the types of 'input' and 'output' to be equal for expansion, but got 'tensor<?x?x1xf32>' vs 'tensor<?x7x1xf32>'}}
  %output = sst.block %input weights "b" {num_heads = 1 : i64, head_dim = 1 : i64, state_size = 1 : i64,
      expand_factor = 1 : i64, conv_size = 1 : i64} : (tensor<?x?x1xf32>) -> tensor<?x7x1xf32>
  return %output : tensor<?x7x1xf32>
}
