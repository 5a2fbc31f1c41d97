// RUN: sst-opt %s --sst-merge-projections --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

sst.weight @a : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @b : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @c : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @d : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @e : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @f : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @returned : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @packed : tensor<2x2xf32, #sst.panels<32, [2]>> = dense<1.0> : tensor<32xf32>

func.func @merged(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %a = sst.get_weight @a : tensor<2x2xf32>
  %b = sst.get_weight @b : tensor<2x2xf32>
  // expected-remark @below {{[Passed] ProjectionsMerged | Category:sst-merge-projections | Function=merged | Remark="into @a_b"}}
  %p = sst.dense %x, %a : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %q = sst.dense %x, %b : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %p, %q : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

func.func @negative_argument(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %c = sst.get_weight @c : tensor<2x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_argument | Remark="its weight is not the result of an sst.get_weight"}}
  %p = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_argument | Remark="no other weight is used with exactly the same inputs in all functions"}}
  %q = sst.dense %x, %c : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %p, %q : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

func.func @negative_other_use(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<2x2xf32>) {
  %w = sst.get_weight @returned : tensor<2x2xf32>
  %v = sst.get_weight @packed : tensor<2x2xf32, #sst.panels<32, [2]>>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_other_use | Remark="weight @returned has a use of another kind"}}
  %p = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_other_use | Remark="weight @packed is packed"}}
  %q = sst.dense %x, %v : (tensor<?x?x2xf32>, tensor<2x2xf32, #sst.panels<32, [2]>>) -> tensor<?x?x2xf32>
  return %p, %q, %w : tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<2x2xf32>
}

// The same weights twice on one input: sst-merge-projections leaves that to CSE.
func.func @negative_same_weights(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %d = sst.get_weight @d : tensor<2x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_same_weights | Remark="another dense applies the same weights to the same input"}}
  %p = sst.dense %x, %d : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_same_weights | Remark="another dense applies the same weights to the same input"}}
  %q = sst.dense %x, %d : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %p, %q : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

func.func @negative_residual_elsewhere(%x: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %e = sst.get_weight @e : tensor<2x2xf32>
  %f = sst.get_weight @f : tensor<2x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_residual_elsewhere | Remark="its weights are also used by a dense with a gate or residual"}}
  %p = sst.dense %x, %e : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ProjectionsMerged | Category:sst-merge-projections | Function=negative_residual_elsewhere | Remark="no other weight is used with exactly the same inputs in all functions"}}
  %q = sst.dense %x, %f : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %r = sst.dense %q, %e residual(%p) : (tensor<?x?x2xf32>, tensor<2x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %p, %q, %r : tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>
}
