// RUN: sst-opt %s --split-input-file --verify-diagnostics

// C1: the key
func.func @test(%rows: tensor<2x3x8xf32>, %key: tensor<2x3x4xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'key' to have shape 2x3x8, but got 2x3x4}}
  %0 = sst.causal_attention %rows, %key, %rows {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x4xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C1: the value
func.func @test(%rows: tensor<2x3x8xf32>, %value: tensor<2x4x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'value' to have shape 2x3x8, but got 2x4x8}}
  %0 = sst.causal_attention %rows, %rows, %value {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x4x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C1: more queries than keys
func.func @test(%rows: tensor<2x3x8xf32>, %key: tensor<2x2x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects at least as many rows in 'key' as in 'query', but got 2 vs 3}}
  %0 = sst.causal_attention %rows, %key, %key {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x2x8xf32>, tensor<2x2x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C2: does not divide
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'num_heads' to be positive and to divide the channels, but got 3 vs 8}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 3 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C2: zero
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'num_heads' to be positive and to divide the channels, but got 0 vs 8}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 0 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C2: negative
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'num_heads' to be positive and to divide the channels, but got -2 vs 8}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = -2 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C3: only a past key
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'past_key' and 'past_value' together, but got only 'past_key'}}
  %0 = "sst.causal_attention"(%rows, %rows, %rows, %rows) <{num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}> : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C3: only a past value
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'past_key' and 'past_value' together, but got only 'past_value'}}
  %0 = "sst.causal_attention"(%rows, %rows, %rows, %rows) <{num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>}> : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C3: the shape of the past key
func.func @test(%rows: tensor<2x3x8xf32>, %past: tensor<1x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'past_key' to have shape 2x3x8, but got 1x3x8}}
  %0 = sst.causal_attention %rows, %rows, %rows past(%past, %past) {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C3: the shape of the past value
func.func @test(%rows: tensor<2x3x8xf32>, %past: tensor<2x4x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'past_value' to have shape 2x3x8, but got 2x4x8}}
  %0 = sst.causal_attention %rows, %rows, %rows past(%rows, %past) {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x4x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C4: only the keys
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'present' to be 0 or 2 tensors, but got 1}}
  %0:2 = "sst.causal_attention"(%rows, %rows, %rows) <{num_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}> : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>)
  return
}

// -----

// C4: the channels of the present key
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'present[0]' to have shape 2x3x8, but got 2x3x4}}
  %0:3 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x4xf32>, tensor<2x3x8xf32>)
  return
}

// -----

// C4: the rows of the present key
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'present[0]' to have shape 2x6x8, but got 2x3x8}}
  %0:3 = sst.causal_attention %rows, %rows, %rows past(%rows, %rows) {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>)
      -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>)
  return
}

// -----

// C4: the present value
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'present[1]' to have shape 2x3x8, but got 2x4x8}}
  %0:3 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64}
      : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x4x8xf32>)
  return
}

// -----

// C5: infinite
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'scale' to be finite, but got INF}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64, scale = 0x7F800000 : f32} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C5: not a number
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'scale' to be finite, but got nan}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64, scale = 0x7FC00000 : f32} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C6: larger than any stream
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'window' to be in [1, 1048576], but got 1048577}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64, window = 1048577 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// C6: none at all
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'window' to be in [1, 1048576], but got 0}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64, window = 0 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// -----

// The result has the type of the queries.
func.func @test(%rows: tensor<2x3x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op failed to verify that all of {query, output} have same type}}
  %0 = sst.causal_attention %rows, %rows, %rows {num_heads = 2 : i64} : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x1x8xf32>
  return
}

// -----

// C1: any number of queries, one key
func.func @test(%query: tensor<?x?x8xf32>, %key: tensor<?x1x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects at least as many rows in 'key' as in 'query', but got 1 vs ?}}
  %0 = sst.causal_attention %query, %key, %key {num_heads = 2 : i64}
      : (tensor<?x?x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// C1: two queries, any number of keys
func.func @test(%query: tensor<?x2x8xf32>, %key: tensor<?x?x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects at least as many rows in 'key' as in 'query', but got ? vs 2}}
  %0 = sst.causal_attention %query, %key, %key {num_heads = 2 : i64}
      : (tensor<?x2x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x2x8xf32>
  return
}

// -----

// C1: any number of keys, one value
func.func @test(%rows: tensor<?x?x8xf32>, %value: tensor<?x1x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'value' to have shape ?x?x8, but got ?x1x8}}
  %0 = sst.causal_attention %rows, %rows, %value {num_heads = 2 : i64}
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x1x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// C4: a present key of as many rows as the past one
func.func @test(%rows: tensor<?x1x8xf32>, %past: tensor<?x?x8xf32>) {
  // expected-error @below {{'sst.causal_attention' op expects 'present[0]' to have shape ?x?x8, but got ?x1x8}}
  %0:3 = sst.causal_attention %rows, %rows, %rows past(%past, %past) {num_heads = 2 : i64}
      : (tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
      -> (tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>)
  return
}
