// RUN: sst-opt %s --split-input-file --verify-diagnostics

// panels: 'width' is positive.
// expected-error @below {{expects 'width' to be a positive multiple of 16, but got 0}}
func.func private @test(tensor<4x5xf32, #sst.panels<0, [5]>>)

// -----

// panels: 'width' is a multiple of 16.
// expected-error @below {{expects 'width' to be a positive multiple of 16, but got 24}}
func.func private @test(tensor<4x5xf32, #sst.panels<24, [5]>>)

// -----

// panels: segments are positive.
// expected-error @below {{expects every segment to be in [1, 2147483648), but got 0}}
func.func private @test(tensor<4x5xf32, #sst.panels<32, [5, 0]>>)

// -----

// panels: the sum of the segments cannot overflow.
// expected-error @below {{expects every segment to be in [1, 2147483648), but got 9223372036854775807}}
func.func private @test(tensor<4x5xf32, #sst.panels<32, [9223372036854775807, 9223372036854775807]>>)

// -----

// panels: the segments cover the columns.
// expected-error @below {{expects the segments of '#sst.panels' to add up to the last dimension, but got 37 vs 40}}
func.func private @test(tensor<4x40xf32, #sst.panels<32, [32, 5]>>)

// -----

// panels: the columns are static.
// expected-error @below {{expects the segments of '#sst.panels' to add up to the last dimension, but got 32 vs ?}}
func.func private @test(tensor<4x?xf32, #sst.panels<32, [32]>>)

// -----

// panels: a weight has rank 1 or 2.
// expected-error @below {{expects '#sst.panels' on a tensor of rank 1 or 2, but got rank 3}}
func.func private @test(tensor<2x4x40xf32, #sst.panels<32, [40]>>)

// -----

// panels: a scalar
// expected-error @below {{expects '#sst.panels' on a tensor of rank 1 or 2, but got rank 0}}
func.func private @test(tensor<f32, #sst.panels<32, [40]>>)

// -----

// place: the offset is not negative.
// expected-error @below {{expects the offset of a place not to be negative, but got -16}}
func.func private @test() attributes {a = #sst.place<rows, -16>}

// -----

// place: the offset is a multiple of 16.
// expected-error @below {{expects the offset of a place in 'thread' to be a multiple of 16, but got 8}}
func.func private @test() attributes {a = #sst.place<thread, 8>}

// -----

// arena: a size is not negative.
// expected-error @below {{expects 'rows' of an arena to be a multiple of 16 that is not negative, but got -16}}
func.func private @test() attributes {a = #sst.arena<rows = -16, sequences = 0, thread = 0>}

// -----

// arena: a size is a multiple of 16.
// expected-error @below {{expects 'sequences' of an arena to be a multiple of 16 that is not negative, but got 17}}
func.func private @test() attributes {a = #sst.arena<rows = 16, sequences = 17, thread = 0>}

// -----

// arena: the third size
// expected-error @below {{expects 'thread' of an arena to be a multiple of 16 that is not negative, but got 1}}
func.func private @test() attributes {a = #sst.arena<rows = 16, sequences = 16, thread = 1>}

// -----

// place and arena: sizes whose bytes fit 64 bits
// expected-error @below {{expects the offset of a place to be below 1099511627776, but got 9223372036854775792}}
func.func private @test() attributes {a = #sst.place<rows, 9223372036854775792>}

// -----

// expected-error @below {{expects 'rows' of an arena to be below 1099511627776, but got 4611686018427387904}}
func.func private @test() attributes {a = #sst.arena<rows = 4611686018427387904, sequences = 0, thread = 0>}

// -----

// work: a phase is not negative.
// expected-error @below {{expects the phase of '#sst.work' to be in [0, 2147483648), but got -1}}
func.func private @test() attributes {a = #sst.work<"a", "b", -1, [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], 0>}

// -----

// work: weights are not negative.
// expected-error @below {{expects the weights of '#sst.work' not to be negative, but got -4}}
func.func private @test() attributes {a = #sst.work<"a", "b", 0, [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], -4>}

// -----

// work: four numbers
// expected-error @below {{expects four numbers, per row, sequence, pair of rows and pair of a last row, in '#sst.work', but got 2}}
func.func private @test() attributes {a = #sst.work<"a", "b", 0, [1.0, 0.0], [1.0, 0.0, 0.0, 0.0], 0>}

// -----

// work: numbers that count something
// expected-error @below {{expects the numbers of '#sst.work' to be finite and not negative, but got -1}}
func.func private @test() attributes {a = #sst.work<"a", "b", 0, [1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], 0>}

// -----

// sst.phases: not numbers
// expected-error @below {{'func.func' op expects 'sst.phases' to be an array of phases that are not negative, but got [0]}}
func.func private @test() attributes {sst.phases = [0]}

// -----

// sst.phases: negative
// expected-error @below {{'func.func' op expects 'sst.phases' to be an array of phases that are not negative, but got array<i64: -1>}}
func.func private @test() attributes {sst.phases = array<i64: -1>}

// -----

// sst.ops
// expected-error @below {{'func.func' op expects 'sst.ops' to be an array of '#sst.work', but got [1]}}
func.func private @test() attributes {sst.ops = [1]}

// -----

// sst.arena
// expected-error @below {{'func.func' op expects 'sst.arena' to be an '#sst.arena', but got 16 : i64}}
func.func private @test() attributes {sst.arena = 16 : i64}

// -----

// sst.name
// expected-error @below {{'builtin.module' op expects 'sst.name' to be a string, but got 1 : i64}}
module attributes {sst.name = 1 : i64} {
}

// -----

// sst.weights_digest
// expected-error @below {{'builtin.module' op expects 'sst.weights_digest' to be a string, but got 1 : i64}}
module attributes {sst.weights_digest = 1 : i64} {
}

// -----

// sst.family
// expected-error @below {{'builtin.module' op expects 'sst.family' to be a string, but got 1 : i64}}
module attributes {sst.family = 1 : i64} {
}

// -----

// sst.options
// expected-error @below {{'builtin.module' op expects 'sst.options' to be a dictionary, but got ""}}
module attributes {sst.options = ""} {
}

// -----

// sst.places: not an array
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op expects 'sst.places' to be an array of '#sst.place', but got #sst.place<rows, 0>}}
  %0 = sst.activation <silu> %input {sst.places = #sst.place<rows, 0>} : tensor<?x?x4xf32>
  return
}

// -----

// sst.places: an array of something else
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op expects 'sst.places' to be an array of '#sst.place', but got [1]}}
  %0 = sst.activation <silu> %input {sst.places = [1]} : tensor<?x?x4xf32>
  return
}

// -----

// sst.places: one per result
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op expects 'sst.places' to have one place per result, but got 2 for 1}}
  %0 = sst.activation <silu> %input {sst.places = [#sst.place<rows, 0>, #sst.place<rows, 16>]} : tensor<?x?x4xf32>
  return
}

// -----

// sst.scratch: not an array
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op expects 'sst.scratch' to be an array of '#sst.place', but got unit}}
  %0 = sst.activation <silu> %input {sst.scratch} : tensor<?x?x4xf32>
  return
}

// -----

// sst.scratch: not in the caller's memory
func.func @test(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op expects no place in 'sst.scratch' to be in 'result' or 'state', but got #sst.place<result, 0>}}
  %0 = sst.activation <silu> %input {sst.scratch = [#sst.place<result, 0>]} : tensor<?x?x4xf32>
  return
}

// -----

// An unknown function
// expected-error @+2 {{expected ::sst::Activation to be one of: none, sigmoid, silu, gelu, softplus}}
// expected-error @below {{failed to parse SST_ActivationAttr parameter 'value' which is to be a `::sst::Activation`}}
func.func private @test() attributes {a = #sst.activation<relu>}

// -----

// An unknown flavour
// expected-error @+2 {{expected ::sst::LayerNormFlavor to be one of: axon_0_8_0, axon_0_8_1}}
// expected-error @below {{failed to parse SST_LayerNormFlavorAttr parameter 'value' which is to be a `::sst::LayerNormFlavor`}}
func.func private @test() attributes {a = #sst.layer_norm_flavor<torch>}

// -----

// sst.stage
// expected-error @below {{'builtin.module' op expects 'sst.stage' to be a string, but got 1 : i64}}
module attributes {sst.stage = 1 : i64} {
}

// -----

// sst.variant
// expected-error @below {{'builtin.module' op expects 'sst.variant' to be a string, but got ["x86-64-v3"]}}
module attributes {sst.variant = ["x86-64-v3"]} {
}
