// RUN: sst-opt %s --sst-fold-scales --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null
// RUN: sst-opt %s --sst-fold-scales=exact-only --remarks-filter="sst-.*" --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s

sst.weight @weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @active : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @twice : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @scales : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @large : tensor<2x2xf32> = dense<3.0e38> : tensor<2x2xf32>

// CHECK: Function=folded | Remark="the scale is not a power of two"
func.func @folded(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @weight : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Passed] ScaleFolded | Category:sst-fold-scales | Function=folded | Remark="into @weight_scaled"}}
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 3.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

func.func @negative_not_dense(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_not_dense | Remark="the query is not the result of a dense"}}
  %o = sst.causal_attention %x, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

func.func @negative_argument(%x: tensor<?x?x2xf32>, %w: tensor<2x2xf32>) -> tensor<?x?x2xf32> {
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_argument | Remark="its weight is not the result of an sst.get_weight"}}
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

func.func @negative_activation(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @active : tensor<2x2xf32>
  %q = sst.dense %x, %w activations [#sst.activation<silu>] : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_activation | Remark="the query's dense has an activation, gate or residual"}}
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

func.func @negative_used_twice(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @twice : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_used_twice | Remark="the query's dense is used otherwise than as the query of an attention with this scale"}}
  %o = sst.causal_attention %q, %q, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}

// One weight, two scales.
func.func @negative_two_scales(%x: tensor<?x?x2xf32>, %y: tensor<?x?x2xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %w = sst.get_weight @scales : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %r = sst.dense %y, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_two_scales | Remark="another dense with the same weights is used otherwise than as the query of an attention with this scale"}}
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 5.000000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_two_scales | Remark="another dense with the same weights is used otherwise than as the query of an attention with this scale"}}
  %p = sst.causal_attention %r, %x, %x {num_heads = 1 : i64, scale = 2.500000e-01 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o, %p : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

func.func @negative_overflow(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = sst.get_weight @large : tensor<2x2xf32>
  %q = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  // expected-remark @below {{[Missed] ScaleFolded | Category:sst-fold-scales | Function=negative_overflow | Remark="a value of @large would overflow or round"}}
  %o = sst.causal_attention %q, %x, %x {num_heads = 1 : i64, scale = 2.000000e+00 : f32}
      : (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %o : tensor<?x?x2xf32>
}
