// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<3x5xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op expects 'weight' to have shape 3x4, but got 3x5}}
  %0 = sst.causal_conv1d %input, %weight : (tensor<2x5x4xf32>, tensor<3x5xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// C1: there is a tap
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<0x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op operand #1 must be 2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels', but got 'tensor<0x4xf32>'}}
  %0 = sst.causal_conv1d %input, %weight : (tensor<2x5x4xf32>, tensor<0x4xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// C2
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<3x4xf32>, %bias: tensor<3xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op expects 'bias' to have shape 4, but got 3}}
  %0 = sst.causal_conv1d %input, %weight bias(%bias)
      : (tensor<2x5x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// C3: the initial state
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<3x4xf32>, %state: tensor<2x3x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op expects 'initial_state' to have shape 2x2x4, but got 2x3x4}}
  %0 = sst.causal_conv1d %input, %weight initial(%state)
      : (tensor<2x5x4xf32>, tensor<3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x5x4xf32>
  return
}

// -----

// C3: the final state
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<3x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op expects 'final_state' to have shape 2x2x4, but got 1x2x4}}
  %0:2 = sst.causal_conv1d %input, %weight
      : (tensor<2x5x4xf32>, tensor<3x4xf32>) -> (tensor<2x5x4xf32>, tensor<1x2x4xf32>)
  return
}

// -----

// The result has the type of the input.
func.func @test(%input: tensor<2x5x4xf32>, %weight: tensor<3x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op failed to verify that all of {input, output} have same type}}
  %0 = sst.causal_conv1d %input, %weight : (tensor<2x5x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// C3: any number of rows
func.func @test(%input: tensor<?x?x4xf32>, %weight: tensor<3x4xf32>, %state: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op expects 'initial_state' to have shape ?x2x4, but got ?x?x4}}
  %0 = sst.causal_conv1d %input, %weight initial(%state)
      : (tensor<?x?x4xf32>, tensor<3x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return
}

// -----

// Any number of rows in, one out.
func.func @test(%input: tensor<?x?x4xf32>, %weight: tensor<3x4xf32>) {
  // expected-error @below {{'sst.causal_conv1d' op failed to verify that all of {input, output} have same type}}
  %0 = sst.causal_conv1d %input, %weight : (tensor<?x?x4xf32>, tensor<3x4xf32>) -> tensor<?x1x4xf32>
  return
}
