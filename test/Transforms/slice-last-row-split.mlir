// RUN: sst-opt %s --sst-slice-last-row | FileCheck %s

// A dense of two results, one wanted whole, one in the last row: its weight is split, in all functions.

// CHECK-NOT:   sst.weight @in.kernel :{{.*}}dense_resource
// CHECK-DAG:   sst.weight @in_0.kernel : tensor<2x1xf32>
// CHECK-DAG:   sst.weight @in_1.kernel : tensor<2x2xf32>
// CHECK-DAG:   sst.weight @in_0.bias : tensor<1xf32>
// CHECK-DAG:   sst.weight @in_1.bias : tensor<2xf32>
sst.weight @in.kernel : tensor<2x3xf32> = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
sst.weight @in.bias : tensor<3xf32> = dense<[7.0, 8.0, 9.0]> : tensor<3xf32>

// CHECK-LABEL: func.func @window(
// CHECK-SAME:      %[[X:.*]]: tensor<?x?x2xf32>
// CHECK:         %[[XL:.*]] = sst.last_row %[[X]]
// CHECK-DAG:     %[[W0:.*]] = sst.get_weight @in_0.kernel
// CHECK-DAG:     %[[B0:.*]] = sst.get_weight @in_0.bias
// CHECK-DAG:     %[[P:.*]] = sst.dense %[[X]], %[[W0]] bias(%[[B0]]) :
// CHECK-DAG:     %[[W1:.*]] = sst.get_weight @in_1.kernel
// CHECK-DAG:     %[[B1:.*]] = sst.get_weight @in_1.bias
// CHECK:         %[[Q:.*]] = sst.dense %[[XL]], %[[W1]] bias(%[[B1]]) activations [#sst.activation<silu>] {{.*}} -> tensor<?x1x2xf32>
// CHECK:         return %[[P]], %[[Q]]
func.func @window(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x1x2xf32>) {
  %w = sst.get_weight @in.kernel : tensor<2x3xf32>
  %b = sst.get_weight @in.bias : tensor<3xf32>
  %p:2 = sst.dense %x, %w bias(%b) activations [#sst.activation<none>, #sst.activation<silu>]
      : (tensor<?x?x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %p#0, %q : tensor<?x?x1xf32>, tensor<?x1x2xf32>
}

// CHECK-LABEL: func.func @sequence(
// CHECK-SAME:      %[[X:.*]]: tensor<?x?x2xf32>
// CHECK:         %[[W0:.*]] = sst.get_weight @in_0.kernel
// CHECK:         %[[P:.*]] = sst.dense %[[X]], %[[W0]]
// CHECK:         %[[W1:.*]] = sst.get_weight @in_1.kernel
// CHECK:         %[[Q:.*]] = sst.dense %[[X]], %[[W1]] {{.*}} -> tensor<?x?x2xf32>
// CHECK:         return %[[P]], %[[Q]]
func.func @sequence(%x: tensor<?x?x2xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>) {
  %w = sst.get_weight @in.kernel : tensor<2x3xf32>
  %b = sst.get_weight @in.bias : tensor<3xf32>
  %p:2 = sst.dense %x, %w bias(%b)
      : (tensor<?x?x2xf32>, tensor<2x3xf32>, tensor<3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  return %p#0, %p#1 : tensor<?x?x1xf32>, tensor<?x?x2xf32>
}

// All results wanted in the last row only: nothing to split.
// CHECK-LABEL: func.func @all_results_sliced(
// CHECK:         %[[XL:.*]] = sst.last_row
// CHECK:         sst.dense %[[XL]], {{.*}} -> (tensor<?x1x1xf32>, tensor<?x1x2xf32>)
func.func @all_results_sliced(%x: tensor<?x?x2xf32>, %w: tensor<2x3xf32>) -> (tensor<?x1x1xf32>, tensor<?x1x2xf32>) {
  %p:2 = sst.dense %x, %w : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  %q = sst.last_row %p#0 : tensor<?x?x1xf32> -> tensor<?x1x1xf32>
  %r = sst.last_row %p#1 : tensor<?x?x2xf32> -> tensor<?x1x2xf32>
  return %q, %r : tensor<?x1x1xf32>, tensor<?x1x2xf32>
}

// The resources: columns 0 and 1 to 2 of the matrix, row by row; the same of the bias.
// CHECK-DAG:   in_0.bias: "0x040000000000E040"
// CHECK-DAG:   in_0.kernel: "0x040000000000803F00008040"
// CHECK-DAG:   in_1.bias: "0x040000000000004100001041"
// CHECK-DAG:   in_1.kernel: "0x0400000000000040000040400000A0400000C040"
