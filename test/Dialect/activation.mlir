// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @none
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x4xf32>)
// CHECK:       sst.activation <none> %[[INPUT]] : tensor<?x?x4xf32>
func.func @none(%input: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %output = sst.activation <none> %input : tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}

// CHECK-LABEL: func @sigmoid
// CHECK-SAME: (%[[INPUT:.*]]: tensor<1x1x1xf32>)
// CHECK:       sst.activation <sigmoid> %[[INPUT]] : tensor<1x1x1xf32>
func.func @sigmoid(%input: tensor<1x1x1xf32>) -> tensor<1x1x1xf32> {
  %output = sst.activation <sigmoid> %input : tensor<1x1x1xf32>
  return %output : tensor<1x1x1xf32>
}

// CHECK-LABEL: func @silu
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x4xf32>)
// CHECK:       sst.activation <silu> %[[INPUT]] : tensor<2x3x4xf32>
func.func @silu(%input: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %output = sst.activation <silu> %input : tensor<2x3x4xf32>
  return %output : tensor<2x3x4xf32>
}

// CHECK-LABEL: func @gelu
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x3x4xf32>)
// CHECK:       sst.activation <gelu> %[[INPUT]] : tensor<?x3x4xf32>
func.func @gelu(%input: tensor<?x3x4xf32>) -> tensor<?x3x4xf32> {
  %output = sst.activation <gelu> %input : tensor<?x3x4xf32>
  return %output : tensor<?x3x4xf32>
}

// CHECK-LABEL: func @softplus
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x?x4xf32>)
// CHECK:       sst.activation <softplus> %[[INPUT]] : tensor<2x?x4xf32>
func.func @softplus(%input: tensor<2x?x4xf32>) -> tensor<2x?x4xf32> {
  %output = sst.activation <softplus> %input : tensor<2x?x4xf32>
  return %output : tensor<2x?x4xf32>
}
