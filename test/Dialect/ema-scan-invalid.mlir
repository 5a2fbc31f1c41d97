// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: delta
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>, %delta: tensor<2x4x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'delta' to have shape 2x3x8, but got 2x4x8}}
  %0 = sst.ema_scan %input, %delta, %b, %b
      : (tensor<2x3x8xf32>, tensor<2x4x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C1: b
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>, %other: tensor<1x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'b' to have shape 2x3x2, but got 1x3x2}}
  %0 = sst.ema_scan %input, %input, %other, %b
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<1x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C1: the widths of b and c
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>, %other: tensor<2x3x5xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'c' to have shape 2x3x2, but got 2x3x5}}
  %0 = sst.ema_scan %input, %input, %b, %other
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x5xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C2: all rows
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'output' to have shape 2x3x8, but got 2x1x8}}
  %0 = sst.ema_scan %input, %input, %b, %b
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x1x8xf32>
  return
}

// -----

// C2: one row
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'output' to have shape 2x1x8, but got 2x3x8}}
  %0 = sst.ema_scan %input, %input, %b, %b last_row
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C3
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'gate' to have shape 2x1x8, but got 2x3x8}}
  %0 = sst.ema_scan %input, %input, %b, %b gate(%input) last_row
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>, tensor<2x3x8xf32>) -> tensor<2x1x8xf32>
  return
}

// -----

// C4: the initial state
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>, %state: tensor<2x7xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'initial_state' to have shape 2x8, but got 2x7}}
  %0 = sst.ema_scan %input, %input, %b, %b initial(%state)
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>, tensor<2x7xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C4: the final state
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'final_state' to have shape 2x8, but got 3x8}}
  %0:2 = sst.ema_scan %input, %input, %b, %b
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> (tensor<2x3x8xf32>, tensor<3x8xf32>)
  return
}

// -----

// A state has no rows.
func.func @test(%input: tensor<2x3x8xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @below {{'sst.ema_scan' op result #1 must be 2D tensor of 32-bit float values with a static number of channels in [1, 2147483648) and no encoding, but got 'tensor<2x1x8xf32>'}}
  %0:2 = sst.ema_scan %input, %input, %b, %b
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> (tensor<2x3x8xf32>, tensor<2x1x8xf32>)
  return
}

// -----

// C1: one row of delta
func.func @test(%input: tensor<?x?x8xf32>, %delta: tensor<?x1x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'delta' to have shape ?x?x8, but got ?x1x8}}
  %0 = sst.ema_scan %input, %delta, %input, %input
      : (tensor<?x?x8xf32>, tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// C2: one row without last_row
func.func @test(%input: tensor<?x?x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'output' to have shape ?x?x8, but got ?x1x8}}
  %0 = sst.ema_scan %input, %input, %input, %input
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x1x8xf32>
  return
}

// -----

// C2: any number of rows with last_row
func.func @test(%input: tensor<?x?x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'output' to have shape ?x1x8, but got ?x?x8}}
  %0 = sst.ema_scan %input, %input, %input, %input last_row
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// C2: no rows with last_row
func.func @test(%input: tensor<2x0x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'input' to have at least one row with 'last_row', but got 0}}
  %0 = sst.ema_scan %input, %input, %input, %input last_row
      : (tensor<2x0x8xf32>, tensor<2x0x8xf32>, tensor<2x0x8xf32>, tensor<2x0x8xf32>) -> tensor<2x1x8xf32>
  return
}

// -----

// C3: a gate of any number of rows with last_row
func.func @test(%input: tensor<?x?x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'gate' to have shape ?x1x8, but got ?x?x8}}
  %0 = sst.ema_scan %input, %input, %input, %input gate(%input) last_row
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x1x8xf32>
  return
}

// -----

// C4: states of another batch
func.func @test(%input: tensor<?x?x8xf32>, %state: tensor<2x8xf32>) {
  // expected-error @below {{'sst.ema_scan' op expects 'initial_state' to have shape ?x8, but got 2x8}}
  %0:2 = sst.ema_scan %input, %input, %input, %input initial(%state)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<2x8xf32>) -> (tensor<?x?x8xf32>, tensor<2x8xf32>)
  return
}
