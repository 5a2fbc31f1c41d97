// The interpreter evaluates an op that only the program's own table knows. The numbers were computed by hand; decay 0.5.
// RUN: sst-example interpret %s --function=sum | FileCheck %s --check-prefix=SUM
// RUN: sst-example interpret %s --function=from_state | FileCheck %s --check-prefix=STATE
// RUN: not sst-interpret %s --function=sum 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: sst-interpret: error: {{.*}}interpret.mlir:{{.*}} Dialect `example' not found

// SUM:      result #0: [1, 3, 2] {{.*}} values 8 -2 8 7 4 5.5
// SUM-NEXT: result #1: [1, 2] {{.*}} values 4 5.5
func.func @sum() -> (tensor<1x3x2xf32>, tensor<1x2xf32>) {
  %x = arith.constant dense<[[[8.0, -2.0], [4.0, 8.0], [0.0, 2.0]]]> : tensor<1x3x2xf32>
  %y:2 = example.decay_sum %x {decay = 0.5 : f32} : (tensor<1x3x2xf32>) -> (tensor<1x3x2xf32>, tensor<1x2xf32>)
  return %y#0, %y#1 : tensor<1x3x2xf32>, tensor<1x2xf32>
}

// The last two rows from the state after the first.
// STATE:      result #0: [1, 2, 2] {{.*}} values 8 7 4 5.5
// STATE-NEXT: result #1: [1, 2] {{.*}} values 4 5.5
func.func @from_state() -> (tensor<1x2x2xf32>, tensor<1x2xf32>) {
  %x = arith.constant dense<[[[4.0, 8.0], [0.0, 2.0]]]> : tensor<1x2x2xf32>
  %h = arith.constant dense<[[8.0, -2.0]]> : tensor<1x2xf32>
  %y:2 = example.decay_sum %x initial(%h) {decay = 0.5 : f32}
      : (tensor<1x2x2xf32>, tensor<1x2xf32>) -> (tensor<1x2x2xf32>, tensor<1x2xf32>)
  return %y#0, %y#1 : tensor<1x2x2xf32>, tensor<1x2xf32>
}
