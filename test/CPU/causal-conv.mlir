// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s
// RUN: sst-opt %s --sst-schedule-pipeline --sst-loops-pipeline --sst-llvm-pipeline -o /dev/null

// A convolution keeps the last rows in registers. Three rows at a time, whose activations are computed together, then one
// by one what is left.
sst.weight @three : tensor<3x16xf32> = dense<1.0> : tensor<3x16xf32>
sst.weight @one : tensor<1x16xf32> = dense<1.0> : tensor<1x16xf32>

// CHECK-LABEL: func.func @convolutions
func.func @convolutions(%x: tensor<?x?x16xf32>) -> tensor<?x?x16xf32> {
  %three = sst.get_weight @three : tensor<3x16xf32>
  %one = sst.get_weight @one : tensor<1x16xf32>
  %0 = sst.causal_conv1d %x, %three activation <silu> : (tensor<?x?x16xf32>, tensor<3x16xf32>) -> tensor<?x?x16xf32>
  %1 = sst.causal_conv1d %0, %one activation <silu> : (tensor<?x?x16xf32>, tensor<1x16xf32>) -> tensor<?x?x16xf32>
  return %1 : tensor<?x?x16xf32>
}

// CHECK:      func.func private @sst_causal_conv1d_3x16
// CHECK-SAME:   passthrough = ["sst-keep-order"]
// CHECK:        %[[LAST:.*]]:2 = scf.for %{{.*}} step %{{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-3:  %{{.*}} = vector.load
// CHECK-COUNT-9:  math.fma %{{.*}} : vector<16xf32>
// CHECK:          math.exp %{{.*}} : vector<3x16xf32>
// CHECK-COUNT-3:  vector.store
// CHECK:          scf.yield
// CHECK:        scf.for %{{.*}} iter_args(%{{.*}} = %[[LAST]]#0, %{{.*}} = %[[LAST]]#1) -> (vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-1:  %{{.*}} = vector.load
// CHECK-COUNT-3:  math.fma %{{.*}} : vector<16xf32>
// CHECK:          math.exp %{{.*}} : vector<16xf32>
// CHECK:          scf.yield
// CHECK:        return

// With one tap there is nothing to keep.
// CHECK:      func.func private @sst_causal_conv1d_1x16
// CHECK-NOT:    iter_args
// CHECK:        math.exp %{{.*}} : vector<3x16xf32>
// CHECK:        math.exp %{{.*}} : vector<16xf32>
// CHECK:        return
