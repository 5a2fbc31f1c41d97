// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

// How tiles share the prefetch of weights. Of T tiles each asks for the weights of 1 / T of the steps. From four on they
// ask for a line at a time and begin with the next panel; fewer ask for four, 256 - (256 - 128) / T steps ahead.

sst.weight @w : tensor<256x16xf32> = dense<1.0> : tensor<256x16xf32>

func.func @model(%x: tensor<?x?x256xf32>) -> tensor<?x?x16xf32> {
  %w = sst.get_weight @w : tensor<256x16xf32>
  %y = sst.dense %x, %w : (tensor<?x?x256xf32>, tensor<256x16xf32>) -> tensor<?x?x16xf32>
  return %y : tensor<?x?x16xf32>
}

// CHECK-LABEL: func.func private @sst_dense_16_columns_256_nobias(
// CHECK-SAME:      %{{[a-z0-9]+}}: memref<2147483647x256xf32>, %[[W:[a-z0-9]+]]: memref<2147483647xf32>, %[[AT:[a-z0-9]+]]: index,
// CHECK:         %[[ROWS:.*]] = arith.subi
// CHECK:         %[[TILES:.*]] = arith.divui %{{.*}}, %c6
// CHECK:         %[[MANY:.*]] = arith.cmpi slt, %c3, %[[TILES]]
// CHECK:         %[[PART:.*]] = arith.divui %c128, %[[TILES]]
// CHECK:         %[[AHEAD:.*]] = arith.subi %c256{{.*}}, %[[PART]]
// CHECK:         %[[LEAD:.*]] = arith.select %[[MANY]], %c256{{.*}}, %[[AHEAD]]
// CHECK:         %[[SHARE:.*]] = arith.divui %c65536, %[[TILES]]
// A line at a time, of the next panel.
// CHECK:         scf.if %[[MANY]]
// CHECK:           %[[TILE:.*]] = arith.minsi
// CHECK:           %[[STEPS:.*]] = arith.muli %[[TILE]], %c256
// CHECK:           %[[FIRST:.*]] = arith.muli %[[STEPS]], %[[SHARE]]
// CHECK:           scf.for {{.*}} %[[ASKED:[^ ]*]] = %[[FIRST]]) ->
// CHECK:             %[[STEP:.*]] = arith.shrui %[[ASKED]], %c16
// CHECK:             %[[NEXT:.*]] = arith.addi %[[STEP]], %c256
// CHECK:             %[[OFFSET:.*]] = arith.muli %[[NEXT]], %c16
// CHECK:             %[[PLACE:.*]] = arith.addi %[[AT]], %[[OFFSET]]
// CHECK:             memref.prefetch %[[W]][%[[PLACE]]]
// CHECK:             %[[RATE:.*]] = arith.muli %[[SHARE]], %c4
// CHECK:             arith.addi %[[ASKED]], %[[RATE]]
// Four, of this panel or the next one.
// CHECK:         } else {
// CHECK:             %[[STEP:.*]] = arith.shrui %{{.*}}, %c16
// CHECK:             %[[NEXT:.*]] = arith.addi %[[STEP]], %[[LEAD]]
// CHECK:             %[[OFFSET:.*]] = arith.muli %[[NEXT]], %c16
// CHECK:             %[[PLACE:.*]] = arith.addi %{{.*}}, %[[OFFSET]]
// CHECK:             memref.prefetch %[[W]][%[[PLACE]]]
// CHECK:             %[[SECOND:.*]] = arith.addi %[[PLACE]], %c16
// CHECK:             memref.prefetch %[[W]][%[[SECOND]]]
// CHECK:             memref.prefetch
// CHECK:             memref.prefetch
// CHECK-NOT:         memref.prefetch
// CHECK:             math.fma
