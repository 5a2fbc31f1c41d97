// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1
// expected-error @below {{'sst.weight' op expects 'value' to hold f32, but got 'i32'}}
sst.weight @w : tensor<2xf32> = dense<1> : tensor<2xi32>

// -----

// C2
// expected-error @below {{'sst.weight' op expects 'value' to have 4 elements, but got 3}}
sst.weight @w : tensor<4xf32> = dense<1.0> : tensor<3xf32>

// -----

// C2: the number of elements does not fit 64 bits, and would be 4 if it wrapped.
// expected-error @below {{'sst.weight' op expects 'value' to have 4 elements, but got more than 63 bits can count: 'tensor<5x3689348814741910324xf32>'}}
sst.weight @w : tensor<4xf32> = dense<1.0> : tensor<5x3689348814741910324xf32>

// -----

// C2: packed
// expected-error @below {{'sst.weight' op expects 'value' to have 48 elements, but got 15}}
sst.weight @w : tensor<3x5xf32, #sst.panels<32, [5]>> = dense<1.0> : tensor<3x5xf32>

// -----

// C2: a packed vector has one row.
// expected-error @below {{'sst.weight' op expects 'value' to have 16 elements, but got 5}}
sst.weight @w : tensor<5xf32, #sst.panels<16, [5]>> = dense<1.0> : tensor<5xf32>

// -----

// A weight has rank 1 or 2.
// expected-error @below {{'sst.weight' op attribute 'type' failed to satisfy constraint: type attribute of 1D/2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels'}}
sst.weight @w : tensor<1x2x2xf32> = dense<1.0> : tensor<1x2x2xf32>

// -----

// A weight is static.
// expected-error @below {{'sst.weight' op attribute 'type' failed to satisfy constraint: type attribute of 1D/2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels'}}
sst.weight @w : tensor<?xf32> = dense<1.0> : tensor<2xf32>

// -----

// A weight is not empty.
// expected-error @below {{'sst.weight' op attribute 'type' failed to satisfy constraint: type attribute of 1D/2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels'}}
sst.weight @w : tensor<0x2xf32> = dense<1.0> : tensor<0x2xf32>

// -----

// The number of elements cannot overflow.
// expected-error @below {{'sst.weight' op attribute 'type' failed to satisfy constraint: type attribute of 1D/2D tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels'}}
sst.weight @w : tensor<4294967296x4294967296xf32> = dense<1.0> : tensor<1xf32>

// -----

// A name is used once.
// expected-note @below {{see existing symbol definition here}}
sst.weight @w : tensor<1xf32> = dense<1.0> : tensor<1xf32>
// expected-error @below {{redefinition of symbol named 'w'}}
sst.weight @w : tensor<1xf32> = dense<1.0> : tensor<1xf32>

// -----

// C3: no name
// expected-error @below {{'sst.weight' op expects a name of UTF-8 that can be printed, but got ""}}
sst.weight @"" : tensor<4xf32> = dense<1.0> : tensor<4xf32>

// -----

// C3: a control character
// expected-error @below {{'sst.weight' op expects a name of UTF-8 that can be printed, but got "a\0Ab"}}
sst.weight @"a\0Ab" : tensor<4xf32> = dense<1.0> : tensor<4xf32>

// -----

// C3: no UTF-8
// expected-error @below {{'sst.weight' op expects a name of UTF-8 that can be printed, but got "a\FFb"}}
sst.weight @"a\FFb" : tensor<4xf32> = dense<1.0> : tensor<4xf32>
