// RUN: sst-opt %s --sst-pack-weights | FileCheck %s

// Each weight gets the layout of the op that reads it: panels of 16 columns, for projections in one segment per result.
// 3 columns take 16, 33 take 48.
// CHECK-DAG: sst.weight @matrix : tensor<2x36xf32, #sst.panels<16, [3, 33]>> = dense_resource<{{.*}}> : tensor<128xf32>
// CHECK-DAG: sst.weight @bias : tensor<36xf32, #sst.panels<16, [3, 33]>> = dense_resource<{{.*}}> : tensor<64xf32>
// CHECK-DAG: sst.weight @gamma : tensor<2xf32, #sst.panels<16, [2]>> = dense_resource<{{.*}}> : tensor<16xf32>
// CHECK-DAG: sst.weight @taps : tensor<4x3xf32, #sst.panels<16, [3]>> = dense_resource<{{.*}}> : tensor<64xf32>
sst.weight @matrix : tensor<2x36xf32> = dense<1.0> : tensor<2x36xf32>
sst.weight @bias : tensor<36xf32> = dense<1.0> : tensor<36xf32>
sst.weight @gamma : tensor<2xf32> = dense<[1.0, 2.0]> : tensor<2xf32>
sst.weight @taps : tensor<4x3xf32> = dense<1.0> : tensor<4x3xf32>

// CHECK-LABEL: func.func @layouts
func.func @layouts(%x: tensor<?x?x2xf32>) -> (tensor<?x?x3xf32>, tensor<?x?x33xf32>) {
  %gamma = sst.get_weight @gamma : tensor<2xf32>
  %n = sst.layer_norm %x, %gamma, %gamma : tensor<?x?x2xf32>, tensor<2xf32>, tensor<2xf32>
  %matrix = sst.get_weight @matrix : tensor<2x36xf32>
  %bias = sst.get_weight @bias : tensor<36xf32>
  // CHECK: %[[MATRIX:.*]] = sst.get_weight @matrix : tensor<2x36xf32, #sst.panels<16, [3, 33]>>
  // CHECK: sst.dense %{{.*}}, %[[MATRIX]]
  %y:2 = sst.dense %n, %matrix bias(%bias) : (tensor<?x?x2xf32>, tensor<2x36xf32>, tensor<36xf32>) -> (tensor<?x?x3xf32>, tensor<?x?x33xf32>)
  %taps = sst.get_weight @taps : tensor<4x3xf32>
  %c = sst.causal_conv1d %y#0, %taps : (tensor<?x?x3xf32>, tensor<4x3xf32>) -> tensor<?x?x3xf32>
  return %c, %y#1 : tensor<?x?x3xf32>, tensor<?x?x33xf32>
}

// One weight read in two layouts is stored in both.
// CHECK-DAG: sst.weight @shared : tensor<3xf32, #sst.panels<16, [3]>>
// CHECK-DAG: sst.weight @shared.packed1 : tensor<3xf32, #sst.panels<16, [1, 2]>>
sst.weight @shared : tensor<3xf32> = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
sst.weight @square : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>

// CHECK-LABEL: func.func @two_layouts
func.func @two_layouts(%x: tensor<?x?x3xf32>) -> tensor<?x?x2xf32> {
  %shared = sst.get_weight @shared : tensor<3xf32>
  %square = sst.get_weight @square : tensor<3x3xf32>
  %n = sst.layer_norm %x, %shared, %shared : tensor<?x?x3xf32>, tensor<3xf32>, tensor<3xf32>
  // CHECK: sst.get_weight @shared.packed1
  %y:2 = sst.dense %n, %square bias(%shared) : (tensor<?x?x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x2xf32>)
  return %y#1 : tensor<?x?x2xf32>
}

// CHECK-LABEL: func.func @no_pack_of_arguments
// CHECK: sst.dense %{{.*}}, %{{.*}} : (tensor<?x?x3xf32>, tensor<3x3xf32>)
func.func @no_pack_of_arguments(%x: tensor<?x?x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x?x3xf32> {
  %y = sst.dense %x, %w : (tensor<?x?x3xf32>, tensor<3x3xf32>) -> tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}
