// RUN: sst-opt %s --sst-fold-scales | FileCheck %s

// Two queries in one weight, with two scales: both fold, one after the other.

sst.weight @w : tensor<1x2xf32> = dense<1.0> : tensor<1x2xf32>

// CHECK-LABEL: func.func @two_queries(
// CHECK:         %[[W:.*]] = sst.get_weight @w_scaled_scaled
// CHECK:         %[[Q:.*]]:2 = sst.dense %{{.*}}, %[[W]]
// CHECK:         sst.causal_attention %[[Q]]#0
// CHECK-NOT:     scale =
// CHECK:         sst.causal_attention %[[Q]]#1
// CHECK-NOT:     scale =
// CHECK:         return
func.func @two_queries(%x: tensor<?x?x1xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x1xf32>) {
  %w = sst.get_weight @w : tensor<1x2xf32>
  %q:2 = sst.dense %x, %w : (tensor<?x?x1xf32>, tensor<1x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x1xf32>)
  %p = sst.causal_attention %q#0, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x1xf32>, tensor<?x?x1xf32>, tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %o = sst.causal_attention %q#1, %x, %x {num_heads = 1 : i64, scale = 2.500000e-01 : f32}
      : (tensor<?x?x1xf32>, tensor<?x?x1xf32>, tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  return %p, %o : tensor<?x?x1xf32>, tensor<?x?x1xf32>
}

// CHECK: {{^ *}}w_scaled_scaled: "0x040000000000003F0000803E"
