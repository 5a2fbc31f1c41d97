// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s
// RUN: sst-opt %s --sst-schedule-pipeline --sst-loops-pipeline --sst-llvm-pipeline -o /dev/null

// What kernels have in common is a function of its own, once.
sst.weight @narrow : tensor<8x24xf32> = dense<1.0> : tensor<8x24xf32>
sst.weight @wide : tensor<24x24xf32> = dense<1.0> : tensor<24x24xf32>

// Two projections of different depths with equal results; the last panel of a result in the caller's memory is narrower.
// CHECK-LABEL: func.func @projections
func.func @projections(%x: tensor<?x?x8xf32>) -> tensor<?x?x24xf32> {
  %narrow = sst.get_weight @narrow : tensor<8x24xf32>
  %wide = sst.get_weight @wide : tensor<24x24xf32>
  %0 = sst.dense %x, %narrow activations [#sst.activation<gelu>] : (tensor<?x?x8xf32>, tensor<8x24xf32>) -> tensor<?x?x24xf32>
  %1 = sst.dense %0, %wide activations [#sst.activation<gelu>] : (tensor<?x?x24xf32>, tensor<24x24xf32>) -> tensor<?x?x24xf32>
  %2 = sst.dense %1, %wide activations [#sst.activation<gelu>] : (tensor<?x?x24xf32>, tensor<24x24xf32>) -> tensor<?x?x24xf32>
  return %2 : tensor<?x?x24xf32>
}

// Attentions of one and of two heads: both heads' channels fill one vector. With a window there are other masks.
// CHECK-LABEL: func.func @attentions
func.func @attentions(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.causal_attention %x, %x, %x {num_heads = 1 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %1 = sst.causal_attention %0, %0, %0 {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %2 = sst.causal_attention %1, %1, %1 {num_heads = 2 : i64, window = 3 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return %2 : tensor<?x?x8xf32>
}

// A function that uses no weight and no workspace has an empty table.
// CHECK: memref.global "private" constant @sst_numbers_nothing : memref<0xi64> = dense<>
func.func @nothing(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// CHECK-DAG: func.func private @sst_dense_epilogue_gelu_24(
// CHECK-DAG: func.func private @sst_dense_epilogue_gelu_24of24(
// CHECK-DAG: func.func private @sst_dense_epilogue_gelu_24of24_last8(
// CHECK-DAG: func.func private @sst_attention_softmax_16(
// CHECK-DAG: func.func private @sst_attention_softmax_16_window(
