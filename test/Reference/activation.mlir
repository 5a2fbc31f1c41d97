// RUN: sst-interpret %s | FileCheck %s

// CHECK: result #0: {{.*}} values -3 -0.5 0 0.5 3
// CHECK: result #1: {{.*}} values 0.0474258732 0.377540669 0.5 0.622459331 0.952574127
// CHECK: result #2: {{.*}} values -0.14227762 -0.188770334 0 0.311229666 2.85772238
// CHECK: result #3: {{.*}} values -0.00404969409 -0.154268769 0 0.345731231 2.99595031
// CHECK: result #4: {{.*}} values 0.0485873516 0.474076984 0.693147181 0.974076984 3.04858735
// exp(88.5) is a float32, exp(88.75) is not: softplus overflows there, and only there.
// CHECK: result #5: {{.*}} values 0 88.5 inf inf
// CHECK: result #6: {{.*}} values 0 1 1 1
// CHECK: result #7: {{.*}} values -0 88.5 88.75 710
func.func @activations() -> (tensor<1x1x5xf32>, tensor<1x1x5xf32>, tensor<1x1x5xf32>, tensor<1x1x5xf32>,
                             tensor<1x1x5xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) {
  %x = arith.constant dense<[[[-3.0, -0.5, 0.0, 0.5, 3.0]]]> : tensor<1x1x5xf32>
  %none = sst.activation <none> %x : tensor<1x1x5xf32>
  %sigmoid = sst.activation <sigmoid> %x : tensor<1x1x5xf32>
  %silu = sst.activation <silu> %x : tensor<1x1x5xf32>
  %gelu = sst.activation <gelu> %x : tensor<1x1x5xf32>
  %softplus = sst.activation <softplus> %x : tensor<1x1x5xf32>
  %edge = arith.constant dense<[[[-750.0, 88.5, 88.75, 710.0]]]> : tensor<1x1x4xf32>
  %softplus_edge = sst.activation <softplus> %edge : tensor<1x1x4xf32>
  %sigmoid_edge = sst.activation <sigmoid> %edge : tensor<1x1x4xf32>
  %silu_edge = sst.activation <silu> %edge : tensor<1x1x4xf32>
  return %none, %sigmoid, %silu, %gelu, %softplus, %softplus_edge, %sigmoid_edge, %silu_edge
      : tensor<1x1x5xf32>, tensor<1x1x5xf32>, tensor<1x1x5xf32>, tensor<1x1x5xf32>, tensor<1x1x5xf32>,
        tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>
}
