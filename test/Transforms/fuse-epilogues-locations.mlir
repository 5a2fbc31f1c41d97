// RUN: sst-opt %s --sst-fuse-epilogues --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// A fused op is called what its value is called; of several results each keeps its name.

// CHECK-LABEL: func.func @locations(
// CHECK:         sst.dense {{.*}} loc(fused["in_x", "in_z_silu"])
// CHECK:         sst.dense {{.*}} loc("residual")
func.func @locations(%x: tensor<?x?x2xf32>, %w: tensor<2x4xf32>, %v: tensor<2x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x4xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) loc(fused["in_x", "in_z"])
  %a = sst.activation <silu> %p#1 : tensor<?x?x2xf32> loc("in_z_silu")
  %d = sst.dense %a, %v : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32> loc("out")
  %y = arith.addf %x, %d : tensor<?x?x2xf32> loc("residual")
  return %p#0, %y : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}
