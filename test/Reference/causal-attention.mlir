// RUN: sst-interpret %s --function=whole --values=16 | FileCheck %s --check-prefix=WHOLE
// RUN: sst-interpret %s --function=parts --values=16 | FileCheck %s --check-prefix=PARTS
// RUN: sst-interpret %s --function=last_query --values=16 | FileCheck %s --check-prefix=LAST
// RUN: sst-interpret %s --function=window --values=16 | FileCheck %s --check-prefix=WINDOW
// RUN: sst-interpret %s --function=later_nan --values=16 | FileCheck %s --check-prefix=NAN
// RUN: sst-interpret %s --function=large_scores --values=16 | FileCheck %s --check-prefix=LARGE

// WHOLE: result #0: [1, 4, 4] {{.*}} values -0.75 -1.125 0.625 -1.625 -0.970836503 -1.51146388 0.613093009 -1.62202325 -0.0913761763 -1.59274899 -1.48061146 -0.394439132 -0.0211786914 -1.50590122 -0.647724977 -0.697003856
func.func @whole() -> tensor<1x4x4xf32> {
  %q = arith.constant dense<[[[-0.875, -1.375, -0.625, -0.875], [-0.25, -0.25, -2.0, 1.875], [-0.625, 0.0, 0.25, -2.0], [-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x4x4xf32>
  %k = arith.constant dense<[[[-1.0, 2.0, -1.625, 1.625], [1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625], [-0.5, -1.5, -0.375, 1.5]]]> : tensor<1x4x4xf32>
  %v = arith.constant dense<[[[-0.75, -1.125, 0.625, -1.625], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375], [1.0, -0.875, 0.0, 0.75]]]> : tensor<1x4x4xf32>
  %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  return %o : tensor<1x4x4xf32>
}

// PARTS: result #0: [1, 3, 4] {{.*}} values -0.75 -1.125 0.625 -1.625 -0.970836503 -1.51146388 0.613093009 -1.62202325 -0.0913761763 -1.59274899 -1.48061146 -0.394439132
// PARTS: result #1: [1, 1, 4] {{.*}} values -0.0211786914 -1.50590122 -0.647724977 -0.697003856
// PARTS: result #2: [1, 4, 4] {{.*}} values -1 2 -1.625 1.625 1.125 1.125 1.125 1.125 -1.25 1.75 1.125 -1.625 -0.5 -1.5 -0.375 1.5
// PARTS: result #3: [1, 4, 4] {{.*}} values -0.75 -1.125 0.625 -1.625 -1.25 -2 -0.875 -1.25 0.875 -1.875 -1.5 -0.375 1 -0.875 0 0.75
func.func @parts() -> (tensor<1x3x4xf32>, tensor<1x1x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) {
  %q0 = arith.constant dense<[[[-0.875, -1.375, -0.625, -0.875], [-0.25, -0.25, -2.0, 1.875], [-0.625, 0.0, 0.25, -2.0]]]> : tensor<1x3x4xf32>
  %k0 = arith.constant dense<[[[-1.0, 2.0, -1.625, 1.625], [1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625]]]> : tensor<1x3x4xf32>
  %v0 = arith.constant dense<[[[-0.75, -1.125, 0.625, -1.625], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375]]]> : tensor<1x3x4xf32>
  %q1 = arith.constant dense<[[[-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x1x4xf32>
  %k1 = arith.constant dense<[[[-0.5, -1.5, -0.375, 1.5]]]> : tensor<1x1x4xf32>
  %v1 = arith.constant dense<[[[1.0, -0.875, 0.0, 0.75]]]> : tensor<1x1x4xf32>
  %o0:3 = sst.causal_attention %q0, %k0, %v0 {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>)
  %o1:3 = sst.causal_attention %q1, %k1, %v1 past(%o0#1, %o0#2) {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>) -> (tensor<1x1x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>)
  return %o0#0, %o1#0, %o1#1, %o1#2 : tensor<1x3x4xf32>, tensor<1x1x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>
}

// The query rows are the last of the key rows.
// LAST: result #0: [1, 2, 4] {{.*}} values -0.0913761763 -1.59274899 -1.48061146 -0.394439132 -0.0211786914 -1.50590122 -0.647724977 -0.697003856
func.func @last_query() -> tensor<1x2x4xf32> {
  %q = arith.constant dense<[[[-0.625, 0.0, 0.25, -2.0], [-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x2x4xf32>
  %k = arith.constant dense<[[[-1.0, 2.0, -1.625, 1.625], [1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625], [-0.5, -1.5, -0.375, 1.5]]]> : tensor<1x4x4xf32>
  %v = arith.constant dense<[[[-0.75, -1.125, 0.625, -1.625], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375], [1.0, -0.875, 0.0, 0.75]]]> : tensor<1x4x4xf32>
  %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x2x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> tensor<1x2x4xf32>
  return %o : tensor<1x2x4xf32>
}

// Of four rows, each sees itself and the one before it: rows 0 and 1 are as without a window; the others see nothing of
// the NaNs in row 0, and are what the same op gives for rows 1 to 3 alone and for 2 and 3 alone.
// WINDOW: result #0: [1, 4, 4] {{.*}} values nan nan nan nan nan nan nan nan [[ROW2:.*]] [[ROW3:[^ ]+ [^ ]+ [^ ]+ [^ ]+]]{{$}}
// WINDOW: result #1: [1, 1, 4] {{.*}} values [[ROW2]]{{$}}
// WINDOW: result #2: [1, 1, 4] {{.*}} values [[ROW3]]{{$}}
func.func @window() -> (tensor<1x4x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) {
  %q = arith.constant dense<[[[-0.875, -1.375, -0.625, -0.875], [-0.25, -0.25, -2.0, 1.875], [-0.625, 0.0, 0.25, -2.0], [-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x4x4xf32>
  %k = arith.constant dense<[[[0x7FC00000, 2.0, -1.625, 1.625], [1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625], [-0.5, -1.5, -0.375, 1.5]]]> : tensor<1x4x4xf32>
  %v = arith.constant dense<[[[0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375], [1.0, -0.875, 0.0, 0.75]]]> : tensor<1x4x4xf32>
  %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 0.75 : f32, window = 2 : i64}
      : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  %q2 = arith.constant dense<[[[-0.625, 0.0, 0.25, -2.0]]]> : tensor<1x1x4xf32>
  %k12 = arith.constant dense<[[[1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625]]]> : tensor<1x2x4xf32>
  %v12 = arith.constant dense<[[[-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375]]]> : tensor<1x2x4xf32>
  %o2 = sst.causal_attention %q2, %k12, %v12 {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x1x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x1x4xf32>
  %q3 = arith.constant dense<[[[-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x1x4xf32>
  %k23 = arith.constant dense<[[[-1.25, 1.75, 1.125, -1.625], [-0.5, -1.5, -0.375, 1.5]]]> : tensor<1x2x4xf32>
  %v23 = arith.constant dense<[[[0.875, -1.875, -1.5, -0.375], [1.0, -0.875, 0.0, 0.75]]]> : tensor<1x2x4xf32>
  %o3 = sst.causal_attention %q3, %k23, %v23 {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x1x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x1x4xf32>
  return %o, %o2, %o3 : tensor<1x4x4xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>
}

// A NaN in the last row of keys and values stays in the last row.
// NAN: result #0: [1, 4, 4] {{.*}} values -0.75 -1.125 0.625 -1.625 -0.970836503 -1.51146388 0.613093009 -1.62202325 -0.0913761763 -1.59274899 -1.48061146 -0.394439132 nan nan nan nan
func.func @later_nan() -> tensor<1x4x4xf32> {
  %q = arith.constant dense<[[[-0.875, -1.375, -0.625, -0.875], [-0.25, -0.25, -2.0, 1.875], [-0.625, 0.0, 0.25, -2.0], [-0.875, 1.25, 0.875, 0.5]]]> : tensor<1x4x4xf32>
  %k = arith.constant dense<[[[-1.0, 2.0, -1.625, 1.625], [1.125, 1.125, 1.125, 1.125], [-1.25, 1.75, 1.125, -1.625], [0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]]]> : tensor<1x4x4xf32>
  %v = arith.constant dense<[[[-0.75, -1.125, 0.625, -1.625], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375], [0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]]]> : tensor<1x4x4xf32>
  %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 0.75 : f32}
      : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  return %o : tensor<1x4x4xf32>
}

// Scores of thousands do not overflow.
// LARGE: result #0: [1, 4, 4] {{.*}} values -0.75 -1.125 0.625 -1.625 -0.75 -1.125 -0.875 -1.25 -0.75 -1.125 -1.5 -0.375 1 -0.875 0 0.75
func.func @large_scores() -> tensor<1x4x4xf32> {
  %q = arith.constant dense<[[[-56.0, -88.0, -40.0, -56.0], [-16.0, -16.0, -128.0, 120.0], [-40.0, 0.0, 16.0, -128.0], [-56.0, 80.0, 56.0, 32.0]]]> : tensor<1x4x4xf32>
  %v = arith.constant dense<[[[-0.75, -1.125, 0.625, -1.625], [-1.25, -2.0, -0.875, -1.25], [0.875, -1.875, -1.5, -0.375], [1.0, -0.875, 0.0, 0.75]]]> : tensor<1x4x4xf32>
  %o = sst.causal_attention %q, %q, %v {num_heads = 2 : i64}
      : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  return %o : tensor<1x4x4xf32>
}
