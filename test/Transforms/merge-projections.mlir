// RUN: sst-opt %s --sst-merge-projections | FileCheck %s

// @p_q and @p_k share their input in both functions and become one weight. @p_v shares it in one function only: it
// stays as it is, so that it is stored once.

// CHECK-DAG: sst.weight @p_q_k.kernel : tensor<2x3xf32>
// CHECK-DAG: sst.weight @p_q_k.bias : tensor<3xf32>
sst.weight @p_q.kernel : tensor<2x1xf32> = dense<[[1.0], [2.0]]> : tensor<2x1xf32>
sst.weight @p_q.bias : tensor<1xf32> = dense<3.0> : tensor<1xf32>
sst.weight @p_k.kernel : tensor<2x2xf32> = dense<[[4.0, 5.0], [6.0, 7.0]]> : tensor<2x2xf32>
sst.weight @p_k.bias : tensor<2xf32> = dense<[8.0, 9.0]> : tensor<2xf32>
sst.weight @p_v.kernel : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @no_bias : tensor<2x1xf32> = dense<1.0> : tensor<2x1xf32>
sst.weight @some_bias : tensor<2x1xf32> = dense<1.0> : tensor<2x1xf32>
sst.weight @one : tensor<1xf32> = dense<1.0> : tensor<1xf32>

// CHECK-LABEL: func.func @all_three(
// CHECK-SAME:      %[[X:.*]]: tensor<?x?x2xf32>)
// CHECK:         %[[W:.*]] = sst.get_weight @p_q_k.kernel : tensor<2x3xf32>
// CHECK:         %[[B:.*]] = sst.get_weight @p_q_k.bias : tensor<3xf32>
// CHECK:         %[[QK:.*]]:2 = sst.dense %[[X]], %[[W]] bias(%[[B]]) activations [#sst.activation<none>, #sst.activation<gelu>]
// CHECK-SAME:        -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
// CHECK:         %[[V:.*]] = sst.dense %[[X]], %{{[^ ]*}} :
// CHECK:         return %[[QK]]#0, %[[QK]]#1, %[[V]]
func.func @all_three(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %wq = sst.get_weight @p_q.kernel : tensor<2x1xf32>
  %bq = sst.get_weight @p_q.bias : tensor<1xf32>
  %wk = sst.get_weight @p_k.kernel : tensor<2x2xf32>
  %bk = sst.get_weight @p_k.bias : tensor<2xf32>
  %wv = sst.get_weight @p_v.kernel : tensor<2x2xf32>
  %q = sst.dense %x, %wq bias(%bq) : (tensor<?x?x2xf32>, tensor<2x1xf32>, tensor<1xf32>) -> tensor<?x?x1xf32>
  %k = sst.dense %x, %wk bias(%bk) activations [#sst.activation<gelu>]
      : (tensor<?x?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %v = sst.dense %x, %wv : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  return %q, %k, %v : tensor<?x?x1xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

// The parts come in the other order here, and the results keep their users.
// CHECK-LABEL: func.func @two_of_them(
// CHECK-SAME:      %[[X:[^ ]*]]: tensor<?x?x2xf32>, %[[Y:[^ ]*]]: tensor<?x?x2xf32>)
// CHECK:         %[[W:.*]] = sst.get_weight @p_q_k.kernel
// CHECK:         %[[QK:.*]]:2 = sst.dense %[[X]], %[[W]]
// CHECK:         %[[V:.*]] = sst.dense %[[Y]]
// CHECK:         return %[[QK]]#1, %[[QK]]#0, %[[V]]
func.func @two_of_them(%x: tensor<?x?x2xf32>, %y: tensor<?x?x2xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x?x1xf32>, tensor<?x?x2xf32>) {
  %wq = sst.get_weight @p_q.kernel : tensor<2x1xf32>
  %bq = sst.get_weight @p_q.bias : tensor<1xf32>
  %wk = sst.get_weight @p_k.kernel : tensor<2x2xf32>
  %bk = sst.get_weight @p_k.bias : tensor<2xf32>
  %wv = sst.get_weight @p_v.kernel : tensor<2x2xf32>
  %k = sst.dense %x, %wk bias(%bk) : (tensor<?x?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %v = sst.dense %y, %wv : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %q = sst.dense %x, %wq bias(%bq) : (tensor<?x?x2xf32>, tensor<2x1xf32>, tensor<1xf32>) -> tensor<?x?x1xf32>
  return %k, %q, %v : tensor<?x?x2xf32>, tensor<?x?x1xf32>, tensor<?x?x2xf32>
}

// A missing bias counts as zeros.
// CHECK-LABEL: func.func @missing_bias(
// CHECK-DAG:     %[[W:.*]] = sst.get_weight @no_bias_some_bias : tensor<2x2xf32>
// CHECK-DAG:     %[[B:.*]] = sst.get_weight @one_0 : tensor<2xf32>
// CHECK:         sst.dense %{{.*}}, %[[W]] bias(%[[B]])
func.func @missing_bias(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x1xf32>) {
  %w0 = sst.get_weight @no_bias : tensor<2x1xf32>
  %w1 = sst.get_weight @some_bias : tensor<2x1xf32>
  %b1 = sst.get_weight @one : tensor<1xf32>
  %p = sst.dense %x, %w0 : (tensor<?x?x2xf32>, tensor<2x1xf32>) -> tensor<?x?x1xf32>
  %q = sst.dense %x, %w1 bias(%b1) : (tensor<?x?x2xf32>, tensor<2x1xf32>, tensor<1xf32>) -> tensor<?x?x1xf32>
  return %p, %q : tensor<?x?x1xf32>, tensor<?x?x1xf32>
}

// CHECK-DAG:   {{^ *}}p_q_k.kernel: "0x040000000000803F000080400000A040000000400000C0400000E040"
// CHECK-DAG:   {{^ *}}p_q_k.bias: "0x04000000000040400000004100001041"
// CHECK-DAG:   {{^ *}}one: "0x04000000000000000000803F"
