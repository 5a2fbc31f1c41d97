// What the pass adds has names that nothing else has, and a kernel is one of its own, not what has its name.
// RUN: sst-opt %s --split-input-file --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

sst.weight @sst_phase_1 : tensor<8x8xf32> = dense<1.0> : tensor<8x8xf32>
sst.weight @sst_numbers_f : tensor<8x8xf32> = dense<2.0> : tensor<8x8xf32>
func.func private @sst_dense_8of8_to_8of8_nobias(f32) -> f32

// CHECK-DAG:   sst.weight @sst_phase_1
// CHECK-DAG:   sst.weight @sst_numbers_f
// CHECK:       func.func private @sst_dense_8of8_to_8of8_nobias(f32) -> f32
// CHECK:       memref.global "private" constant @sst_numbers_f_1
// CHECK-LABEL: func.func @f(
// CHECK-SAME:    "sst_numbers_f", "sst_dense_8of8_to_8of8_nobias_1"
// CHECK:         memref.get_global @sst_numbers_f_1
// CHECK:         call @sst_phase_1_1(
// CHECK:       func.func private @sst_phase_1_1(
// CHECK:         call @sst_dense_8of8_to_8of8_nobias_1(
// CHECK:       func.func private @sst_dense_8of8_to_8of8_nobias_1(
func.func @f(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %w = sst.get_weight @sst_numbers_f : tensor<8x8xf32>
  %y = sst.dense %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
