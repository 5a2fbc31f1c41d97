// What has nothing to do with the fault goes away.
// RUN: sst-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-no-gelu.sh' 2>/dev/null | FileCheck %s

// CHECK-NOT: @innocent
// CHECK:     func.func @faulty
// CHECK:     sst.activation <gelu>
// CHECK-NOT: @innocent
func.func @innocent(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %0 = sst.activation <silu> %x : tensor<?x?x4xf32>
  return %0 : tensor<?x?x4xf32>
}

func.func @faulty(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %0 = sst.activation <gelu> %x : tensor<?x?x4xf32>
  return %0 : tensor<?x?x4xf32>
}

func.func @innocent_as_well(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  return %x : tensor<?x?x4xf32>
}
