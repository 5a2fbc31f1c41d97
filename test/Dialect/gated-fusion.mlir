// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @static
// CHECK-SAME: (%[[GATE:.*]]: tensor<2x3x4xf32>, %[[FIRST:.*]]: tensor<2x3x4xf32>, %[[SECOND:.*]]: tensor<2x3x4xf32>)
// CHECK:       sst.gated_fusion gate(%[[GATE]]) %[[FIRST]], %[[SECOND]] : tensor<2x3x4xf32>
func.func @static(%gate: tensor<2x3x4xf32>, %first: tensor<2x3x4xf32>, %second: tensor<2x3x4xf32>)
    -> tensor<2x3x4xf32> {
  %output = sst.gated_fusion gate(%gate) %first, %second : tensor<2x3x4xf32>
  return %output : tensor<2x3x4xf32>
}

// CHECK-LABEL: func @dynamic
// CHECK:       sst.gated_fusion gate(%{{.*}}) %{{.*}}, %{{.*}} : tensor<?x?x4xf32>
func.func @dynamic(%gate: tensor<?x?x4xf32>, %first: tensor<?x?x4xf32>, %second: tensor<?x?x4xf32>)
    -> tensor<?x?x4xf32> {
  %output = sst.gated_fusion gate(%gate) %first, %second : tensor<?x?x4xf32>
  return %output : tensor<?x?x4xf32>
}
