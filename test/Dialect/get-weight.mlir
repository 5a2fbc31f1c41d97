// RUN: sst-opt %s | sst-opt | FileCheck %s
// RUN: sst-opt %s --mlir-print-op-generic | sst-opt | FileCheck %s
// RUN: sst-opt %s --emit-bytecode | sst-opt | FileCheck %s

sst.weight @w : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
sst.weight @packed : tensor<5xf32, #sst.panels<16, [5]>> = dense<1.0> : tensor<16xf32>

// CHECK-LABEL: func @get
// CHECK:       sst.get_weight @w : tensor<2x2xf32>
func.func @get() -> tensor<2x2xf32> {
  %weight = sst.get_weight @w : tensor<2x2xf32>
  return %weight : tensor<2x2xf32>
}

// CHECK-LABEL: func @get_packed
// CHECK:       sst.get_weight @packed : tensor<5xf32, #sst.panels<16, [5]>>
func.func @get_packed() -> tensor<5xf32, #sst.panels<16, [5]>> {
  %weight = sst.get_weight @packed : tensor<5xf32, #sst.panels<16, [5]>>
  return %weight : tensor<5xf32, #sst.panels<16, [5]>>
}
