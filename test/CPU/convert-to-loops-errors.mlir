// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-convert-to-loops

// expected-error @below {{'func.func' op expects a planned arena; run --sst-plan-arena first}}
func.func @no_plan(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %y = sst.activation <gelu> %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

func.func @plan_too_small(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 0>} {
  // expected-error @below {{'sst.activation' op expects a valid plan in 'sst.places' and 'sst.scratch'; run --sst-plan-arena first}}
  %y = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<rows, 0>]} : tensor<?x?x8xf32>
  %z = sst.activation <gelu> %y {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  return %z : tensor<?x?x8xf32>
}

// -----

// expected-error @below {{'func.func' op expects one argument and one result, both batch x rows x channels of f32, and then as many initial as final states, but got '(tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>'; pass weights as 'sst.weight'}}
func.func @weight_as_argument(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 0>} {
  %y = sst.dense %x, %w {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

sst.weight @w : tensor<8x8xf32> = dense<1.0> : tensor<8x8xf32>
func.func @not_packed(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 4096>} {
  %w = sst.get_weight @w : tensor<8x8xf32>
  // expected-error @below {{'sst.dense' op expects packed weights, but got 'tensor<8x8xf32>'; declare them as 'sst.weight' and run --sst-pack-weights first}}
  %y = sst.dense %x, %w {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>], sst.scratch = [#sst.place<thread, 0>]} : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

func.func @unknown_op(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 0>} {
  // expected-error @below {{'arith.negf' op has no kernel; expand it first (--sst-expand-blocks), or write it in terms of sst.dense, sst.layer_norm, sst.activation, sst.last_row, sst.causal_conv1d, sst.ema_scan, sst.causal_attention, sst.gated_fusion, arith.addf, arith.subf, arith.mulf}}
  %y = arith.negf %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

sst.weight @taps : tensor<3x8xf32, #sst.panels<16, [8]>> = dense<1.0> : tensor<48xf32>
func.func @initial_state(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 16, sequences = 0, thread = 0>} {
  %taps = sst.get_weight @taps : tensor<3x8xf32, #sst.panels<16, [8]>>
  // expected-error @below {{'sst.causal_conv1d' op expects its initial state to be an argument of the function, and its final state to be returned, or neither}}
  %y, %s = sst.causal_conv1d %x, %taps {sst.phases = array<i64: 0, 1>, sst.places = [#sst.place<result, 0>, #sst.place<state, 0>]} : (tensor<?x?x8xf32>, tensor<3x8xf32, #sst.panels<16, [8]>>) -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>)
  return %y : tensor<?x?x8xf32>
}

// -----

// Attention reads rows of all blocks, so its operands cannot be in a thread's own memory.
func.func @private_operand(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536>} {
  %0 = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<thread, 0>]} : tensor<?x?x8xf32>
  // expected-error @below {{'sst.causal_attention' op expects an operand that all threads can read, but it is placed at #sst.place<thread, 0>}}
  %1 = sst.causal_attention %0, %0, %0 {num_heads = 2 : i64, sst.phases = array<i64: 1>, sst.places = [#sst.place<result, 0>], sst.scratch = [#sst.place<thread, 1152>]} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

// What a thread keeps is gone in the next phase.
func.func @later_phase(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536>} {
  %0 = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<thread, 0>]} : tensor<?x?x8xf32>
  // expected-error @below {{'sst.activation' op expects an operand that all threads can read, but it is placed at #sst.place<thread, 0>}}
  %1 = sst.activation <gelu> %0 {sst.phases = array<i64: 1>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

// Only the returned value is in the caller's memory.
func.func @wrong_result(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536>} {
  // expected-error @below {{'sst.activation' op expects a valid plan in 'sst.places' and 'sst.scratch'; run --sst-plan-arena first}}
  %0 = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  %1 = sst.activation <gelu> %0 {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

// One block of rows does not fit.
func.func @thread_too_small(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 1136>} {
  // expected-error @below {{'sst.activation' op expects a valid plan in 'sst.places' and 'sst.scratch'; run --sst-plan-arena first}}
  %0 = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<thread, 0>]} : tensor<?x?x8xf32>
  %1 = sst.activation <gelu> %0 {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

// A bias whose panels are not those of the results
sst.weight @w : tensor<8x16xf32, #sst.panels<16, [8, 8]>> = dense<1.0> : tensor<256xf32>
sst.weight @b : tensor<16xf32, #sst.panels<16, [16]>> = dense<1.0> : tensor<16xf32>
func.func @wrong_layout(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536>} {
  %w = sst.get_weight @w : tensor<8x16xf32, #sst.panels<16, [8, 8]>>
  %b = sst.get_weight @b : tensor<16xf32, #sst.panels<16, [16]>>
  // expected-error @below {{'sst.dense' op expects a weight packed as #sst.panels<16, [8, 8]>, but got 'tensor<16xf32, #sst.panels<16, [16]>>'}}
  %y:2 = sst.dense %x, %w bias(%b) {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>, #sst.place<thread, 4096>], sst.scratch = [#sst.place<thread, 0>]} : (tensor<?x?x8xf32>, tensor<8x16xf32, #sst.panels<16, [8, 8]>>, tensor<16xf32, #sst.panels<16, [16]>>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %y#0 : tensor<?x?x8xf32>
}

// -----

// The last row of every sequence and all rows: each type is known, but addition does not compare them.
func.func @mixed_rows(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 16, thread = 65536>} {
  %l = sst.last_row %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<sequences, 0>]} : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  // expected-error @below {{'arith.addf' op expects operands of the type of its result, 'tensor<?x?x8xf32>', but got 'tensor<?x1x8xf32>'; spell both alike}}
  %y = "arith.addf"(%x, %l) {sst.phases = array<i64: 1>, sst.places = [#sst.place<result, 0>]} : (tensor<?x?x8xf32>, tensor<?x1x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

func.func @final_state(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 64, sequences = 0, thread = 0>} {
  // expected-error @below {{'sst.ema_scan' op expects its initial state to be an argument of the function, and its final state to be returned, or neither}}
  %h, %f = sst.ema_scan %x, %x, %x, %x {sst.phases = array<i64: 0, 1>, sst.places = [#sst.place<result, 0>, #sst.place<state, 0>], sst.scratch = [#sst.place<rows, 16>]} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %h : tensor<?x?x8xf32>
}

// -----

// expected-error @below {{'func.func' op expects a body of one block, but got several; inline control flow first}}
func.func @control_flow(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 0>} {
  cf.br ^next
^next:
  %y = sst.activation <gelu> %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>]} : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// A function that ends otherwise.
func.func @no_return(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 0>} {
  // expected-error @below {{'llvm.unreachable' op cannot end a function; return its results with func.return}}
  llvm.unreachable
}

// -----

module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  func.func @two_heads(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536, state = 65536>} {
    %y, %p:2 = sst.causal_attention %x, %x, %x past(%k, %v) {num_heads = 2 : i64, sst.phases = array<i64: 0, 1>, sst.places = [#sst.place<result, 0>, #sst.place<state, 0>, #sst.place<state, 128>], sst.scratch = [#sst.place<thread, 0>]} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %y, %p#0, %p#1 : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
  // expected-error @below {{'func.func' op expects the same states as the functions before it, but argument #1 is sst.causal_attention 0 #1 8 heads 4, there sst.causal_attention 0 #1 8 heads 2}}
  func.func @four_heads(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) attributes {sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 65536, state = 65536>} {
    %y, %p:2 = sst.causal_attention %x, %x, %x past(%k, %v) {num_heads = 4 : i64, sst.phases = array<i64: 0, 1>, sst.places = [#sst.place<result, 0>, #sst.place<state, 0>, #sst.place<state, 128>], sst.scratch = [#sst.place<thread, 0>]} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %y, %p#0, %p#1 : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
}

// -----

// A stream goes on by all rows of a call, but only the last one would be in its state.
module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  func.func @last_row_only(%x: tensor<?x?x8xf32>, %s: tensor<?x8xf32>) -> (tensor<?x1x8xf32>, tensor<?x8xf32>) attributes {sst.arena = #sst.arena<rows = 16, sequences = 16, thread = 65536, state = 65536>} {
    %l = sst.last_row %x {sst.phases = array<i64: 0>, sst.places = [#sst.place<sequences, 0>]} : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
    // expected-error @below {{'sst.ema_scan' op carries states, and expects operand #0 to have all rows of the function's first argument, 'tensor<?x?x8xf32>', but got 'tensor<?x1x8xf32>'}}
    %h, %f = sst.ema_scan %l, %l, %l, %l initial(%s) {sst.phases = array<i64: 1, 2>, sst.places = [#sst.place<result, 0>, #sst.place<state, 0>], sst.scratch = [#sst.place<rows, 0>]} : (tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x8xf32>) -> (tensor<?x1x8xf32>, tensor<?x8xf32>)
    return %h, %f : tensor<?x1x8xf32>, tensor<?x8xf32>
  }
}

// -----

// expected-error @below {{'func.func' op is named 'sst_team_next', as a function that generated code calls; rename it}}
func.func private @sst_team_next(f32) -> f32

// -----

// expected-error @below {{'sst.weight' op is named 'sst_team_mark', as a function that generated code calls; rename it}}
sst.weight @sst_team_mark : tensor<8xf32> = dense<1.0> : tensor<8xf32>
