// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

// CHECK-LABEL: sst.weight @sst_block_1_norm.gamma : tensor<4xf32> = dense<[1.000000e+00, 5.000000e-01, -1.000000e+00, 2.000000e+00]> : tensor<4xf32>
sst.weight @sst_block_1_norm.gamma : tensor<4xf32> = dense<[1.0, 0.5, -1.0, 2.0]> : tensor<4xf32>

// CHECK-LABEL: sst.weight @splat : tensor<2x3xf32> = dense<2.500000e-01> : tensor<2x3xf32>
sst.weight @splat : tensor<2x3xf32> = dense<0.25> : tensor<2x3xf32>

// A packed weight stores more values than it has: 3 x 16 for 3 x 5.
// CHECK-LABEL: sst.weight @packed : tensor<3x5xf32, #sst.panels<32, [5]>> = dense<0.000000e+00> : tensor<48xf32>
sst.weight @packed : tensor<3x5xf32, #sst.panels<32, [5]>> = dense<0.0> : tensor<48xf32>

// Values that live outside the text.
// CHECK-LABEL: sst.weight @external : tensor<2xf32> = dense_resource<values> : tensor<2xf32>
sst.weight @external : tensor<2xf32> = dense_resource<values> : tensor<2xf32>

// CHECK: values: "0x040000000000803F00000040"
{-#
  dialect_resources: {
    builtin: {
      values: "0x040000000000803F00000040"
    }
  }
#-}
