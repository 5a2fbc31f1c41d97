// RUN: sst-opt %s --sst-fold-scales --verify-diagnostics

// expected-error @below {{'sst.weight' op expects the values of resource 'nowhere', but the file has none}}
sst.weight @w : tensor<2x2xf32> = dense_resource<nowhere> : tensor<2x2xf32>
func.func @attend(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @w : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}
