// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @defaults
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x4xf32>, %[[GAMMA:.*]]: tensor<4xf32>, %[[BETA:.*]]: tensor<4xf32>)
// CHECK:       sst.layer_norm %[[INPUT]], %[[GAMMA]], %[[BETA]] : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
func.func @defaults(%input: tensor<2x3x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %output = sst.layer_norm %input, %gamma, %beta : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %output : tensor<2x3x4xf32>
}

// The defaults are not printed, whoever writes them.
// CHECK-LABEL: func @stated_defaults
// CHECK:       sst.layer_norm %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
func.func @stated_defaults(%input: tensor<?x?x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>)
    -> tensor<?x?x4xf32> {
  %output = sst.layer_norm %input, %gamma, %beta
      {flavor = #sst.layer_norm_flavor<axon_0_8_1>, epsilon = 1.0e-5 : f32}
      : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %output : tensor<?x?x4xf32>
}

// CHECK-LABEL: func @axon_0_8_0
// CHECK:       sst.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-03 : f32, flavor = #sst.layer_norm_flavor<axon_0_8_0>} : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
func.func @axon_0_8_0(%input: tensor<?x?x4xf32>, %gamma: tensor<4xf32>, %beta: tensor<4xf32>) -> tensor<?x?x4xf32> {
  %output = sst.layer_norm %input, %gamma, %beta
      {flavor = #sst.layer_norm_flavor<axon_0_8_0>, epsilon = 1.0e-3 : f32}
      : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %output : tensor<?x?x4xf32>
}
