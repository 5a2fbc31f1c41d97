// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// Every attribute of the dialect in every form, on an op that does not look at them.

// CHECK-LABEL: func private @activations
// CHECK-SAME: {a = #sst.activation<none>, b = #sst.activation<sigmoid>, c = #sst.activation<silu>, d = #sst.activation<gelu>, e = #sst.activation<softplus>}
func.func private @activations() attributes {
  a = #sst.activation<none>, b = #sst.activation<sigmoid>, c = #sst.activation<silu>, d = #sst.activation<gelu>,
  e = #sst.activation<softplus>
}

// CHECK-LABEL: func private @layer_norm_flavors
// CHECK-SAME: {a = #sst.layer_norm_flavor<axon_0_8_0>, b = #sst.layer_norm_flavor<axon_0_8_1>}
func.func private @layer_norm_flavors() attributes {
  a = #sst.layer_norm_flavor<axon_0_8_0>, b = #sst.layer_norm_flavor<axon_0_8_1>
}

// CHECK-LABEL: func private @panels
// CHECK-SAME: (tensor<4x72xf32, #sst.panels<32, [40, 32]>>, tensor<5xf32, #sst.panels<16, [5]>>)
func.func private @panels(tensor<4x72xf32, #sst.panels<32, [40, 32]>>, tensor<5xf32, #sst.panels<16, [5]>>)

// CHECK-LABEL: func private @places
// CHECK-SAME: {a = #sst.place<rows, 16>, b = #sst.place<sequences, 0>, c = #sst.place<thread, 32>, d = #sst.place<result, 1>}
func.func private @places() attributes {
  a = #sst.place<rows, 16>, b = #sst.place<sequences, 0>, c = #sst.place<thread, 32>, d = #sst.place<result, 1>
}

// CHECK-LABEL: func private @arena
// CHECK-SAME: {sst.arena = #sst.arena<rows = 64, sequences = 16, thread = 0>}
func.func private @arena() attributes {sst.arena = #sst.arena<rows = 64, sequences = 16, thread = 0>}

// CHECK-LABEL: func private @ops
// CHECK-SAME: {sst.ops = [#sst.work<"up", "sst_dense_4_to_8", 2, [6.400000e+01, 0.000000e+00, 0.000000e+00, 0.000000e+00], [4.800000e+01, 1.600000e+01, 0.000000e+00, 0.000000e+00], 160>]}
func.func private @ops() attributes {
  sst.ops = [#sst.work<"up", "sst_dense_4_to_8", 2, [64.0, 0.0, 0.0, 0.0], [48.0, 16.0, 0.0, 0.0], 160>]
}

// CHECK-LABEL: func @plan
// CHECK:       sst.activation <silu> %{{.*}} {sst.phases = array<i64: 3>, sst.places = [#sst.place<rows, 0>], sst.scratch = [#sst.place<thread, 16>]} : tensor<?x?x4xf32>
func.func @plan(%input: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %output = sst.activation <silu> %input
      {sst.phases = array<i64: 3>, sst.places = [#sst.place<rows, 0>], sst.scratch = [#sst.place<thread, 16>]} : tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}

// CHECK-LABEL: module @model attributes {sst.name = "model", sst.options = {embed_dim = 4 : i64}, sst.weights_digest = "0123"}
module @model attributes {sst.name = "model", sst.options = {embed_dim = 4 : i64}, sst.weights_digest = "0123"} {
}
