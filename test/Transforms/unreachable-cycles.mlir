// RUN: sst-opt %s --sst-expand-blocks | FileCheck %s
// RUN: sst-opt %s --sst-slice-last-row | FileCheck %s
// RUN: sst-opt %s --sst-merge-projections | FileCheck %s
// RUN: sst-opt %s --sst-fold-scales | FileCheck %s
// RUN: sst-opt %s --sst-fuse-epilogues | FileCheck %s
// RUN: sst-opt %s --sst-drop-unused-weights | FileCheck %s
// RUN: sst-opt %s --sst-pack-weights | FileCheck %s
// RUN: sst-opt %s --sst-expand-math | FileCheck %s
// RUN: sst-opt %s --sst-expand-pipeline | FileCheck %s
// RUN: sst-opt %s --sst-fuse-pipeline | FileCheck %s
// RUN: not sst-opt %s --sst-schedule-pipeline 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not sst-opt %s --sst-convert-to-loops 2>&1 | FileCheck %s --check-prefix=LOOPS

// In a block that nothing reaches, an op may be its own operand: whoever follows operands must come to an end.

// CHECK-LABEL: func.func @f(
// CHECK-NEXT:    return
// SCHEDULE: error: 'func.func' op expects a body of one block, but got several; inline control flow first
// LOOPS: error: 'func.func' op expects a planned arena; run --sst-plan-arena first

sst.weight @w : tensor<4x4xf32> = dense<0.5> : tensor<4x4xf32>
sst.weight @pair : tensor<4x8xf32> = dense<0.5> : tensor<4x8xf32>

func.func @f(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  return %x : tensor<?x?x4xf32>
^bb1:
  %w = sst.get_weight @w : tensor<4x4xf32>
  %pair = sst.get_weight @pair : tensor<4x8xf32>
  // Of itself, of each other.
  %l = sst.last_row %l : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %m = sst.last_row %n : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %n = sst.last_row %m : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %s = sst.activation <silu> %s : tensor<?x?x4xf32>
  %t = sst.last_row %s : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %a = sst.dense %b, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %b = arith.addf %a, %b : tensor<?x?x4xf32>
  %c = sst.last_row %b : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %p:2 = sst.dense %p#0, %pair : (tensor<?x?x4xf32>, tensor<4x8xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %d = sst.dense %e, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %e = sst.causal_attention %d, %e, %e {num_heads = 1 : i64, scale = 5.000000e-01 : f32} : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %g = sst.dense %h, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %h = sst.gated_fusion gate(%h) %g, %h : tensor<?x?x4xf32>
  %i = sst.ema_scan %j, %j, %j, %j : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %j = arith.mulf %i, %j : tensor<?x?x4xf32>
  %v = vector.insert %y, %v [0] : vector<4xf32> into vector<2x4xf32>
  %y = vector.extract %v[1] : vector<4xf32> from vector<2x4xf32>
  %z = arith.addf %z, %v : vector<2x4xf32>
  cf.br ^bb1
}
