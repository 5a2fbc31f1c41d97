// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @plain
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x5x4xf32>, %[[WEIGHT:.*]]: tensor<3x4xf32>)
// CHECK:       sst.causal_conv1d %[[INPUT]], %[[WEIGHT]] : (tensor<2x5x4xf32>, tensor<3x4xf32>) -> tensor<2x5x4xf32>
func.func @plain(%input: tensor<2x5x4xf32>, %weight: tensor<3x4xf32>) -> tensor<2x5x4xf32> {
  %output = sst.causal_conv1d %input, %weight : (tensor<2x5x4xf32>, tensor<3x4xf32>) -> tensor<2x5x4xf32>
  return %output : tensor<2x5x4xf32>
}

// The last rows of one call are the state of the next.
// CHECK-LABEL: func @carried
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x4xf32>, %[[WEIGHT:.*]]: tensor<3x4xf32>, %[[BIAS:.*]]: tensor<4xf32>, %[[STATE:.*]]: tensor<?x2x4xf32>)
// CHECK:       sst.causal_conv1d %[[INPUT]], %[[WEIGHT]] bias(%[[BIAS]]) initial(%[[STATE]]) activation <silu>
// CHECK-SAME:    : (tensor<?x?x4xf32>, tensor<3x4xf32>, tensor<4xf32>, tensor<?x2x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x2x4xf32>)
func.func @carried(%input: tensor<?x?x4xf32>, %weight: tensor<3x4xf32>, %bias: tensor<4xf32>,
                   %state: tensor<?x2x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x2x4xf32>) {
  %output, %final = sst.causal_conv1d %input, %weight bias(%bias) initial(%state) activation <silu>
      : (tensor<?x?x4xf32>, tensor<3x4xf32>, tensor<4xf32>, tensor<?x2x4xf32>)
      -> (tensor<?x?x4xf32>, tensor<?x2x4xf32>)
  return %output, %final : tensor<?x?x4xf32>, tensor<?x2x4xf32>
}

// One tap needs no earlier row.
// CHECK-LABEL: func @one_tap
// CHECK:       sst.causal_conv1d %{{.*}}, %{{.*}} : (tensor<?x?x4xf32>, tensor<1x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x0x4xf32>)
func.func @one_tap(%input: tensor<?x?x4xf32>, %weight: tensor<1x4xf32>) -> tensor<?x0x4xf32> {
  %output, %final = sst.causal_conv1d %input, %weight
      : (tensor<?x?x4xf32>, tensor<1x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x0x4xf32>)
  return %final : tensor<?x0x4xf32>
}
