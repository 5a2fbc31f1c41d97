// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: both
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<3xf32>, %beta: tensor<3xf32>) {
  // expected-error @below {{'sst.layer_norm' op expects 'gamma' to have shape 4, but got 3}}
  %0 = sst.layer_norm %input, %gamma, %beta : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>
  return
}

// -----

// C1: one
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<3xf32>) {
  // expected-error @below {{'sst.layer_norm' op failed to verify that all of {gamma, beta} have same shape}}
  %0 = sst.layer_norm %input, %gamma, %beta : tensor<2x3x4xf32>, tensor<4xf32>, tensor<3xf32>
  return
}

// -----

// C2: zero
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) {
  // expected-error @below {{'sst.layer_norm' op expects 'epsilon' to be positive and finite, but got 0.000000e+00}}
  %0 = sst.layer_norm %input, %gamma, %beta {epsilon = 0.0 : f32} : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// C2: negative
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) {
  // expected-error @below {{'sst.layer_norm' op expects 'epsilon' to be positive and finite, but got -1.000000e+00}}
  %0 = sst.layer_norm %input, %gamma, %beta {epsilon = -1.0 : f32} : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// C2: infinite
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) {
  // expected-error @below {{'sst.layer_norm' op expects 'epsilon' to be positive and finite, but got INF}}
  %0 = sst.layer_norm %input, %gamma, %beta {epsilon = 0x7F800000 : f32} : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// C2: not a number
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) {
  // expected-error @below {{'sst.layer_norm' op expects 'epsilon' to be positive and finite, but got nan}}
  %0 = sst.layer_norm %input, %gamma, %beta {epsilon = 0x7FC00000 : f32} : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// The result has the type of the input.
func.func @test(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) {
  // expected-error @below {{'sst.layer_norm' op failed to verify that all of {input, output} have same type}}
  %0 = "sst.layer_norm"(%input, %gamma, %beta) : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x1x4xf32>
  return
}
