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

// expected-error @below {{'func.func' op expects one argument and one result, both batch x rows x channels of f32, but got '(tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>'; pass weights as 'sst.weight'}}
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
  // expected-error @below {{'sst.causal_conv1d' op carries a state from or to another call, which is not lowered yet; remove its initial and final states}}
  %y, %s = sst.causal_conv1d %x, %taps {sst.phases = array<i64: 0>, sst.places = [#sst.place<result, 0>, #sst.place<rows, 0>]} : (tensor<?x?x8xf32>, tensor<3x8xf32, #sst.panels<16, [8]>>) -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>)
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
