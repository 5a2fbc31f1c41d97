// RUN: sst-opt %s --sst-fuse-epilogues | FileCheck %s
// RUN: sst-opt %s --sst-fuse-epilogues --remarks-filter="sst-.*" --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// An op on a final state is none on the output, though the same op computes both and their types may be equal.

// CHECK-LABEL: func.func @activation_of_final_state(
// CHECK:         %[[Y:.*]], %[[F:.*]] = sst.causal_conv1d
// CHECK-NOT:     activation
// CHECK:         %[[A:.*]] = sst.activation <silu> %[[F]]
// CHECK:         return %[[Y]], %[[A]]
// REMARK: Function=activation_of_final_state | Remark="the input is the final state of a convolution"
func.func @activation_of_final_state(%x: tensor<1x4x4xf32>, %w: tensor<3x4xf32>) -> (tensor<1x4x4xf32>, tensor<1x2x4xf32>) {
  %y, %f = sst.causal_conv1d %x, %w : (tensor<1x4x4xf32>, tensor<3x4xf32>) -> (tensor<1x4x4xf32>, tensor<1x2x4xf32>)
  %a = sst.activation <silu> %f : tensor<1x2x4xf32>
  return %y, %a : tensor<1x4x4xf32>, tensor<1x2x4xf32>
}

// CHECK-LABEL: func.func @equal_types(
// CHECK:         %[[Y:.*]], %[[F:.*]] = sst.causal_conv1d %{{.*}}, %{{.*}} activation <silu>
// CHECK-NEXT:    %[[A:.*]] = sst.activation <gelu> %[[F]]
// CHECK-NEXT:    return %[[Y]], %[[A]]
func.func @equal_types(%x: tensor<1x2x4xf32>, %w: tensor<3x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %y, %f = sst.causal_conv1d %x, %w : (tensor<1x2x4xf32>, tensor<3x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>)
  %a = sst.activation <gelu> %f : tensor<1x2x4xf32>
  %b = sst.activation <silu> %y : tensor<1x2x4xf32>
  return %b, %a : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// CHECK-LABEL: func.func @product_of_final_state(
// CHECK:         %[[Y:.*]], %[[F:.*]] = sst.ema_scan
// CHECK-NOT:     gate
// CHECK:         %[[P:.*]] = arith.mulf %[[F]], %[[F]]
// CHECK:         return %[[Y]], %[[P]]
func.func @product_of_final_state(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>) {
  %y, %f = sst.ema_scan %x, %x, %x, %x : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>)
  %p = arith.mulf %f, %f : tensor<?x4xf32>
  return %y, %p : tensor<?x?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @activation_of_keys(
// CHECK:         %{{.*}}, %[[P:.*]]:2 = sst.causal_attention
// CHECK:         sst.activation <silu> %[[P]]#0
func.func @activation_of_keys(%x: tensor<1x4x4xf32>) -> (tensor<1x4x4xf32>, tensor<1x4x4xf32>) {
  %o, %k, %v = sst.causal_attention %x, %x, %x {num_heads = 1 : i64} : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>)
  %a = sst.activation <silu> %k : tensor<1x4x4xf32>
  return %o, %a : tensor<1x4x4xf32>, tensor<1x4x4xf32>
}
