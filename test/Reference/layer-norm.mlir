// RUN: sst-interpret %s --function=axon_0_8_1 | FileCheck %s --check-prefix=NEW
// RUN: sst-interpret %s --function=low_variance | FileCheck %s --check-prefix=LOW
// RUN: sst-interpret %s --function=nan_variance | FileCheck %s --check-prefix=NAN
// RUN: sst-interpret %s --function=constant_row | FileCheck %s --check-prefix=CONSTANT

sst.weight @gamma : tensor<4xf32> = dense<[-1.25, -0.5, 0.875, -1.25]> : tensor<4xf32>
sst.weight @beta : tensor<4xf32> = dense<[-1.5, -1.625, -0.375, 1.875]> : tensor<4xf32>

// NEW: result #0: [1, 2, 4] {{.*}} values 0.0614797631 -1.32628213 0.0527096742 0.177739388 -0.813983955 -1.13106845 1.0656337 2.01220321
func.func @axon_0_8_1() -> tensor<1x2x4xf32> {
  %x = arith.constant dense<[[[-1.75, -1.0, 0.25, 1.25], [-0.875, -1.125, 0.375, -0.625]]]> : tensor<1x2x4xf32>
  %g = sst.get_weight @gamma : tensor<4xf32>
  %b = sst.get_weight @beta : tensor<4xf32>
  %y = sst.layer_norm %x, %g, %b : tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %y : tensor<1x2x4xf32>
}

// A variance below epsilon, 1.25e-6, where the two flavours differ.
// LOW: result #0: [1, 1, 4] {{.*}} values -1.68633901 -1.84860681 -0.505437306 2.43401702
// LOW: result #1: [1, 1, 4] {{.*}} values -1.69764237 -1.86217084 -0.513349656 2.4679271
func.func @low_variance() -> (tensor<1x1x4xf32>, tensor<1x1x4xf32>) {
  %x = arith.constant dense<[[[0.001, 0.002, 0.0, -0.001]]]> : tensor<1x1x4xf32>
  %g = sst.get_weight @gamma : tensor<4xf32>
  %b = sst.get_weight @beta : tensor<4xf32>
  %new = sst.layer_norm %x, %g, %b : tensor<1x1x4xf32>, tensor<4xf32>, tensor<4xf32>
  %old = sst.layer_norm %x, %g, %b {flavor = #sst.layer_norm_flavor<axon_0_8_0>}
      : tensor<1x1x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %new, %old : tensor<1x1x4xf32>, tensor<1x1x4xf32>
}

// The row with the NaN is NaN in both flavours, the other row is not touched.
// NAN: result #0: [1, 2, 4] {{.*}} values nan nan nan nan -0.813983955 -1.13106845 1.0656337 2.01220321
// NAN: result #1: [1, 2, 4] {{.*}} values nan nan nan nan -0.813983955 -1.13106845 1.0656337 2.01220321
func.func @nan_variance() -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %x = arith.constant dense<[[[0.0, 0x7FC00000, 1.0, 2.0], [-0.875, -1.125, 0.375, -0.625]]]> : tensor<1x2x4xf32>
  %g = sst.get_weight @gamma : tensor<4xf32>
  %b = sst.get_weight @beta : tensor<4xf32>
  %new = sst.layer_norm %x, %g, %b : tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>
  %old = sst.layer_norm %x, %g, %b {flavor = #sst.layer_norm_flavor<axon_0_8_0>}
      : tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %new, %old : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// CONSTANT: result #0: [1, 1, 4] {{.*}} values -1.5 -1.625 -0.375 1.875
func.func @constant_row() -> tensor<1x1x4xf32> {
  %x = arith.constant dense<3.0> : tensor<1x1x4xf32>
  %g = sst.get_weight @gamma : tensor<4xf32>
  %b = sst.get_weight @beta : tensor<4xf32>
  %y = sst.layer_norm %x, %g, %b {epsilon = 0.5 : f32} : tensor<1x1x4xf32>, tensor<4xf32>, tensor<4xf32>
  return %y : tensor<1x1x4xf32>
}
