// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-expand-math

func.func @tanh(%x: vector<16xf32>) -> vector<16xf32> {
  // expected-error @below {{expects only math.exp, math.log and math.erf on f32, but got 'math.tanh' on 'vector<16xf32>'; write it in terms of these, or of arith operations}}
  %y = math.tanh %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

func.func @double(%x: f64) -> f64 {
  // expected-error @below {{expects only math.exp, math.log and math.erf on f32, but got 'math.exp' on 'f64'; write it in terms of these, or of arith operations}}
  %y = math.exp %x : f64
  return %y : f64
}
