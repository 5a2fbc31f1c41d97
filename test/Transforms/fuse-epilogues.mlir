// RUN: sst-opt %s --sst-fuse-epilogues | FileCheck %s

// CHECK-LABEL: func.func @activation_of_result(
// CHECK:         %[[P:.*]]:2 = sst.dense {{.*}} activations [#sst.activation<none>, #sst.activation<silu>]
// CHECK-NEXT:    return %[[P]]#0, %[[P]]#1
func.func @activation_of_result(%x: tensor<?x?x4xf32>, %w: tensor<4x6xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x4xf32>) {
  %p:2 = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x6xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x4xf32>)
  %a = sst.activation <silu> %p#1 : tensor<?x?x4xf32>
  return %p#0, %a : tensor<?x?x2xf32>, tensor<?x?x4xf32>
}

// CHECK-LABEL: func.func @activation_of_convolution(
// CHECK:         %[[Y:.*]], %[[S:.*]] = sst.causal_conv1d {{.*}} activation <silu>
// CHECK-NEXT:    return %[[Y]], %[[S]]
func.func @activation_of_convolution(%x: tensor<2x7x4xf32>, %w: tensor<3x4xf32>) -> (tensor<2x7x4xf32>, tensor<2x2x4xf32>) {
  %c, %s = sst.causal_conv1d %x, %w : (tensor<2x7x4xf32>, tensor<3x4xf32>) -> (tensor<2x7x4xf32>, tensor<2x2x4xf32>)
  %a = sst.activation <silu> %c : tensor<2x7x4xf32>
  return %a, %s : tensor<2x7x4xf32>, tensor<2x2x4xf32>
}

// CHECK-LABEL: func.func @scan_gate(
// CHECK-SAME:      %[[A:[^ ]*]]: tensor<?x?x4xf32>, %[[B:[^ ]*]]: tensor<?x?x2xf32>
// CHECK:         %[[Z:.*]] = sst.activation <silu> %[[A]]
// CHECK:         %[[Y:.*]], %[[S:.*]] = sst.ema_scan %[[A]], %[[A]], %[[B]], %[[B]] gate(%[[Z]])
// CHECK:         return %[[Y]], %[[S]]
func.func @scan_gate(%a: tensor<?x?x4xf32>, %b: tensor<?x?x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>) {
  %h, %s = sst.ema_scan %a, %a, %b, %b
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>)
  %z = sst.activation <silu> %a : tensor<?x?x4xf32>
  %y = arith.mulf %z, %h : tensor<?x?x4xf32>
  return %y, %s : tensor<?x?x4xf32>, tensor<?x4xf32>
}

// The final state is used before the gate is made, but the gate's operand is an argument: the scan need not move.
// CHECK-LABEL: func.func @scan_gate_in_place(
// CHECK-SAME:      %{{[^ ]*}}: tensor<?x?x4xf32>, %{{[^ ]*}}: tensor<?x?x2xf32>, %[[Z:[^ ]*]]: tensor<?x?x4xf32>
// CHECK:         %[[Y:.*]], %[[S:.*]] = sst.ema_scan {{.*}} gate(%[[Z]])
// CHECK-NEXT:    %[[T:.*]] = arith.addf %[[S]], %[[S]]
// CHECK-NEXT:    return %[[Y]], %[[T]]
func.func @scan_gate_in_place(%a: tensor<?x?x4xf32>, %b: tensor<?x?x2xf32>, %z: tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>) {
  %h, %s = sst.ema_scan %a, %a, %b, %b
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>)
  %t = arith.addf %s, %s : tensor<?x4xf32>
  %y = arith.mulf %h, %z : tensor<?x?x4xf32>
  return %y, %t : tensor<?x?x4xf32>, tensor<?x4xf32>
}

// Activation, gate and residual, one after the other, into one dense.
// CHECK-LABEL: func.func @whole_epilogue(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x4xf32>, %[[W:[^ ]*]]: tensor<4x4xf32>, %[[G:[^ ]*]]: tensor<?x?x4xf32>
// CHECK-NEXT:    %[[O:.*]] = sst.layer_norm %[[X]]
// CHECK-NEXT:    %[[Y:.*]] = sst.dense %[[X]], %[[W]] gate(%[[G]], %[[O]]) residual(%[[X]]) activations [#sst.activation<gelu>]
// CHECK-NEXT:    return %[[Y]]
func.func @whole_epilogue(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>, %g: tensor<?x?x4xf32>, %v: tensor<4xf32>) -> tensor<?x?x4xf32> {
  %d = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %a = sst.activation <gelu> %d : tensor<?x?x4xf32>
  %o = sst.layer_norm %x, %v, %v : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
  %f = sst.gated_fusion gate(%g) %a, %o : tensor<?x?x4xf32>
  %y = arith.addf %x, %f : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// Of two projections the later one takes the other as its residual.
// CHECK-LABEL: func.func @sum_of_two(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x4xf32>, %[[W:[^ ]*]]: tensor<4x4xf32>, %[[V:[^ ]*]]: tensor<4x4xf32>)
// CHECK-NEXT:    %[[P:.*]] = sst.dense %[[X]], %[[W]] :
// CHECK-NEXT:    %[[Q:.*]] = sst.dense %[[X]], %[[V]] residual(%[[P]])
// CHECK-NEXT:    return %[[Q]]
func.func @sum_of_two(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>, %v: tensor<4x4xf32>) -> tensor<?x?x4xf32> {
  %p = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %q = sst.dense %x, %v : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  %y = arith.addf %q, %p : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}
