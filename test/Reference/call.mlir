// RUN: sst-interpret %s --function=main | FileCheck %s
// RUN: not sst-interpret %s --function=endless 2>&1 | FileCheck %s --check-prefix=ENDLESS
// RUN: not sst-interpret %s --function=outside 2>&1 | FileCheck %s --check-prefix=OUTSIDE

func.func private @twice(%x: tensor<1x2x1xf32>) -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>) {
  %y = arith.addf %x, %x : tensor<1x2x1xf32>
  return %y, %x : tensor<1x2x1xf32>, tensor<1x2x1xf32>
}

// CHECK: result #0: [1, 2, 1] {{.*}} values 4 12
// CHECK: result #1: [1, 2, 1] {{.*}} values 2 6
func.func @main() -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>) {
  %w = arith.constant dense<1.0> : tensor<1x1xf32>
  %x = arith.constant dense<[[[1.0], [3.0]]]> : tensor<1x2x1xf32>
  %0 = sst.dense %x, %w : (tensor<1x2x1xf32>, tensor<1x1xf32>) -> tensor<1x2x1xf32>
  %1:2 = call @twice(%0) : (tensor<1x2x1xf32>) -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>)
  %2:2 = call @twice(%1#0) : (tensor<1x2x1xf32>) -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>)
  return %2#0, %2#1 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
}

// ENDLESS: sst-interpret: error: {{.*}}call.mlir:[[#@LINE+1]]:{{[0-9]+}}: 'func.func' op is called at a depth of more than 64 calls; models do not recurse
func.func @endless() {
  call @endless() : () -> ()
  return
}

// OUTSIDE: sst-interpret: error: {{.*}}call.mlir:[[#@LINE+1]]:{{[0-9]+}}: 'func.func' op has no body; only functions of this module can be interpreted
func.func private @elsewhere()
func.func @outside() {
  call @elsewhere() : () -> ()
  return
}
