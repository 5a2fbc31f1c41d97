// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-plan-arena

func.func @no_phases(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'sst.activation' op expects the phases of its stages in 'sst.phases'; run --sst-plan-phases first}}
  %y = sst.activation <gelu> %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// Both in one phase, but the convolution needs rows that other threads compute.
func.func @wrong_phases(%x: tensor<?x?x8xf32>, %k: tensor<2x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.activation <gelu> %x {sst.phases = array<i64: 0>} : tensor<?x?x8xf32>
  // expected-error @below {{'sst.causal_conv1d' op expects its 'sst.phases' to come after those of its operands; run --sst-plan-phases again}}
  %1 = sst.causal_conv1d %0, %k {sst.phases = array<i64: 0>} : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

func.func @unknown_op(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'arith.negf' op has no kernel; expand it first (--sst-expand-blocks), or write it in terms of sst.dense, sst.layer_norm, sst.activation, sst.last_row, sst.causal_conv1d, sst.ema_scan, sst.causal_attention, sst.gated_fusion, arith.addf, arith.subf, arith.mulf}}
  %y = arith.negf %x : tensor<?x?x8xf32>
  %z = sst.activation <gelu> %y : tensor<?x?x8xf32>
  return %z : tensor<?x?x8xf32>
}

// -----

func.func @returned_argument(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'func.return' op expects every returned value to be a distinct result of an sst op, but operand #0 is not; return the result of an op, each once}}
  return %x : tensor<?x?x8xf32>
}

// -----

func.func @only_final(%y: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'sst.ema_scan' op expects its initial state to be an argument of the function, and its final state to be returned, or neither}}
  %h, %f = sst.ema_scan %y, %y, %y, %y {sst.phases = array<i64: 0, 1>} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %h : tensor<?x?x8xf32>
}

// -----

// expected-error @below {{'func.func' op carries states, and expects 'max_rows' in [1, 1048576], 'rollback' in [0, max_rows] and, if any, 'attention_window' in [1, 1048576], all i64, in the module's 'sst.stream'; import the model again}}
func.func @no_sizes(%y: tensor<?x?x8xf32>, %s: tensor<?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>) {
  %h, %f = sst.ema_scan %y, %y, %y, %y initial(%s) {sst.phases = array<i64: 0, 1>} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %h, %f : tensor<?x?x8xf32>, tensor<?x8xf32>
}

// -----

module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  // expected-error @below {{'func.func' op expects argument #1 to be the initial state of one op, and result #1 to be the final state of that op, with no other uses; return the state that follows from it}}
  func.func @not_returned(%y: tensor<?x?x8xf32>, %s: tensor<?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>) {
    %h, %f = sst.ema_scan %y, %y, %y, %y initial(%s) {sst.phases = array<i64: 0, 1>} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
    return %h, %s : tensor<?x?x8xf32>, tensor<?x8xf32>
  }
}

// -----

// The rows of a call come first.
module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  // expected-error @below {{'func.func' op expects argument #0 to be the rows of a call, but it is an initial state}}
  func.func @state_first(%s: tensor<?x2x8xf32>, %x: tensor<?x?x8xf32>, %w: tensor<3x8xf32>) -> (tensor<?x2x8xf32>, tensor<?x?x8xf32>) {
    %y, %f = sst.causal_conv1d %x, %w initial(%s) {sst.phases = array<i64: 0, 1>} : (tensor<?x?x8xf32>, tensor<3x8xf32>, tensor<?x2x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>)
    return %f, %y : tensor<?x2x8xf32>, tensor<?x?x8xf32>
  }
}

// -----

// Keys of the last row only.
module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  func.func @last_key(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
    %l = sst.last_row %x {sst.phases = array<i64: 0>} : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
    // expected-error @below {{'sst.causal_attention' op carries states, and expects operand #1 to have all rows of the function's first argument, 'tensor<?x?x8xf32>', but got 'tensor<?x1x8xf32>'}}
    %y, %p:2 = sst.causal_attention %l, %l, %l past(%k, %v) {num_heads = 2 : i64, sst.phases = array<i64: 1, 2>} : (tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %y, %p#0, %p#1 : tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
}

// -----

// expected-error @below {{'func.func' op expects a body of one block, but got several; inline control flow first}}
func.func @blocks(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  cf.br ^next
^next:
  %y = sst.activation <gelu> %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
