// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-pack-weights

// expected-error @below {{'sst.weight' op expects the values of resource 'nowhere', but the file has none}}
sst.weight @missing : tensor<3x3xf32> = dense_resource<nowhere> : tensor<3x3xf32>

func.func @missing_values(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %w = sst.get_weight @missing : tensor<3x3xf32>
  %y = sst.dense %x, %w : (tensor<?x?x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}
