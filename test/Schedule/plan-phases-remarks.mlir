// RUN: sst-opt %s --sst-plan-phases --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

// expected-remark @below {{[Passed] PhasesPlanned | Category:sst-plan-phases | Remark="runs in 2 phases"}}
func.func @planned(%x: tensor<?x?x8xf32>, %k: tensor<2x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  %1 = sst.causal_conv1d %0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}
