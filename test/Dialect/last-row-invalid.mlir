// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: more than one row
func.func @test(%input: tensor<2x3x4xf32>) {
  // expected-error @below {{'sst.last_row' op expects 'output' to have shape 2x1x4, but got 2x2x4}}
  %0 = sst.last_row %input : tensor<2x3x4xf32> -> tensor<2x2x4xf32>
  return
}

// -----

// C1: other channels, dynamic batch
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.last_row' op expects 'output' to have shape ?x1x4, but got ?x1x5}}
  %0 = sst.last_row %input : tensor<?x?x4xf32> -> tensor<?x1x5xf32>
  return
}

// -----

// C2
func.func @test(%input: tensor<2x0x4xf32>) {
  // expected-error @below {{'sst.last_row' op expects 'input' to have at least one row, but got 0}}
  %0 = sst.last_row %input : tensor<2x0x4xf32> -> tensor<2x1x4xf32>
  return
}

// -----

// C1: one row is not any number of rows
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.last_row' op expects 'output' to have shape ?x1x4, but got ?x?x4}}
  %0 = sst.last_row %input : tensor<?x?x4xf32> -> tensor<?x?x4xf32>
  return
}

// -----

// C1: a dynamic batch is not a static one
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.last_row' op expects 'output' to have shape ?x1x4, but got 2x1x4}}
  %0 = sst.last_row %input : tensor<?x?x4xf32> -> tensor<2x1x4xf32>
  return
}
