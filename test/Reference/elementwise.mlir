// RUN: sst-interpret %s | FileCheck %s
// RUN: sst-interpret %s --probe=arith.* | FileCheck %s --check-prefix=PROBE

// PROBE: probe arith.constant #0: [2, 2, 1] min 0.25 max 1 mean 0.625 values 0.25 0.5 0.75 1
// PROBE: probe arith.addf 'sum' #0: [2, 2, 1]
// PROBE-NOT: probe sst

// CHECK: result #0: [2, 2, 1] {{.*}} values 5 4.5 3 -1
// CHECK: result #1: [2, 2, 1] {{.*}} values 1.25 2.5 3.75 5
// CHECK: result #2: [2, 2, 1] {{.*}} values 0.75 1.5 2.25 3
// CHECK: result #3: [2, 2, 1] {{.*}} values 0.25 1 2.25 -1
// CHECK: result #4: [2, 1, 1] {{.*}} values 2 4
func.func @elementwise() -> (tensor<2x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>,
                             tensor<2x1x1xf32>) {
  %g = arith.constant dense<[[[0.25], [0.5]], [[0.75], [1.0]]]> : tensor<2x2x1xf32>
  %x = arith.constant dense<[[[2.0], [4.0]], [[3.0], [-1.0]]]> : tensor<2x2x1xf32>
  %y = arith.constant dense<[[[6.0], [5.0]], [[3.0], [7.0]]]> : tensor<2x2x1xf32>
  %ramp = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %mixed = sst.gated_fusion gate(%g) %x, %y : tensor<2x2x1xf32>
  %gx = arith.constant dense<[[[1.0], [2.0]], [[3.0], [-1.0]]]> : tensor<2x2x1xf32>
  %sum = arith.addf %ramp, %g : tensor<2x2x1xf32> loc("sum")
  %difference = arith.subf %ramp, %g : tensor<2x2x1xf32>
  %product = arith.mulf %gx, %g : tensor<2x2x1xf32>
  %last = sst.last_row %ramp : tensor<2x2x1xf32> -> tensor<2x1x1xf32>
  return %mixed, %sum, %difference, %product, %last
      : tensor<2x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>, tensor<2x1x1xf32>
}
