// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-pack-weights

// expected-error @below {{'sst.weight' op expects the values of resource 'nowhere', but the file has none}}
sst.weight @missing : tensor<3x3xf32> = dense_resource<nowhere> : tensor<3x3xf32>

func.func @missing_values(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %w = sst.get_weight @missing : tensor<3x3xf32>
  %y = sst.dense %x, %w : (tensor<?x?x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}

// -----

module attributes {sst.weight_storage = "bf16"} {
  // expected-error @below {{'sst.weight' op expects values that bf16 can hold; import the model with --weight-storage=bf16}}
  sst.weight @w : tensor<2x2xf32> = dense<1.00001> : tensor<2x2xf32>
  func.func @not_rounded(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
    %w = sst.get_weight @w : tensor<2x2xf32>
    %y = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
    return %y : tensor<?x?x2xf32>
  }
}
