// RUN: sst-opt %s --sst-expand-blocks | FileCheck %s
// RUN: sst-opt %s --sst-slice-last-row | FileCheck %s
// RUN: sst-opt %s --sst-merge-projections | FileCheck %s
// RUN: sst-opt %s --sst-fold-scales | FileCheck %s
// RUN: sst-opt %s --sst-fuse-epilogues | FileCheck %s
// RUN: sst-opt %s --sst-drop-unused-weights | FileCheck %s
// RUN: sst-opt %s --sst-pack-weights | FileCheck %s --check-prefixes=CHECK,PACK
// RUN: sst-opt %s --sst-schedule-pipeline | FileCheck %s --check-prefixes=CHECK,PACK
// RUN: sst-opt %s --sst-fuse-pipeline --sst-schedule-pipeline --sst-loops-pipeline | FileCheck %s
// RUN: not sst-interpret %s --function=f --random-input=1x2 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: sed 's/func.func @f/func.func @window/' %s > %t.mlir
// RUN: not sst-compile %t.mlir --compile-from=fuse -o %t.o 2>&1 | FileCheck %s --check-prefix=REFUSED

// Passes leave nested modules alone, also where they use names of the outer one for other things. The tools refuse them.

// REFUSED: error: {{.*}}: 'builtin.module' op is inside of another module, where nothing can use it; expects one module: take it out

sst.weight @w : tensor<4x4xf32> = dense<0.5> : tensor<4x4xf32>

// PACK: sst.weight @w : tensor<4x4xf32, #sst.panels<16, [4]>>
// CHECK: func.func @f(
func.func @f(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %w = sst.get_weight @w : tensor<4x4xf32>
  %y = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// CHECK:      module @inner {
// CHECK-NEXT:   sst.weight @w : tensor<4x2xf32> = dense<2.500000e-01> : tensor<4x2xf32>
// CHECK-NEXT:   sst.weight @only_here : tensor<2xf32> = dense<2.500000e-01> : tensor<2xf32>
// CHECK-NEXT:   func.func @g(
// CHECK:          sst.dense %{{.*}}, %{{.*}} bias(%{{.*}}) : (tensor<?x?x4xf32>, tensor<4x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
module @inner {
  sst.weight @w : tensor<4x2xf32> = dense<0.25> : tensor<4x2xf32>
  sst.weight @only_here : tensor<2xf32> = dense<0.25> : tensor<2xf32>
  func.func @g(%x: tensor<?x?x4xf32>) -> tensor<?x?x2xf32> {
    %w = sst.get_weight @w : tensor<4x2xf32>
    %b = sst.get_weight @only_here : tensor<2xf32>
    %y = sst.dense %x, %w bias(%b) : (tensor<?x?x4xf32>, tensor<4x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
    return %y : tensor<?x?x2xf32>
  }
}
