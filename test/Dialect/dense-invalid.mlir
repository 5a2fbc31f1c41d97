// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<5x6xf32>) {
  // expected-error @below {{'sst.dense' op expects dimension 0 of 'weight' to equal the channels of 'input', but got 5 vs 4}}
  %0 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<5x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C2
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects the channels of the results to add up to dimension 1 of 'weight', but got 5 vs 6}}
  %0:2 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x1xf32>)
  return
}

// -----

// C3
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %bias: tensor<5xf32>) {
  // expected-error @below {{'sst.dense' op expects 'bias' to have shape 6, but got 5}}
  %0 = sst.dense %input, %weight bias(%bias) : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<5xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C4: batch
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'outputs' to have shape 2x3x6, but got 1x3x6}}
  %0 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<1x3x6xf32>
  return
}

// -----

// C4: rows, in the second result
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'outputs' to have shape 2x3x2, but got 2x4x2}}
  %0:2 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> (tensor<2x3x4xf32>, tensor<2x4x2xf32>)
  return
}

// -----

// C5
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'activations' to be empty or to have one entry per result, but got 2 for 1}}
  %0 = sst.dense %input, %weight activations [#sst.activation<silu>, #sst.activation<none>]
      : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C5: only activations
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op attribute 'activations' failed to satisfy constraint: one activation per result}}
  %0 = "sst.dense"(%input, %weight) <{activations = [1 : i32], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>}>
      : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C6: a gate without the other path
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %gate: tensor<2x3x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'gate' and 'other' together, but got only 'gate'}}
  %0 = "sst.dense"(%input, %weight, %gate) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0>}>
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x3x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C6: the other path without a gate
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %other: tensor<2x3x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'gate' and 'other' together, but got only 'other'}}
  %0 = "sst.dense"(%input, %weight, %other) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 1, 0>}>
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x3x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C6: a residual and two results
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %residual: tensor<2x3x6xf32>) {
  // expected-error @below {{'sst.dense' op expects one result with 'residual', but got 2}}
  %0:2 = sst.dense %input, %weight residual(%residual)
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x3x6xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x2xf32>)
  return
}

// -----

// C6: a gate and two results
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %gate: tensor<2x3x6xf32>) {
  // expected-error @below {{'sst.dense' op expects one result with 'gate', but got 2}}
  %0:2 = sst.dense %input, %weight gate(%gate, %gate)
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x3x6xf32>, tensor<2x3x6xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x2xf32>)
  return
}

// -----

// C6: the shape of the other path
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %gate: tensor<2x3x6xf32>, %other: tensor<2x3x5xf32>) {
  // expected-error @below {{'sst.dense' op expects 'other' to have shape 2x3x6, but got 2x3x5}}
  %0 = sst.dense %input, %weight gate(%gate, %other)
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x3x6xf32>, tensor<2x3x5xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C6: the shape of the residual
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>, %residual: tensor<2x1x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'residual' to have shape 2x3x6, but got 2x1x6}}
  %0 = sst.dense %input, %weight residual(%residual)
      : (tensor<2x3x4xf32>, tensor<4x6xf32>, tensor<2x1x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// C7
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects at least one result, but got none}}
  sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> ()
  return
}

// -----

// Channels are static.
func.func @test(%input: tensor<2x3x?xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op operand #0 must be 3D tensor of 32-bit float values with a static number of channels in [1, 2147483648) and no encoding, but got 'tensor<2x3x?xf32>'}}
  %0 = sst.dense %input, %weight : (tensor<2x3x?xf32>, tensor<4x6xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// There are channels.
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op result #0 must be variadic of 3D tensor of 32-bit float values with a static number of channels in [1, 2147483648) and no encoding, but got 'tensor<2x3x0xf32>'}}
  %0 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<2x3x0xf32>
  return
}

// -----

// A weight is static.
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x?xf32>) {
  // expected-error @below {{'sst.dense' op operand #1 must be 2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels', but got 'tensor<4x?xf32>'}}
  %0 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x?xf32>) -> tensor<2x3x6xf32>
  return
}

// -----

// A weight has no encoding but panels.
func.func @test(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32, 1>) {
  // expected-error @below {{'sst.dense' op operand #1 must be 2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels', but got 'tensor<4x6xf32, 1 : i64>'}}
  %0 = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32, 1>) -> tensor<2x3x6xf32>
  return
}

// -----

// C4: any number of rows in, one out
func.func @test(%input: tensor<?x?x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'outputs' to have shape ?x?x6, but got ?x1x6}}
  %0 = sst.dense %input, %weight : (tensor<?x?x4xf32>, tensor<4x6xf32>) -> tensor<?x1x6xf32>
  return
}

// -----

// C4: one row in, any number out, in the second result
func.func @test(%input: tensor<?x1x4xf32>, %weight: tensor<4x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'outputs' to have shape ?x1x2, but got ?x?x2}}
  %0:2 = sst.dense %input, %weight : (tensor<?x1x4xf32>, tensor<4x6xf32>) -> (tensor<?x1x4xf32>, tensor<?x?x2xf32>)
  return
}

// -----

// C6: a residual of any number of rows
func.func @test(%input: tensor<?x1x4xf32>, %weight: tensor<4x6xf32>, %residual: tensor<?x?x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'residual' to have shape ?x1x6, but got ?x?x6}}
  %0 = sst.dense %input, %weight residual(%residual) : (tensor<?x1x4xf32>, tensor<4x6xf32>, tensor<?x?x6xf32>) -> tensor<?x1x6xf32>
  return
}

// -----

// C6: a gate of one row
func.func @test(%input: tensor<?x?x4xf32>, %weight: tensor<4x6xf32>, %gate: tensor<?x1x6xf32>, %other: tensor<?x?x6xf32>) {
  // expected-error @below {{'sst.dense' op expects 'gate' to have shape ?x?x6, but got ?x1x6}}
  %0 = sst.dense %input, %weight gate(%gate, %other) : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<?x1x6xf32>, tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  return
}
