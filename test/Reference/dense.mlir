// RUN: sst-interpret %s --function=split | FileCheck %s --check-prefix=SPLIT
// RUN: sst-interpret %s --function=epilogue | FileCheck %s --check-prefix=EPILOGUE
// RUN: sst-interpret %s --function=no_bias | FileCheck %s --check-prefix=NO-BIAS
// RUN: sst-interpret %s --function=dynamic --random-input=3x5 | FileCheck %s --check-prefix=DYNAMIC

sst.weight @w : tensor<2x3xf32> = dense<[[-1.5, -1.25, 0.875], [-1.625, 2.0, -0.375]]> : tensor<2x3xf32>
sst.weight @b : tensor<3xf32> = dense<[-1.75, -1.375, 1.375]> : tensor<3xf32>

// The first two columns with silu, the last one with softplus.
// SPLIT: result #0: [1, 2, 2] {{.*}} values -0.273693898 -0.0861651372 -0.247584587 -0.0144552831
// SPLIT: result #1: [1, 2, 1] {{.*}} values 2.25179182 3.01884168
func.func @split() -> (tensor<1x2x2xf32>, tensor<1x2x1xf32>) {
  %x = arith.constant dense<[[[0.5, -0.875], [1.125, -1.625]]]> : tensor<1x2x2xf32>
  %w = sst.get_weight @w : tensor<2x3xf32>
  %b = sst.get_weight @b : tensor<3xf32>
  %y:2 = sst.dense %x, %w bias(%b) activations [#sst.activation<silu>, #sst.activation<softplus>]
      : (tensor<1x2x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> (tensor<1x2x2xf32>, tensor<1x2x1xf32>)
  return %y#0, %y#1 : tensor<1x2x2xf32>, tensor<1x2x1xf32>
}

// residual + gate * gelu(p) + (1 - gate) * other.
// EPILOGUE: result #0: [1, 2, 3] {{.*}} values -0.225366173 -1.00016578 0.481049313 -0.25 -1.28125 -1.30133606
func.func @epilogue() -> tensor<1x2x3xf32> {
  %x = arith.constant dense<[[[0.5, -0.875], [1.125, -1.625]]]> : tensor<1x2x2xf32>
  %g = arith.constant dense<[[[0.25, 0.5, 1.0], [0.0, 0.75, 0.125]]]> : tensor<1x2x3xf32>
  %o = arith.constant dense<[[[1.25, -1.5, -0.125], [-1.375, 1.375, -1.625]]]> : tensor<1x2x3xf32>
  %r = arith.constant dense<[[[-1.125, -0.25, -1.625], [1.125, -1.625, -0.25]]]> : tensor<1x2x3xf32>
  %w = sst.get_weight @w : tensor<2x3xf32>
  %b = sst.get_weight @b : tensor<3xf32>
  %y = sst.dense %x, %w bias(%b) gate(%g, %o) residual(%r) activations [#sst.activation<gelu>]
      : (tensor<1x2x2xf32>, tensor<2x3xf32>, tensor<3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>)
      -> tensor<1x2x3xf32>
  return %y : tensor<1x2x3xf32>
}

// NO-BIAS: result #0: [1, 2, 3] {{.*}} values 0.671875 -2.375 0.765625 0.953125 -4.65625 1.59375
func.func @no_bias() -> tensor<1x2x3xf32> {
  %x = arith.constant dense<[[[0.5, -0.875], [1.125, -1.625]]]> : tensor<1x2x2xf32>
  %w = sst.get_weight @w : tensor<2x3xf32>
  %y = sst.dense %x, %w : (tensor<1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x2x3xf32>
  return %y : tensor<1x2x3xf32>
}

// DYNAMIC: result #0: [3, 5, 3]
func.func @dynamic(%x: tensor<?x?x2xf32>) -> tensor<?x?x3xf32> {
  %w = sst.get_weight @w : tensor<2x3xf32>
  %y = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}
