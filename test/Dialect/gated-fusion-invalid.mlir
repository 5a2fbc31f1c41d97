// RUN: sst-opt %s --split-input-file --verify-diagnostics

// One type for everything
func.func @test(%gate: tensor<2x3x4xf32>, %first: tensor<2x3x4xf32>, %second: tensor<2x1x4xf32>) {
  // expected-error @below {{'sst.gated_fusion' op failed to verify that all of {gate, first, second, output} have same type}}
  %0 = "sst.gated_fusion"(%gate, %first, %second) : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

// One type for everything: rows that may be as many are not spelled alike
func.func @test(%gate: tensor<?x?x4xf32>, %second: tensor<?x1x4xf32>) {
  // expected-error @below {{'sst.gated_fusion' op failed to verify that all of {gate, first, second, output} have same type}}
  %0 = "sst.gated_fusion"(%gate, %gate, %second) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>
  return
}

// -----

// Rows, not a matrix
func.func @test(%gate: tensor<3x4xf32>) {
  // expected-error @below {{'sst.gated_fusion' op operand #0 must be 3D tensor of 32-bit float values with a static number of channels in [1, 2147483648) and no encoding, but got 'tensor<3x4xf32>'}}
  %0 = sst.gated_fusion gate(%gate) %gate, %gate : tensor<3x4xf32>
  return
}
