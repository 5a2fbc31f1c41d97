// RUN: sst-opt %s --sst-plan-arena --remarks-filter="sst-.*" --remark-format=emitRemark --verify-diagnostics -o /dev/null

// expected-remark @below {{[Passed] ArenaPlanned | Category:sst-plan-arena | Remark="needs 16 f32 per row, 0 per sequence, 0 fixed; without sharing 16 per row"}}
func.func @planned(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  %1 = sst.activation <gelu> %0 : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}
