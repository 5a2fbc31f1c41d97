// RUN: sst-opt %s --split-input-file --verify-diagnostics

func.func @unknown_function(%input: tensor<2x3x4xf32>) {
  // expected-error @+2 {{expected ::sst::Activation to be one of: none, sigmoid, silu, gelu, softplus}}
  // expected-error @below {{failed to parse SST_ActivationAttr parameter 'value' which is to be a `::sst::Activation`}}
  %0 = sst.activation <tanh> %input : tensor<2x3x4xf32>
  return
}

// -----

func.func @other_result(%input: tensor<2x3x4xf32>) {
  // expected-error @below {{'sst.activation' op failed to verify that all of {input, output} have same type}}
  %0 = "sst.activation"(%input) <{kind = #sst.activation<silu>}> : (tensor<2x3x4xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

// Rows that may be as many are not spelled alike.
func.func @other_rows(%input: tensor<?x?x4xf32>) {
  // expected-error @below {{'sst.activation' op failed to verify that all of {input, output} have same type}}
  %0 = "sst.activation"(%input) <{kind = #sst.activation<silu>}> : (tensor<?x?x4xf32>) -> tensor<?x1x4xf32>
  return
}

// -----

func.func @no_function(%input: tensor<2x3x4xf32>) {
  // expected-error @below {{'sst.activation' op requires attribute 'kind'}}
  %0 = "sst.activation"(%input) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return
}
