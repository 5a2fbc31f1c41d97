// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

sst.weight @w1 : tensor<8x16xf32> = dense<1.0> : tensor<8x16xf32>
sst.weight @w2 : tensor<8x16xf32> = dense<2.0> : tensor<8x16xf32>
sst.weight @k : tensor<2x8xf32> = dense<1.0> : tensor<2x8xf32>
sst.weight @wide : tensor<8x80xf32> = dense<1.0> : tensor<8x80xf32>

// Two equal blocks after each other. The phases that differ only in weights and places are one function that reads these
// from a table: 0 and 2 are the same projection of another input, 1 and 3 the same but for the place of the result.
// CHECK:       memref.global "private" constant @sst_numbers_blocks : memref<[[#$NUMBERS:]]xi64> = dense<
// CHECK-LABEL: func.func @blocks
// CHECK:         memref.get_global @sst_numbers_blocks : memref<[[#$NUMBERS]]xi64>
// CHECK:         call @[[PROJECT:sst_phase_1]](
// CHECK:         call @[[BRANCHES:sst_phase_2]](
// CHECK:         call @[[NEXT:sst_phase_3]](
// CHECK:         call @[[BRANCHES]](
// CHECK:         call @[[NEXT]](
// CHECK:         call @[[BRANCHES]](
// CHECK:         call @sst_phase_4(
// CHECK-NOT:     call
// CHECK:         return
func.func @blocks(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %w1 = sst.get_weight @w1 : tensor<8x16xf32>
  %w2 = sst.get_weight @w2 : tensor<8x16xf32>
  %k = sst.get_weight @k : tensor<2x8xf32>
  %p:2 = sst.dense %x, %w1 : (tensor<?x?x8xf32>, tensor<8x16xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  %c = sst.causal_conv1d %p#0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  %a = sst.causal_attention %p#1, %p#1, %p#1 {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %s = arith.addf %c, %a : tensor<?x?x8xf32>
  %p2:2 = sst.dense %s, %w2 : (tensor<?x?x8xf32>, tensor<8x16xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  %c2 = sst.causal_conv1d %p2#0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  %a2 = sst.causal_attention %p2#1, %p2#1, %p2#1 {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %s2 = arith.addf %c2, %a2 : tensor<?x?x8xf32>
  %p3:2 = sst.dense %s2, %w1 : (tensor<?x?x8xf32>, tensor<8x16xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  %c3 = sst.causal_conv1d %p3#0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  %a3 = sst.causal_attention %p3#1, %p3#1, %p3#1 {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = arith.addf %c3, %a3 : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Projections of one row per sequence are divided by columns, two panels at a time.
// CHECK-LABEL: func.func @last
// CHECK-SAME:    sst.ops = {{.*}}"last_row_1", "sst_last_row_8of8_to_8", 0,{{.*}}"wide", "sst_dense_8_to_80_nobias", 1,
func.func @last(%x: tensor<?x?x8xf32>) -> tensor<?x1x80xf32> {
  %wide = sst.get_weight @wide : tensor<8x80xf32>
  %l = sst.last_row %x : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  %y = sst.dense %l, %wide : (tensor<?x1x8xf32>, tensor<8x80xf32>) -> tensor<?x1x80xf32>
  return %y : tensor<?x1x80xf32>
}

// Convolution by rows and attention by heads are units of one phase: first those of rows, then those of heads.
// CHECK-LABEL: func.func private @sst_phase_2(
// CHECK:         %[[FIRST:.*]] = call @sst_team_next
// CHECK:         scf.while
// CHECK:           scf.if
// CHECK:             scf.for
// CHECK:               call @sst_causal_conv1d_2x8_to_8_nobias_none
// CHECK:           scf.if
// CHECK:             call @sst_causal_attention_2_heads_8_8_8_to_8

// A call decides which kernel projects one row per sequence; the table of ops has the name with which both begin.
// CHECK-LABEL: func.func private @sst_phase_6(
// CHECK:         %[[IS_ONE:.*]] = arith.cmpi slt, %{{.*}}, %{{c2.*}} : index
// CHECK-NEXT:    scf.if %[[IS_ONE]] {
// CHECK:           call @sst_dense_8_to_80_nobias_one_row(
// CHECK:         } else {
// CHECK:           call @sst_dense_8_to_80_nobias(
