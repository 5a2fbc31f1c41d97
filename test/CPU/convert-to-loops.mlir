// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s --check-prefixes=CHECK,V3
// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops=variant=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: sst-opt %s --sst-schedule-pipeline --sst-loops-pipeline --sst-llvm-pipeline | FileCheck %s --check-prefix=LLVM

sst.weight @w : tensor<8x40xf32> = dense<1.0> : tensor<8x40xf32>
sst.weight @b : tensor<40xf32> = dense<1.0> : tensor<40xf32>
sst.weight @square : tensor<40x40xf32> = dense<1.0> : tensor<40x40xf32>
sst.weight @gamma : tensor<8xf32> = dense<1.0> : tensor<8xf32>

// A function over tensors becomes one over six buffers, a batch, a row count and a team. Here all ops are row-local, so
// there is one phase: units of rows, taken in blocks that go through all kernels.
// CHECK-LABEL: func.func @model
// CHECK-SAME:    (%[[INPUT:.*]]: memref<2147483647xi8>, %[[OUTPUT:.*]]: memref<2147483647xi8>, %[[WORKSPACE:.*]]: memref<2147483647xi8>, %[[WEIGHTS:.*]]: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %[[BATCH:.*]]: index, %[[ROWS:.*]]: index, %[[THREAD:.*]]: index, %[[THREADS:.*]]: index, %[[TEAM:.*]]: !llvm.ptr)
// CHECK-SAME:    sst.ops = {{.}}#sst.work<"gamma", "sst_layer_norm_8of8_to_8_eps{{[0-9a-f]*}}_axon_0_8_1", 0, {{.}}7.200000e+01, 0.000000e+00, 0.000000e+00, 0.000000e+00], {{.}}6.400000e+01, 0.000000e+00, 0.000000e+00, 0.000000e+00], 64>, #sst.work<"w", "sst_dense_8_to_40_gelu", 0, {{.}}8.400000e+02
func.func @model(%x: tensor<?x?x8xf32>) -> tensor<?x?x40xf32> {
  %w = sst.get_weight @w : tensor<8x40xf32>
  %b = sst.get_weight @b : tensor<40xf32>
  %square = sst.get_weight @square : tensor<40x40xf32>
  %gamma = sst.get_weight @gamma : tensor<8xf32>
  // CHECK: call @sst_phase_1(%[[INPUT]], %[[OUTPUT]], %[[WORKSPACE]], %[[WEIGHTS]], %{{[^,]*}}, %{{[^,]*}}, %[[TEAM]],
  // The phase gets the buffers and the team, and reads sizes and places from memory.
  // CHECK: func.func private @sst_phase_1(%[[INPUT:[^:]*]]: memref<2147483647xi8>, %[[OUTPUT:[^:]*]]: memref<2147483647xi8>, %[[WORKSPACE:[^:]*]]: memref<2147483647xi8>, %[[WEIGHTS:[^:]*]]: memref<2147483647xi8>, %{{[^:]*}}: memref<2147483647xi8>, %{{[^:]*}}: memref<2147483647xi8>, %[[TEAM:[^:]*]]: !llvm.ptr, %{{[^:]*}}: memref<11xi64>, %{{[^:]*}}: memref<2147483647xi64>, %{{[^:]*}}: index, %{{[^:]*}}: index, %{{[^:]*}}: index)
  // CHECK: %[[FIRST:.*]] = call @sst_team_next(%[[TEAM]],
  // CHECK: scf.while (%{{.*}} = %[[FIRST]])
  // CHECK: scf.for
  // A kernel gets views of the buffers. The input is dense, a value in the arena has rows padded to 16 elements.
  // CHECK: %[[X:.*]] = memref.view %[[INPUT]][{{.*}}][] : memref<2147483647xi8> to memref<2147483647x8xf32>
  // CHECK: %[[GAMMA:.*]] = memref.view %[[WEIGHTS]][{{.*}}][] : memref<2147483647xi8> to memref<2147483647xf32>
  // CHECK: %[[BETA:.*]] = memref.view %[[WEIGHTS]]
  // CHECK: %[[N:.*]] = memref.view %[[WORKSPACE]][{{.*}}][] : memref<2147483647xi8> to memref<2147483647x16xf32>
  // CHECK: call @sst_layer_norm_8of8_to_8_eps{{[0-9a-f]*}}_axon_0_8_1(%[[X]], %[[GAMMA]], %[[BETA]], %[[N]],
  // CHECK: call @sst_team_mark(%[[TEAM]],
  %n = sst.layer_norm %x, %gamma, %gamma : tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  // CHECK: call @sst_dense_8_to_40_gelu
  %0 = sst.dense %n, %w bias(%b) activations [#sst.activation<gelu>] : (tensor<?x?x8xf32>, tensor<8x40xf32>, tensor<40xf32>) -> tensor<?x?x40xf32>
  // Ops of equal shape share a kernel.
  // CHECK: call @[[SQUARE:sst_dense_40_to_40_nobias]]
  %1 = sst.dense %0, %square : (tensor<?x?x40xf32>, tensor<40x40xf32>) -> tensor<?x?x40xf32>
  // CHECK: call @[[SQUARE]](
  %2 = sst.dense %1, %square : (tensor<?x?x40xf32>, tensor<40x40xf32>) -> tensor<?x?x40xf32>
  // CHECK: %[[Y:.*]] = memref.view %[[OUTPUT]][{{.*}}][] : memref<2147483647xi8> to memref<2147483647x40xf32>
  // CHECK: call @sst_add_40_40_to_40of40(%{{[^,]*}}, %{{[^,]*}}, %[[Y]],
  // CHECK: call @sst_team_next(%[[TEAM]],
  // CHECK-NOT: sst_team_next
  // CHECK: return
  %3 = arith.addf %1, %2 : tensor<?x?x40xf32>
  return %3 : tensor<?x?x40xf32>
}

// 6 x 16 tiles keep 6 vectors in registers, 12 x 32 tiles 24; a last single panel has one vector per row in both. With
// the sums goes what the tiles have prefetched. Many tiles ask for a line of each panel per four steps, few for all four.
// The remainder of rows goes to smaller tiles; one that finds more rows than the next one takes computes some again.
// V3-LABEL: func.func private @sst_dense_16_columns_8
// V3:         scf.if
// V3:           scf.for {{.*}} iter_args({{.*}}) -> ({{(vector<16xf32>, )+}}index)
// V3-COUNT-1:     memref.prefetch %{{.*}}, read, locality<3>, data : memref<2147483647xf32>
// V3-NOT:         memref.prefetch
// V3-COUNT-24:    math.fma
// V3:         } else {
// V3-COUNT-4:     memref.prefetch
// V3-NOT:         memref.prefetch
// V3-COUNT-24:    math.fma
// V3:         arith.select
// V3:         scf.for
// V3:           arith.minsi
// V3-COUNT-4:     memref.prefetch
// V3-NOT:         memref.prefetch
// V3-COUNT-16:    math.fma
// V4-LABEL: func.func private @sst_dense_32_columns_8
// V4:         scf.if
// V4:           scf.for {{.*}} iter_args({{.*}}) -> ({{(vector<16xf32>, )+}}index)
// V4-COUNT-2:     memref.prefetch
// V4-NOT:         memref.prefetch
// V4-COUNT-96:    math.fma
// V4:         } else {
// V4-COUNT-8:     memref.prefetch
// V4-NOT:         memref.prefetch
// V4-COUNT-96:    math.fma
// V4: func.func private @sst_dense_16_columns_8
// The output of the sum is not padded, so the last 8 channels are written under a mask.
// CHECK-LABEL: func.func private @sst_add_40_40_to_40of40
// CHECK:         vector.maskedstore

// Memory is passed as plain pointers.
// LLVM: llvm.func @model(%{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: i64,
// LLVM-NOT: {{(scf|memref|vector|arith|math|func)\.[a-z]}}
