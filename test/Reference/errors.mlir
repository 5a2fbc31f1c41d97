// RUN: not sst-interpret %s --function=unknown_op 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not sst-interpret %s --function=missing 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not sst-interpret %s --function=different_rows --random-input=2x3 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not sst-interpret %s --function=more_queries --random-input=2x3 2>&1 | FileCheck %s --check-prefix=QUERIES
// RUN: not sst-interpret %s --function=huge --random-input=100000x100000 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not sst-interpret %s --function=huge_result --random-input=1000x1000 2>&1 | FileCheck %s --check-prefix=RESULT
// RUN: not sst-interpret %s --function=blocks 2>&1 | FileCheck %s --check-prefix=BLOCKS
// RUN: not sst-interpret %s --function=element_type 2>&1 | FileCheck %s --check-prefix=TYPE
// A safetensors file with a tensor of no rows.
// RUN: printf '\072\0\0\0\0\0\0\0{"x":{"dtype":"F32","shape":[2,0,4],"data_offsets":[0,0]}}' > %t.safetensors
// RUN: not sst-interpret %s --function=no_rows --input=%t.safetensors 2>&1 | FileCheck %s --check-prefix=NO-ROWS
// RUN: not sst-interpret %s --function=different_rows --random-input=2x3 --probe=sst.nothing 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ROWS

// MISSING: sst-interpret: error: {{.*}}errors.mlir: expects a function named 'missing', but the module has: 'unknown_op', 'different_rows',

// UNKNOWN: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+3]]:8: 'arith.divf' op cannot be interpreted; the interpreter knows the ops of sst, func.call and arith.constant, addf, subf and mulf on tensors: give it IR from before stage 'loops'
func.func @unknown_op() {
  %x = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %y = arith.divf %x, %x : tensor<1x1x1xf32>
  return
}

// The types leave the rows open; only the run finds out.
// ROWS: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+3]]:8: 'arith.addf' op expects 'rhs' to be 2x3x4 at run time, but got 2x1x4
func.func @different_rows(%x: tensor<?x?x4xf32>) {
  %last = sst.last_row %x : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
  %z = "arith.addf"(%x, %last) : (tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>
  return
}

// QUERIES: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+2]]:8: 'sst.causal_attention' op expects at least as many rows in 'key' as in 'query' at run time, but got 3 vs 6
func.func private @attend(%q: tensor<?x?x4xf32>, %k: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %o = sst.causal_attention %q, %k, %k {num_heads = 2 : i64}
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %o : tensor<?x?x4xf32>
}
func.func @more_queries(%k: tensor<?x?x4xf32>) {
  %o, %q, %v = sst.causal_attention %k, %k, %k past(%k, %k) {num_heads = 2 : i64}
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
      -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
  %p = call @attend(%q, %k) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return
}

// HUGE: sst-interpret: error: command line: --random-input: cannot make an input of [100000, 100000, 4]; use --input
func.func @huge(%x: tensor<?x?x4xf32>) {
  return
}

// RESULT: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+3]]:8: 'sst.dense' op needs a tensor of 1000x1000x1024 elements, which is beyond the interpreter's limit of 536870912 live elements; run fewer sequences or rows
func.func @huge_result(%x: tensor<?x?x1xf32>) {
  %w = arith.constant dense<1.0> : tensor<1x1024xf32>
  %y = sst.dense %x, %w : (tensor<?x?x1xf32>, tensor<1x1024xf32>) -> tensor<?x?x1024xf32>
  return
}

// BLOCKS: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+1]]:{{[0-9]+}}: 'func.func' op has several blocks; only straight-line functions can be interpreted
func.func @blocks() {
  cf.br ^next
^next:
  return
}

// TYPE: sst-interpret: error: {{.*}}errors.mlir:[[#@LINE+2]]:8: 'arith.constant' op has a result of type 'f64'; only ranked tensors of f32 can be interpreted
func.func @element_type() {
  %x = arith.constant 1.0 : f64
  return
}

// NO-ROWS: sst-interpret: error: {{.*}}.safetensors: expects at least one sequence of at least one row, but the input is empty: its shape is [2, 0, 4]
func.func @no_rows(%x: tensor<2x?x4xf32>) {
  return
}
