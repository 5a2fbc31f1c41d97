// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @plain
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x8xf32>, %[[DELTA:.*]]: tensor<2x3x6xf32>, %[[B:.*]]: tensor<2x3x2xf32>, %[[C:.*]]: tensor<2x3x2xf32>)
// CHECK:       sst.ema_scan %[[INPUT]], %[[DELTA]], %[[B]], %[[C]]
// CHECK-SAME:    : (tensor<2x3x8xf32>, tensor<2x3x6xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x8xf32>
func.func @plain(%input: tensor<2x3x8xf32>, %delta: tensor<2x3x6xf32>, %b: tensor<2x3x2xf32>, %c: tensor<2x3x2xf32>)
    -> tensor<2x3x8xf32> {
  %output = sst.ema_scan %input, %delta, %b, %c
      : (tensor<2x3x8xf32>, tensor<2x3x6xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) -> tensor<2x3x8xf32>
  return %output : tensor<2x3x8xf32>
}

// CHECK-LABEL: func @carried
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x?x8xf32>, %[[B:.*]]: tensor<?x?x2xf32>, %[[STATE:.*]]: tensor<?x8xf32>, %[[GATE:.*]]: tensor<?x?x8xf32>)
// CHECK:       sst.ema_scan %[[INPUT]], %[[INPUT]], %[[B]], %[[B]] initial(%[[STATE]]) gate(%[[GATE]])
// CHECK-SAME:    -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
func.func @carried(%input: tensor<?x?x8xf32>, %b: tensor<?x?x2xf32>, %state: tensor<?x8xf32>,
                   %gate: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>) {
  %output, %final = sst.ema_scan %input, %input, %b, %b initial(%state) gate(%gate)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x8xf32>,
         tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return %output, %final : tensor<?x?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func @last_row
// CHECK:       sst.ema_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} gate(%{{.*}}) last_row
// CHECK-SAME:    -> tensor<?x1x8xf32>
func.func @last_row(%input: tensor<?x?x8xf32>, %b: tensor<?x?x2xf32>, %gate: tensor<?x1x8xf32>) -> tensor<?x1x8xf32> {
  %output = sst.ema_scan %input, %input, %b, %b gate(%gate) last_row
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x1x8xf32>)
      -> tensor<?x1x8xf32>
  return %output : tensor<?x1x8xf32>
}
