// RUN: sst-opt %s --sst-drop-unused-weights | FileCheck %s
// RUN: sst-opt %s --sst-drop-unused-weights --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

// CHECK: sst.weight @used
sst.weight @used : tensor<2xf32> = dense<1.0> : tensor<2xf32>
// CHECK: sst.weight @named_by_attribute
sst.weight @named_by_attribute : tensor<2xf32> = dense<1.0> : tensor<2xf32>
// CHECK-NOT: sst.weight @unused
// expected-remark @below {{[Passed] WeightDropped | Category:sst-drop-unused-weights | Remark=unused}}
sst.weight @unused : tensor<2xf32> = dense<1.0> : tensor<2xf32>
// A use whose own result is unused is none.
// CHECK-NOT: sst.weight @dead_use
// expected-remark @below {{[Passed] WeightDropped | Category:sst-drop-unused-weights | Remark=dead_use}}
sst.weight @dead_use : tensor<2xf32> = dense<1.0> : tensor<2xf32>

// CHECK-LABEL: func.func @uses
func.func @uses() -> tensor<2xf32> attributes {sst.keeps = [@named_by_attribute]} {
  %used = sst.get_weight @used : tensor<2xf32>
  // CHECK-NOT: @dead_use
  %dead = sst.get_weight @dead_use : tensor<2xf32>
  return %used : tensor<2xf32>
}

// A nested module has weights of its own.
// CHECK-LABEL: module @nested
module @nested {
  // CHECK: sst.weight @inner
  sst.weight @inner : tensor<2xf32> = dense<1.0> : tensor<2xf32>
  func.func @uses_inner() -> tensor<2xf32> {
    %inner = sst.get_weight @inner : tensor<2xf32>
    return %inner : tensor<2xf32>
  }
}
