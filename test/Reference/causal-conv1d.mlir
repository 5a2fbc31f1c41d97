// RUN: sst-interpret %s --function=taps | FileCheck %s --check-prefix=TAPS
// RUN: sst-interpret %s --function=whole --values=10 | FileCheck %s --check-prefix=WHOLE
// RUN: sst-interpret %s --function=parts --values=10 | FileCheck %s --check-prefix=PARTS

sst.weight @w : tensor<4x2xf32> = dense<[[0.375, 1.875], [0.625, 1.5], [0.25, -1.5], [-1.125, 2.0]]> : tensor<4x2xf32>
sst.weight @b : tensor<2xf32> = dense<[1.25, -0.75]> : tensor<2xf32>
sst.weight @decimal : tensor<3x1xf32> = dense<[[1.0], [10.0], [100.0]]> : tensor<3x1xf32>

// The last tap multiplies the current row.
// TAPS: result #0: [1, 4, 1] {{.*}} values 100 210 321 432
func.func @taps() -> tensor<1x4x1xf32> {
  %x = arith.constant dense<[[[1.0], [2.0], [3.0], [4.0]]]> : tensor<1x4x1xf32>
  %w = sst.get_weight @decimal : tensor<3x1xf32>
  %y = sst.causal_conv1d %x, %w : (tensor<1x4x1xf32>, tensor<3x1xf32>) -> tensor<1x4x1xf32>
  return %y : tensor<1x4x1xf32>
}

// WHOLE: result #0: [1, 5, 2] {{.*}} values -0.126564223 0.140544125 -0.103517111 1.4909174 1.25897711 -0.263427014 3.01040755 0.562771611 2.32753161 0.774870035
// WHOLE: result #1: [1, 3, 2] {{.*}} values 0.875 0.375 -0.125 -0.625 -0.125 -1.375
func.func @whole() -> (tensor<1x5x2xf32>, tensor<1x3x2xf32>) {
  %x = arith.constant dense<[[[1.375, 0.5], [1.625, 1.625], [0.875, 0.375], [-0.125, -0.625], [-0.125, -1.375]]]> : tensor<1x5x2xf32>
  %w = sst.get_weight @w : tensor<4x2xf32>
  %b = sst.get_weight @b : tensor<2xf32>
  %y:2 = sst.causal_conv1d %x, %w bias(%b) activation <silu>
      : (tensor<1x5x2xf32>, tensor<4x2xf32>, tensor<2xf32>) -> (tensor<1x5x2xf32>, tensor<1x3x2xf32>)
  return %y#0, %y#1 : tensor<1x5x2xf32>, tensor<1x3x2xf32>
}

// The same rows as one, one and three; the first state is made of fewer rows than there are taps.
// PARTS: result #0: [1, 1, 2] {{.*}} values -0.126564223 0.140544125
// PARTS: result #1: [1, 1, 2] {{.*}} values -0.103517111 1.4909174
// PARTS: result #2: [1, 3, 2] {{.*}} values 1.25897711 -0.263427014 3.01040755 0.562771611 2.32753161 0.774870035
// PARTS: result #3: [1, 3, 2] {{.*}} values 0 0 0 0 1.375 0.5
// PARTS: result #4: [1, 3, 2] {{.*}} values 0.875 0.375 -0.125 -0.625 -0.125 -1.375
func.func @parts() -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>) {
  %x0 = arith.constant dense<[[[1.375, 0.5]]]> : tensor<1x1x2xf32>
  %x1 = arith.constant dense<[[[1.625, 1.625]]]> : tensor<1x1x2xf32>
  %x2 = arith.constant dense<[[[0.875, 0.375], [-0.125, -0.625], [-0.125, -1.375]]]> : tensor<1x3x2xf32>
  %w = sst.get_weight @w : tensor<4x2xf32>
  %b = sst.get_weight @b : tensor<2xf32>
  %y0:2 = sst.causal_conv1d %x0, %w bias(%b) activation <silu>
      : (tensor<1x1x2xf32>, tensor<4x2xf32>, tensor<2xf32>) -> (tensor<1x1x2xf32>, tensor<1x3x2xf32>)
  %y1:2 = sst.causal_conv1d %x1, %w bias(%b) initial(%y0#1) activation <silu>
      : (tensor<1x1x2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<1x3x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x3x2xf32>)
  %y2:2 = sst.causal_conv1d %x2, %w bias(%b) initial(%y1#1) activation <silu>
      : (tensor<1x3x2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<1x3x2xf32>) -> (tensor<1x3x2xf32>, tensor<1x3x2xf32>)
  return %y0#0, %y1#0, %y2#0, %y0#1, %y2#1
      : tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>
}
