// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @static
// CHECK-SAME: (%[[INPUT:.*]]: tensor<2x3x4xf32>)
// CHECK:       sst.last_row %[[INPUT]] : tensor<2x3x4xf32> -> tensor<2x1x4xf32>
func.func @static(%input: tensor<2x3x4xf32>) -> tensor<2x1x4xf32> {
  %output = sst.last_row %input : tensor<2x3x4xf32> -> tensor<2x1x4xf32>
  return %output : tensor<2x1x4xf32>
}

// CHECK-LABEL: func @dynamic
// CHECK:       sst.last_row %{{.*}} : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
func.func @dynamic(%input: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
  %output = sst.last_row %input : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %output : tensor<?x1x4xf32>
}
