// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: state_size
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'state_size' to be in [1, 1048576], but got 0}}
  %0 = sst.block %input weights "b"
      {state_size = 0 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C1: num_heads
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'num_heads' to be in [1, 1048576], but got -1}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = -1 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C1: head_dim
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'head_dim' to be in [1, 1048576], but got 0}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 0 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C1: expand_factor
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'expand_factor' to be in [1, 1048576], but got 1048577}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 1048577 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C1: attention_window
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'attention_window' to be in [1, 1048576], but got 0}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64, attention_window = 0 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C1: conv_size
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'conv_size' to be in [1, 1048576], but got 0}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 0 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C2
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'output' to have shape 2x6x4, but got 2x1x4}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x1x4xf32>
  return
}

// -----

// C3: three initial states
func.func @test(%input: tensor<2x6x4xf32>, %s: tensor<2x8xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to be 0 or 4 tensors, but got 3}}
  %0 = sst.block %input initial(%s, %s, %s) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: one final state
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'final_states' to be 0 or 4 tensors, but got 1}}
  %0:2 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> (tensor<2x6x4xf32>, tensor<2x8xf32>)
  return
}

// -----

// C3: the rows of the convolution
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x3x8xf32>, %scan: tensor<2x8xf32>,
                %keys: tensor<2x7x10xf32>, %values: tensor<2x7x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to have shape 2x2x8, but got 2x3x8}}
  %0 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x3x8xf32>, tensor<2x8xf32>, tensor<2x7x10xf32>, tensor<2x7x10xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: the scan's state
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x2x8xf32>, %scan: tensor<2x1x8xf32>,
                %keys: tensor<2x7x10xf32>, %values: tensor<2x7x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to have shape 2x8, but got 2x1x8}}
  %0 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x1x8xf32>, tensor<2x7x10xf32>, tensor<2x7x10xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: the keys
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x2x8xf32>, %scan: tensor<2x8xf32>,
                %keys: tensor<2x7x8xf32>, %values: tensor<2x7x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to have shape 2x7x10, but got 2x7x8}}
  %0 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x7x8xf32>, tensor<2x7x10xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: keys without rows
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x2x8xf32>, %scan: tensor<2x8xf32>,
                %keys: tensor<2x10xf32>, %values: tensor<2x7x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to have shape 2x?x10, but got 2x10}}
  %0 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x10xf32>, tensor<2x7x10xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: the values
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x2x8xf32>, %scan: tensor<2x8xf32>,
                %keys: tensor<2x7x10xf32>, %values: tensor<2x6x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'initial_states' to have shape 2x7x10, but got 2x6x10}}
  %0 = sst.block %input initial(%conv, %scan, %keys, %values) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x7x10xf32>, tensor<2x6x10xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C3: the final states
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'final_states' to have shape 2x8, but got 2x9}}
  %0:5 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x9xf32>, tensor<2x6x10xf32>, tensor<2x6x10xf32>)
  return
}

// -----

// C4: no weights at all
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects a weight named 'b_norm.gamma', but there is none}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C4: the last weight is missing
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
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects a weight named 'b_ffn_down.bias', but there is none}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C4: the shape of a weight
sst.weight @b_norm.gamma : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_norm.beta : tensor<4xf32> = dense<0.5> : tensor<4xf32>
sst.weight @b_ssm_in_proj.kernel : tensor<4x16xf32> = dense<0.5> : tensor<4x16xf32>
sst.weight @b_ssm_in_proj.bias : tensor<16xf32> = dense<0.5> : tensor<16xf32>
sst.weight @b_ssm_conv.kernel : tensor<4x8xf32> = dense<0.5> : tensor<4x8xf32>
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
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'b_ssm_conv.kernel' to have shape 3x8, but got 4x8}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C4: something else has the name of a weight
func.func private @b_norm.gamma()
func.func @test(%input: tensor<2x6x4xf32>) {
  // expected-error @below {{'sst.block' op expects a weight named 'b_norm.gamma', but there is none}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return
}

// -----

// C2: one row
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'output' to have shape ?x?x4, but got ?x1x4}}
  %0 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<?x?x4xf32>) -> tensor<?x1x4xf32>
  return
}

// -----

// C3: the final keys have the rows of the initial ones and of the input
func.func @test(%input: tensor<2x6x4xf32>, %conv: tensor<2x2x8xf32>, %scan: tensor<2x8xf32>, %keys: tensor<2x7x10xf32>) {
  // expected-error @below {{'sst.block' op expects 'final_states' to have shape 2x13x10, but got 2x8x10}}
  %0:5 = sst.block %input initial(%conv, %scan, %keys, %keys) weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x7x10xf32>, tensor<2x7x10xf32>)
      -> (tensor<2x6x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x8x10xf32>, tensor<2x8x10xf32>)
  return
}

// -----

// C3: without initial states, final keys of another number of rows than the input
func.func @test(%input: tensor<2x?x4xf32>) {
  // expected-error @below {{'sst.block' op expects 'final_states' to have shape 2x?x10, but got 2x6x10}}
  %0:5 = sst.block %input weights "b"
      {state_size = 3 : i64, num_heads = 2 : i64, head_dim = 5 : i64, expand_factor = 2 : i64, conv_size = 3 : i64}
      : (tensor<2x?x4xf32>) -> (tensor<2x?x4xf32>, tensor<2x2x8xf32>, tensor<2x8xf32>, tensor<2x6x10xf32>, tensor<2x6x10xf32>)
  return
}
