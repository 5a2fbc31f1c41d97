// RUN: sst-opt %s --sst-slice-last-row --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

sst.weight @both : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
sst.weight @mixed : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
sst.weight @otherwise : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>

func.func @sliced(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
  // expected-remark @below {{[Passed] Sliced | Category:sst-slice-last-row | Function=sliced | Remark=sst.activation}}
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=sliced | Remark="the value is an argument"}}
  %a = sst.activation <gelu> %x : tensor<?x?x4xf32>
  %y = sst.last_row %a : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}

func.func @negative_convolution(%x: tensor<?x?x4xf32>, %w: tensor<3x4xf32>) -> tensor<?x1x4xf32> {
  %c = sst.causal_conv1d %x, %w : (tensor<?x?x4xf32>, tensor<3x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_convolution | Remark="the last row of a convolution needs earlier rows"}}
  %y = sst.last_row %c : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}

func.func @negative_needed_whole(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x1x4xf32>) {
  %a = sst.activation <gelu> %x : tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_needed_whole | Remark="other rows of the value are needed, too"}}
  %y = sst.last_row %a : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %a, %y : tensor<?x?x4xf32>, tensor<?x1x4xf32>
}

func.func @negative_unknown_op(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
  %c = func.call @unknown(%x) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_unknown_op | Remark="func.call cannot be sliced"}}
  %y = sst.last_row %c : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}
func.func private @unknown(tensor<?x?x4xf32>) -> tensor<?x?x4xf32>

func.func @negative_split_argument(%x: tensor<?x?x2xf32>, %w: tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_split_argument | Remark="its weight is not the result of an sst.get_weight"}}
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}

func.func @split(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @both : tensor<2x3xf32>
  // expected-remark @below {{[Passed] Split | Category:sst-slice-last-row | Function=split | Remark=both}}
  // expected-remark @below {{[Passed] Sliced | Category:sst-slice-last-row | Function=split | Remark=sst.dense}}
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=split | Remark="the value is an argument"}}
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}

// @mixed is split at other columns here than there.
func.func @negative_split_otherwise(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>) {
  %w = sst.get_weight @mixed : tensor<2x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %r:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x1xf32>)
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_split_otherwise | Remark="weight @mixed is split otherwise elsewhere"}}
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q, %r#0, %r#1 : tensor<?x?x1xf32>, tensor<?x1x2xf32>, tensor<?x?x2xf32>, tensor<?x?x1xf32>
}

// @otherwise is returned as well.
func.func @negative_split_other_use(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>, tensor<2x3xf32>) {
  %w = sst.get_weight @otherwise : tensor<2x3xf32>
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  // expected-remark @below {{[Missed] Sliced | Category:sst-slice-last-row | Function=negative_split_other_use | Remark="weight @otherwise has a use of another kind"}}
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q, %w : tensor<?x?x1xf32>, tensor<?x1x2xf32>, tensor<2x3xf32>
}
