// RUN: sst-opt %s --sst-fold-scales | FileCheck %s
// RUN: sst-opt %s --sst-fold-scales=exact-only | FileCheck %s --check-prefix=EXACT

// Columns 1 and 2 are the query's.
// CHECK-DAG: sst.weight @q_scaled.kernel : tensor<2x4xf32>
// CHECK-DAG: sst.weight @q_scaled.bias : tensor<4xf32>
sst.weight @q.kernel : tensor<2x4xf32> = dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
sst.weight @q.bias : tensor<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
sst.weight @other : tensor<2x2xf32> = dense<3.0> : tensor<2x2xf32>

// CHECK-LABEL: func.func @window(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x2xf32>, %[[K:[^ ]*]]: tensor<?x?x2xf32>)
// CHECK:         %[[W:.*]] = sst.get_weight @q_scaled.kernel
// CHECK:         %[[B:.*]] = sst.get_weight @q_scaled.bias
// CHECK:         %[[P:.*]]:3 = sst.dense %[[X]], %[[W]] bias(%[[B]])
// CHECK:         %[[O:.*]] = sst.causal_attention %[[P]]#1, %[[K]], %[[K]]
// CHECK-NOT:     scale
// CHECK:         return
// EXACT-LABEL: func.func @window(
// EXACT:         sst.get_weight @q_scaled.kernel
func.func @window(%x: tensor<?x?x2xf32>, %k: tensor<?x?x2xf32>)
    -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>) {
  %w = sst.get_weight @q.kernel : tensor<2x4xf32>
  %b = sst.get_weight @q.bias : tensor<4xf32>
  %p:3 = sst.dense %x, %w bias(%b) activations [#sst.activation<silu>, #sst.activation<none>, #sst.activation<none>]
      : (tensor<?x?x2xf32>, tensor<2x4xf32>, tensor<4xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>)
  %o = sst.causal_attention %p#1, %k, %k {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %p#0, %o, %p#2 : tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>
}

// The other user of the same weights follows.
// CHECK-LABEL: func.func @sequence(
// CHECK:         %[[W:.*]] = sst.get_weight @q_scaled.kernel
// CHECK:         sst.dense %{{.*}}, %[[W]]
// CHECK-NOT:     scale
// CHECK:         return
func.func @sequence(%x: tensor<?x?x2xf32>, %k: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @q.kernel : tensor<2x4xf32>
  %b = sst.get_weight @q.bias : tensor<4xf32>
  %p:3 = sst.dense %x, %w bias(%b)
      : (tensor<?x?x2xf32>, tensor<2x4xf32>, tensor<4xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>)
  %o = sst.causal_attention %p#1, %k, %k {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

// CHECK-LABEL: func.func @not_a_power_of_two(
// CHECK:         sst.get_weight @other_scaled
// CHECK-NOT:     scale =
// CHECK:         return
// EXACT-LABEL: func.func @not_a_power_of_two(
// EXACT:         sst.get_weight @other :
// EXACT:         scale = 3.000000e-01 : f32
func.func @not_a_power_of_two(%x: tensor<?x?x2xf32>, %k: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @other : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %o = sst.causal_attention %q, %k, %k {num_heads = 1 : i64, scale = 3.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

// CHECK-DAG:   {{^ *}}q_scaled.kernel: "0x040000000000803F0000803F0000C03F000080400000A040000040400000604000000041"
// CHECK-DAG:   {{^ *}}q_scaled.bias: "0x040000000000803F0000803F0000C03F00008040"
