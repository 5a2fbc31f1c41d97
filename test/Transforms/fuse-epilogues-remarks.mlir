// RUN: sst-opt %s --sst-fuse-epilogues --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

func.func @fused(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>, %g: tensor<?x?x4xf32>, %b: tensor<?x?x2xf32>) -> tensor<?x?x4xf32> {
  %h = sst.ema_scan %x, %x, %b, %b
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Passed] ScanGateFused | Category:sst-fuse-epilogues | Function=fused | Remark="into sst.ema_scan"}}
  %z = arith.mulf %h, %g : tensor<?x?x4xf32>
  %d = sst.dense %z, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Passed] ActivationFused | Category:sst-fuse-epilogues | Function=fused | Remark="into sst.dense"}}
  %a = sst.activation <gelu> %d : tensor<?x?x4xf32>
  // expected-remark @below {{[Passed] GatedFusionFused | Category:sst-fuse-epilogues | Function=fused | Remark="into sst.dense"}}
  %f = sst.gated_fusion gate(%g) %a, %x : tensor<?x?x4xf32>
  // expected-remark @below {{[Passed] ResidualFused | Category:sst-fuse-epilogues | Function=fused | Remark="into sst.dense"}}
  %y = arith.addf %x, %f : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

func.func @negative_activation(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_activation | Remark="the input is not the result of a dense or a convolution"}}
  %a = sst.activation <gelu> %x : tensor<?x?x4xf32>
  %d = sst.dense %x, %w activations [#sst.activation<silu>] : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_activation | Remark="the dense has an activation already"}}
  %b = sst.activation <gelu> %d : tensor<?x?x4xf32>
  %e = sst.dense %x, %w residual(%x) : (tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_activation | Remark="the dense has a gate or residual, which come after its activation"}}
  %c = sst.activation <gelu> %e : tensor<?x?x4xf32>
  return %a, %b, %c : tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

func.func @negative_convolution(%x: tensor<?x?x4xf32>, %w: tensor<3x4xf32>) -> tensor<?x?x4xf32> {
  %c = sst.causal_conv1d %x, %w activation <silu> : (tensor<?x?x4xf32>, tensor<3x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_convolution | Remark="the convolution has an activation already"}}
  %y = sst.activation <silu> %c : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

func.func @negative_other_uses(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %d = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_other_uses | Remark="the value has other uses"}}
  %a = sst.activation <gelu> %d : tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ResidualFused | Category:sst-fuse-epilogues | Function=negative_other_uses | Remark="the value has other uses"}}
  %y = arith.addf %d, %d : tensor<?x?x4xf32>
  return %a, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

func.func @negative_types(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>, %g: tensor<2x?x4xf32>) -> tensor<?x?x4xf32> {
  %d = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ResidualFused | Category:sst-fuse-epilogues | Function=negative_types | Remark="the types of producer and consumer differ"}}
  %y = "arith.addf"(%d, %g) : (tensor<?x?x4xf32>, tensor<2x?x4xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

func.func @negative_block(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>, %c: i1) -> tensor<?x?x4xf32> {
  %d = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  cf.cond_br %c, ^then, ^else
^then:
  // expected-remark @below {{[Missed] ActivationFused | Category:sst-fuse-epilogues | Function=negative_block | Remark="producer and consumer are in different blocks"}}
  %a = sst.activation <gelu> %d : tensor<?x?x4xf32>
  return %a : tensor<?x?x4xf32>
^else:
  return %x : tensor<?x?x4xf32>
}

func.func @negative_second(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %d = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] GatedFusionFused | Category:sst-fuse-epilogues | Function=negative_second | Remark="only 'second' is the result of a dense"}}
  %f = sst.gated_fusion gate(%x) %x, %d : tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] GatedFusionFused | Category:sst-fuse-epilogues | Function=negative_second | Remark="'first' is not the result of a dense"}}
  %h = sst.gated_fusion gate(%x) %x, %x : tensor<?x?x4xf32>
  return %f, %h : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

func.func @negative_gate_twice(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>) -> tensor<?x?x4xf32> {
  %d = sst.dense %x, %w gate(%x, %x)
      : (tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] GatedFusionFused | Category:sst-fuse-epilogues | Function=negative_gate_twice | Remark="the dense has a gate already"}}
  %f = sst.gated_fusion gate(%x) %d, %x : tensor<?x?x4xf32>
  return %f : tensor<?x?x4xf32>
}

func.func @negative_residual_twice(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>) -> tensor<?x?x4xf32> {
  %d = sst.dense %x, %w residual(%x) : (tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ResidualFused | Category:sst-fuse-epilogues | Function=negative_residual_twice | Remark="the dense has a residual already"}}
  %y = arith.addf %d, %x : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

func.func @negative_several_results(%x: tensor<?x?x4xf32>, %w: tensor<4x8xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %d:2 = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x8xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  // expected-remark @below {{[Missed] ResidualFused | Category:sst-fuse-epilogues | Function=negative_several_results | Remark="the dense has several results"}}
  %y = arith.addf %d#0, %x : tensor<?x?x4xf32>
  return %y, %d#1 : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

func.func @negative_scan(%x: tensor<?x?x4xf32>, %b: tensor<?x?x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %h, %s = sst.ema_scan %x, %x, %b, %b
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x4xf32>)
  %z = func.call @reads_state(%s) : (tensor<?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ScanGateFused | Category:sst-fuse-epilogues | Function=negative_scan | Remark="the scan's final state is used before the gate is known"}}
  %y = arith.mulf %h, %z : tensor<?x?x4xf32>
  %k = sst.ema_scan %x, %x, %b, %b gate(%x)
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  // expected-remark @below {{[Missed] ScanGateFused | Category:sst-fuse-epilogues | Function=negative_scan | Remark="the scan has a gate already"}}
  %u = arith.mulf %k, %x : tensor<?x?x4xf32>
  return %y, %u : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}
func.func private @reads_state(tensor<?x4xf32>) -> tensor<?x?x4xf32>
