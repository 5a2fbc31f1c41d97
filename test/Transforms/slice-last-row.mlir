// RUN: sst-opt %s --sst-slice-last-row | FileCheck %s

// CHECK-LABEL: func.func @through_row_wise_ops(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x4xf32>, %[[S:[^ ]*]]: tensor<?x?x4xf32>,
// CHECK-DAG:     %[[XL:.*]] = sst.last_row %[[X]] : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
// CHECK-DAG:     %[[SL:.*]] = sst.last_row %[[S]] : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
// CHECK-NOT:     sst.last_row
// CHECK:         %[[N:.*]] = sst.layer_norm %[[XL]], {{.*}} : tensor<?x1x4xf32>
// CHECK:         %[[A:.*]] = sst.activation <gelu> %[[N]] : tensor<?x1x4xf32>
// CHECK:         %[[M:.*]] = arith.mulf %[[A]], %[[SL]] : tensor<?x1x4xf32>
// CHECK:         %[[F:.*]] = sst.gated_fusion gate(%[[M]]) %[[A]], %[[SL]] : tensor<?x1x4xf32>
// CHECK:         return %[[F]]
func.func @through_row_wise_ops(%x: tensor<?x?x4xf32>, %s: tensor<?x?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
    -> tensor<?x1x4xf32> {
  %n = sst.layer_norm %x, %g, %b : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
  %a = sst.activation <gelu> %n : tensor<?x?x4xf32>
  %m = arith.mulf %a, %s : tensor<?x?x4xf32>
  %f = sst.gated_fusion gate(%m) %a, %s : tensor<?x?x4xf32>
  %y = sst.last_row %f : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}

// The same with static sizes.
// CHECK-LABEL: func.func @through_static_rows(
// CHECK:         %[[XL:.*]] = sst.last_row %{{.*}} : tensor<2x7x4xf32> -> tensor<2x1x4xf32>
// CHECK:         sst.activation <gelu> %[[XL]] : tensor<2x1x4xf32>
func.func @through_static_rows(%x: tensor<2x7x4xf32>) -> tensor<2x1x4xf32> {
  %a = sst.activation <gelu> %x : tensor<2x7x4xf32>
  %y = sst.last_row %a : tensor<2x7x4xf32> -> tensor<2x1x4xf32>
  return %y : tensor<2x1x4xf32>
}

// CHECK-LABEL: func.func @all_operands_of_dense(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x4xf32>, %[[G:[^ ]*]]: tensor<?x?x2xf32>, %[[O:[^ ]*]]: tensor<?x?x2xf32>, %[[R:[^ ]*]]: tensor<?x?x2xf32>
// CHECK-DAG:     %[[XL:.*]] = sst.last_row %[[X]]
// CHECK-DAG:     %[[GL:.*]] = sst.last_row %[[G]]
// CHECK-DAG:     %[[OL:.*]] = sst.last_row %[[O]]
// CHECK-DAG:     %[[RL:.*]] = sst.last_row %[[R]]
// CHECK:         %[[Y:.*]] = sst.dense %[[XL]], %{{.*}} gate(%[[GL]], %[[OL]]) residual(%[[RL]]) {{.*}} -> tensor<?x1x2xf32>
// CHECK:         return %[[Y]]
func.func @all_operands_of_dense(%x: tensor<?x?x4xf32>, %g: tensor<?x?x2xf32>, %o: tensor<?x?x2xf32>,
                                 %r: tensor<?x?x2xf32>, %w: tensor<4x2xf32>) -> tensor<?x1x2xf32> {
  %d = sst.dense %x, %w gate(%g, %o) residual(%r)
      : (tensor<?x?x4xf32>, tensor<4x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %y = sst.last_row %d : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %y : tensor<?x1x2xf32>
}

// The scan runs over all rows; its gate is needed in one.
// CHECK-LABEL: func.func @scan(
// CHECK-SAME:      %[[A:[^ ]*]]: tensor<?x?x8xf32>, %[[Z:[^ ]*]]: tensor<?x?x8xf32>, %[[B:[^ ]*]]: tensor<?x?x2xf32>
// CHECK:         %[[ZL:.*]] = sst.last_row %[[Z]]
// CHECK:         %[[Y:.*]], %[[H:.*]] = sst.ema_scan %[[A]], %[[A]], %[[B]], %[[B]] gate(%[[ZL]]) last_row {{.*}} -> (tensor<?x1x8xf32>, tensor<?x8xf32>)
// CHECK:         return %[[Y]], %[[H]]
func.func @scan(%a: tensor<?x?x8xf32>, %z: tensor<?x?x8xf32>, %b: tensor<?x?x2xf32>)
    -> (tensor<?x1x8xf32>, tensor<?x8xf32>) {
  %s, %h = sst.ema_scan %a, %a, %b, %b gate(%z)
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  %y = sst.last_row %s : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  return %y, %h : tensor<?x1x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @attention(
// CHECK-SAME:      %[[Q:[^ ]*]]: tensor<?x?x8xf32>, %[[K:[^ ]*]]: tensor<?x?x8xf32>, %[[V:[^ ]*]]: tensor<?x?x8xf32>)
// CHECK:         %[[QL:.*]] = sst.last_row %[[Q]]
// CHECK:         %[[Y:.*]] = sst.causal_attention %[[QL]], %[[K]], %[[V]] {{.*}} -> tensor<?x1x8xf32>
// CHECK:         return %[[Y]]
func.func @attention(%q: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> tensor<?x1x8xf32> {
  %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64}
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = sst.last_row %o : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  return %y : tensor<?x1x8xf32>
}

// The keys including the past are no rows of the query's.
// CHECK-LABEL: func.func @negative_present_key(
// CHECK:         %{{.*}}, %[[P:.*]]:2 = sst.causal_attention
// CHECK:         sst.last_row %[[P]]#0
func.func @negative_present_key(%q: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>) -> tensor<?x1x8xf32> {
  %o, %pk, %pv = sst.causal_attention %q, %k, %k {num_heads = 2 : i64}
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  %y = sst.last_row %pk : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  return %y : tensor<?x1x8xf32>
}

// %n is computed once, whole; %y takes its row.
// CHECK-LABEL: func.func @needed_whole_and_sliced(
// CHECK:         %[[N:.*]] = sst.activation <silu> %{{.*}} : tensor<?x?x4xf32>
// CHECK-NEXT:    %[[NL:.*]] = sst.last_row %[[N]]
// CHECK-NOT:     sst.last_row
// CHECK:         %[[Y:.*]] = sst.activation <gelu> %[[NL]] : tensor<?x1x4xf32>
// CHECK:         return %[[N]], %[[Y]], %[[NL]]
func.func @needed_whole_and_sliced(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>) {
  %n = sst.activation <silu> %x : tensor<?x?x4xf32>
  %a = sst.activation <gelu> %n : tensor<?x?x4xf32>
  %y = sst.last_row %a : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %z = sst.last_row %n : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %n, %y, %z : tensor<?x?x4xf32>, tensor<?x1x4xf32>, tensor<?x1x4xf32>
}

// CHECK-LABEL: func.func @one_row_is_the_last(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x1x4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @one_row_is_the_last(%x: tensor<?x1x4xf32>) -> tensor<?x1x4xf32> {
  %y = sst.last_row %x : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}

// Ops that nobody uses do not count.
// CHECK-LABEL: func.func @ignores_dead_ops(
// CHECK:         %[[XL:.*]] = sst.last_row
// CHECK-NEXT:    %[[Y:.*]] = sst.activation <silu> %[[XL]]
// CHECK-NEXT:    return %[[Y]]
func.func @ignores_dead_ops(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
  %n = sst.activation <silu> %x : tensor<?x?x4xf32>
  %dead = sst.activation <gelu> %n : tensor<?x?x4xf32>
  %y = sst.last_row %n : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  return %y : tensor<?x1x4xf32>
}
