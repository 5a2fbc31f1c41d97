// RUN: sst-opt %s --sst-plan-phases | FileCheck %s

// What needs only the same row stays in the phase of its operands.
// CHECK-LABEL: func.func @row_local
func.func @row_local(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.layer_norm {{.*}}sst.phases = array<i64: 0>
  %0 = sst.layer_norm %x, %g, %g : tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  // CHECK: sst.dense {{.*}}sst.phases = array<i64: 0>
  %1 = sst.dense %0, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: arith.addf {{.*}}sst.phases = array<i64: 0>
  %2 = arith.addf %1, %x : tensor<?x?x8xf32>
  return %2 : tensor<?x?x8xf32>
}

// A convolution needs earlier rows, attention and the states of a scan all of them. Both branches go on together.
// CHECK-LABEL: func.func @branches
func.func @branches(%x: tensor<?x?x8xf32>, %w: tensor<8x16xf32>, %k: tensor<2x8xf32>) -> tensor<?x?x8xf32> {
  %p:2 = sst.dense %x, %w : (tensor<?x?x8xf32>, tensor<8x16xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  // CHECK: sst.causal_conv1d {{.*}}sst.phases = array<i64: 1>
  %c = sst.causal_conv1d %p#0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  // The scalars of each row, then the states.
  // CHECK: sst.ema_scan {{.*}}sst.phases = array<i64: 1, 2>
  %s = sst.ema_scan %c, %c, %c, %c : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: sst.causal_attention {{.*}}sst.phases = array<i64: 1>
  %a = sst.causal_attention %p#1, %p#1, %p#1 {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: arith.addf {{.*}}sst.phases = array<i64: 3>
  %y = arith.addf %s, %a : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Projections of one row per sequence are divided by columns, so each needs all of the one before; norms are not divided.
// CHECK-LABEL: func.func @last_row
func.func @last_row(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: sst.last_row {{.*}}sst.phases = array<i64: 0>
  %0 = sst.last_row %x : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  // CHECK: sst.layer_norm {{.*}}sst.phases = array<i64: 0>
  %1 = sst.layer_norm %0, %g, %g : tensor<?x1x8xf32>, tensor<8xf32>, tensor<8xf32>
  // CHECK: sst.dense {{.*}}sst.phases = array<i64: 1>
  %2 = sst.dense %1, %w : (tensor<?x1x8xf32>, tensor<8x8xf32>) -> tensor<?x1x8xf32>
  // CHECK: sst.dense {{.*}}sst.phases = array<i64: 2>
  %3 = sst.dense %2, %w : (tensor<?x1x8xf32>, tensor<8x8xf32>) -> tensor<?x1x8xf32>
  return %3 : tensor<?x1x8xf32>
}
