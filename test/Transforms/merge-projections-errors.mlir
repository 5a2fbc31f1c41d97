// RUN: sst-opt %s --sst-merge-projections --verify-diagnostics

sst.weight @a : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
// expected-error @below {{'sst.weight' op expects the values of resource 'nowhere', but the file has none}}
sst.weight @b : tensor<2x2xf32> = dense_resource<nowhere> : tensor<2x2xf32>
func.func @merge(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %a = sst.get_weight @a : tensor<2x2xf32>
  %b = sst.get_weight @b : tensor<2x2xf32>
  %p = sst.dense %x, %a : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %q = sst.dense %x, %b : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %p, %q : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}
