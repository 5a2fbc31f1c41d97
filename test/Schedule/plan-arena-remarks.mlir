// RUN: sst-opt %s --sst-plan-phases --sst-plan-arena --remarks-filter="sst-plan-arena" --remark-format=emitRemark --verify-diagnostics -o /dev/null

// expected-remark @below {{[Passed] ArenaPlanned | Category:sst-plan-arena | Remark="needs 0 f32 per row, 0 per sequence, 1152 per thread"}}
func.func @planned(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  %1 = sst.activation <gelu> %0 : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}
