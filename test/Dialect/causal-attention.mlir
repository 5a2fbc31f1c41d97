// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: func @plain
// CHECK-SAME: (%[[QUERY:.*]]: tensor<2x3x8xf32>, %[[KEY:.*]]: tensor<2x3x8xf32>, %[[VALUE:.*]]: tensor<2x3x8xf32>)
// CHECK:       sst.causal_attention %[[QUERY]], %[[KEY]], %[[VALUE]] {num_heads = 2 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
func.func @plain(%query: tensor<2x3x8xf32>, %key: tensor<2x3x8xf32>, %value: tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  %output = sst.causal_attention %query, %key, %value {num_heads = 2 : i64, scale = 1.0 : f32}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return %output : tensor<2x3x8xf32>
}

// CHECK-LABEL: func @window
// CHECK:       sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {num_heads = 2 : i64, window = 5 : i64} : (
func.func @window(%rows: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %output = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64, window = 5 : i64}
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return %output : tensor<?x?x8xf32>
}

// Fewer queries than keys: the queries are the last ones.
// CHECK-LABEL: func @last_query
// CHECK:       sst.causal_attention %{{.*}}, %{{.*}}, %{{.*}} {num_heads = 4 : i64, scale = 5.000000e-01 : f32} : (tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x1x8xf32>
func.func @last_query(%query: tensor<?x1x8xf32>, %key: tensor<?x?x8xf32>, %value: tensor<?x?x8xf32>)
    -> tensor<?x1x8xf32> {
  %output = sst.causal_attention %query, %key, %value {num_heads = 4 : i64, scale = 0.5 : f32}
      : (tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x1x8xf32>
  return %output : tensor<?x1x8xf32>
}

// CHECK-LABEL: func @carried
// CHECK-SAME: (%[[QUERY:.*]]: tensor<?x?x8xf32>, %[[KEY:.*]]: tensor<?x?x8xf32>)
// CHECK:       sst.causal_attention %[[QUERY]], %[[KEY]], %[[KEY]] past(%[[KEY]], %[[KEY]]) {num_heads = 1 : i64}
// CHECK-SAME:    -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
func.func @carried(%query: tensor<?x?x8xf32>, %key: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %output, %keys, %values = sst.causal_attention %query, %key, %key past(%key, %key) {num_heads = 1 : i64}
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return %keys : tensor<?x?x8xf32>
}

// Static sizes of a step: 5 rows before, 1 now, 6 afterwards.
// CHECK-LABEL: func @step
// CHECK:       -> (tensor<2x1x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>)
func.func @step(%row: tensor<2x1x8xf32>, %past: tensor<2x5x8xf32>) -> tensor<2x6x8xf32> {
  %output, %keys, %values = sst.causal_attention %row, %row, %row past(%past, %past) {num_heads = 1 : i64}
      : (tensor<2x1x8xf32>, tensor<2x1x8xf32>, tensor<2x1x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>)
      -> (tensor<2x1x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>)
  return %keys : tensor<2x6x8xf32>
}
