// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @plain
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x4xf32>, %[[WEIGHT:.*]]: tensor<4x6xf32>)
// CHECK:       sst.dense %[[INPUT]], %[[WEIGHT]] : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<2x3x6xf32>
func.func @plain(%input: tensor<2x3x4xf32>, %weight: tensor<4x6xf32>) -> tensor<2x3x6xf32> {
  %output = sst.dense %input, %weight : (tensor<2x3x4xf32>, tensor<4x6xf32>) -> tensor<2x3x6xf32>
  return %output : tensor<2x3x6xf32>
}

// Several results, an activation for each; dynamic batch and rows.
// CHECK-LABEL: func @split
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x4xf32>, %[[WEIGHT:.*]]: tensor<4x6xf32>, %[[BIAS:.*]]: tensor<6xf32>)
// CHECK:       sst.dense %[[INPUT]], %[[WEIGHT]] bias(%[[BIAS]]) activations [#sst.activation<silu>, #sst.activation<none>]
// CHECK-SAME:    : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x2xf32>)
func.func @split(%input: tensor<?x?x4xf32>, %weight: tensor<4x6xf32>, %bias: tensor<6xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x2xf32>) {
  %outputs:2 = sst.dense %input, %weight bias(%bias) activations [#sst.activation<silu>, #sst.activation<none>]
      : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x2xf32>)
  return %outputs#0, %outputs#1 : tensor<?x?x4xf32>, tensor<?x?x2xf32>
}

// Everything an epilogue can hold.
// CHECK-LABEL: func @epilogue
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x4xf32>, %[[WEIGHT:.*]]: tensor<4x4xf32>, %[[BIAS:.*]]: tensor<4xf32>, %[[GATE:.*]]: tensor<?x?x4xf32>, %[[OTHER:.*]]: tensor<?x?x4xf32>, %[[RESIDUAL:.*]]: tensor<?x?x4xf32>)
// CHECK:       sst.dense %[[INPUT]], %[[WEIGHT]] bias(%[[BIAS]]) gate(%[[GATE]], %[[OTHER]]) residual(%[[RESIDUAL]]) activations [#sst.activation<gelu>]
func.func @epilogue(%input: tensor<?x?x4xf32>, %weight: tensor<4x4xf32>, %bias: tensor<4xf32>,
                    %gate: tensor<?x?x4xf32>, %other: tensor<?x?x4xf32>, %residual: tensor<?x?x4xf32>)
    -> tensor<?x?x4xf32> {
  %output = sst.dense %input, %weight bias(%bias) gate(%gate, %other) residual(%residual)
      activations [#sst.activation<gelu>]
      : (tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
      -> tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}

// Static and dynamic sizes; a weight may be packed.
// CHECK-LABEL: func @some_sizes
// CHECK:       sst.dense %{{.*}}, %{{.*}} residual(%{{.*}}) : (tensor<?x3x4xf32>, tensor<4x6xf32, #sst.panels<32, [6]>>, tensor<?x3x6xf32>) -> tensor<?x3x6xf32>
func.func @some_sizes(%input: tensor<?x3x4xf32>, %weight: tensor<4x6xf32, #sst.panels<32, [6]>>,
                       %residual: tensor<?x3x6xf32>) -> tensor<?x3x6xf32> {
  %output = sst.dense %input, %weight residual(%residual)
      : (tensor<?x3x4xf32>, tensor<4x6xf32, #sst.panels<32, [6]>>, tensor<?x3x6xf32>) -> tensor<?x3x6xf32>
  return %output : tensor<?x3x6xf32>
}
