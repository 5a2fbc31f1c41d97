// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s
// RUN: sst-opt %s --sst-schedule-pipeline --sst-loops-pipeline | FileCheck %s --check-prefix=LOOPS

// How the sums of a projection become its result.
sst.weight @weight : tensor<32x32xf32> = dense<1.0> : tensor<32x32xf32>

// CHECK-LABEL: func.func @projections
func.func @projections(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  %weight = sst.get_weight @weight : tensor<32x32xf32>
  %0 = sst.dense %x, %weight activations [#sst.activation<gelu>] : (tensor<?x?x32xf32>, tensor<32x32xf32>) -> tensor<?x?x32xf32>
  %1 = sst.dense %0, %weight residual(%x) : (tensor<?x?x32xf32>, tensor<32x32xf32>, tensor<?x?x32xf32>) -> tensor<?x?x32xf32>
  return %1 : tensor<?x?x32xf32>
}

// With an activation, three vectors together, past the last one that one again; nobody is to change their order.
// CHECK:      func.func private @sst_dense_epilogue_gelu_32(
// CHECK-SAME:   passthrough = ["sst-keep-order"]
// CHECK:        %[[COUNT:.*]] = arith.muli
// CHECK-NEXT:   %[[LAST:.*]] = arith.subi %[[COUNT]], %{{.*}} : index
// CHECK:        scf.for %{{.*}} = %{{.*}} to %[[COUNT]] step %c3
// CHECK-COUNT-2:  arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK:          math.erf %{{.*}} : vector<3x16xf32>
// CHECK-COUNT-3:  vector.store
// CHECK-NOT:      vector.store
// CHECK:        return

// The residual may be where the result goes: each vector once.
// CHECK:      func.func private @sst_dense_epilogue_none_32_residual32(
// CHECK-NOT:    passthrough
// CHECK:        scf.for
// CHECK-NOT:      arith.minsi
// CHECK-COUNT-1:  vector.store
// CHECK-NOT:      vector.store
// CHECK:        return

// Nothing but single vectors is left in the end.
// LOOPS-NOT: vector<3x16
