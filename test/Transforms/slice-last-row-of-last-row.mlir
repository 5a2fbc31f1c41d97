// RUN: sst-opt %s --sst-slice-last-row | FileCheck %s

// Last rows of last rows: ops are erased while they, or what takes their last row, still wait to be looked at.

// CHECK-LABEL: func.func @twice(
// CHECK-NEXT:    %[[ROW:.*]] = sst.last_row %{{.*}} : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
// CHECK-NEXT:    %[[SILU:.*]] = sst.activation <silu> %[[ROW]] : tensor<?x1x4xf32>
// CHECK-NEXT:    return %[[ROW]], %[[SILU]]
func.func @twice(%n: tensor<?x?x4xf32>) -> (tensor<?x1x4xf32>, tensor<?x1x4xf32>) {
  %a = sst.last_row %n : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %b = sst.last_row %a : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %m = sst.activation <silu> %n : tensor<?x?x4xf32>
  %c = sst.last_row %m : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %b, %c : tensor<?x1x4xf32>, tensor<?x1x4xf32>
}

// CHECK-LABEL: func.func @many(
// CHECK-NEXT:    %[[ROW:.*]] = sst.last_row %{{.*}} : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
// CHECK-NEXT:    %[[SILU:.*]] = sst.activation <silu> %[[ROW]] : tensor<?x1x4xf32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %[[SILU]], %[[ROW]] : tensor<?x1x4xf32>
// CHECK-NEXT:    return %[[SUM]], %[[ROW]], %[[SUM]]
func.func @many(%n: tensor<?x?x4xf32>) -> (tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>) {
  %a = sst.last_row %n : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %b = sst.last_row %n : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %c = sst.last_row %b : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %d = sst.last_row %c : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %m = sst.activation <silu> %n : tensor<?x?x4xf32>
  %o = arith.addf %m, %n : tensor<?x?x4xf32>
  %e = sst.last_row %o : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %f = sst.last_row %e : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %g = sst.last_row %f : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  return %e, %d, %g : tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>
}

sst.weight @w : tensor<4x8xf32> = dense<0.5> : tensor<4x8xf32>

// A dense is split while last rows of its results, and of these, are known.
// CHECK-LABEL: func.func @split(
// CHECK:         %[[WHOLE:.*]] = sst.dense %[[X:.*]], %{{.*}} : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
// CHECK:         %[[ROW:.*]] = sst.dense %{{.*}}, %{{.*}} : (tensor<?x1x4xf32>, tensor<4x4xf32>) -> tensor<?x1x4xf32>
// CHECK:         return %[[WHOLE]], %[[ROW]], %[[ROW]]
func.func @split(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>) {
  %w = sst.get_weight @w : tensor<4x8xf32>
  %y:2 = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x8xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %a = sst.last_row %y#1 : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %b = sst.last_row %a : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  %c = sst.last_row %y#1 : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y#0, %b, %c : tensor<?x?x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>
}
