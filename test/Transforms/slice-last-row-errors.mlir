// RUN: sst-opt %s --sst-slice-last-row --verify-diagnostics --split-input-file

// expected-error @below {{'sst.weight' op expects the values of resource 'nowhere', but the file has none}}
sst.weight @in : tensor<2x3xf32> = dense_resource<nowhere> : tensor<2x3xf32>
func.func @split(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @in : tensor<2x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}

// -----

// expected-error @below {{'sst.weight' op expects resource 'short' to hold 6 f32 values, but got 4 bytes}}
sst.weight @in : tensor<2x3xf32> = dense_resource<short> : tensor<2x3xf32>
func.func @split(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @in : tensor<2x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}
{-#
  dialect_resources: { builtin: { short: "0x040000000000803F" } }
#-}

// -----

// expected-error @below {{'sst.weight' op expects a splat of at most 268435456 values, but got 3000000000}}
sst.weight @in : tensor<1000000000x3xf32> = dense<0.0> : tensor<1000000000x3xf32>
func.func @split(%x: tensor<?x?x1000000000xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @in : tensor<1000000000x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x1000000000xf32>, tensor<1000000000x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}

// -----

// expected-error @below {{'sst.weight' op expects 'value' to be a dense or dense_resource attribute, but got builtin.sparse_elements}}
sst.weight @in : tensor<2x3xf32> = sparse<[[0, 0]], 1.0> : tensor<2x3xf32>
func.func @split(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @in : tensor<2x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}
