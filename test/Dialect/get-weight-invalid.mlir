// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: nothing of that name
func.func @test() {
  // expected-error @below {{'sst.get_weight' op expects 'name' to refer to an 'sst.weight', but @w does not}}
  %0 = sst.get_weight @w : tensor<2x2xf32>
  return
}

// -----

// C1: something else of that name
func.func @test() {
  // expected-error @below {{'sst.get_weight' op expects 'name' to refer to an 'sst.weight', but @test does not}}
  %0 = sst.get_weight @test : tensor<2x2xf32>
  return
}

// -----

// C2
sst.weight @w : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
func.func @test() {
  // expected-error @below {{'sst.get_weight' op expects the type of @w, 'tensor<2x2xf32>', but got 'tensor<4xf32>'}}
  %0 = sst.get_weight @w : tensor<4xf32>
  return
}

// -----

// C2: stored in another way
sst.weight @w : tensor<4xf32> = dense<1.0> : tensor<4xf32>
func.func @test() {
  // expected-error @below {{'sst.get_weight' op expects the type of @w, 'tensor<4xf32>', but got 'tensor<4xf32, #sst.panels<16, [4]>>'}}
  %0 = sst.get_weight @w : tensor<4xf32, #sst.panels<16, [4]>>
  return
}
