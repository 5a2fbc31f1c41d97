// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

// Streams without end: of calls of up to 20 rows, in which a row sees 30, a state has 20 + 30 - 1 rows of keys and
// values, rounded up to whole panels: a ring of 64.
module attributes {sst.stream = {attention_window = 30 : i64, cold = "short", max_rows = 20 : i64, rollback = 2 : i64}} {
  // CHECK-LABEL: func.func @stream(
  // CHECK-SAME:    state = 2560>
  func.func @stream(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
    %a = sst.activation <silu> %x : tensor<?x?x8xf32>
    %o, %k2, %v2 = sst.causal_attention %a, %a, %a past(%k, %v) {num_heads = 2 : i64, window = 30 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %o, %k2, %v2 : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }

  // CHECK-LABEL: func.func @sequence(
  func.func @sequence(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
    %a = sst.activation <silu> %x : tensor<?x?x8xf32>
    %o = sst.causal_attention %a, %a, %a {num_heads = 2 : i64, window = 30 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
    return %o : tensor<?x?x8xf32>
  }
}

// A key goes to its position modulo 64.
// CHECK-LABEL: func.func private @sst_append_keys_2_heads_64x8_8(
// CHECK:         %[[ROWS:.*]] = arith.constant 64 : index
// CHECK:         arith.remui %{{.*}}, %[[ROWS]] : index

// From the block of 256 keys that the first row sees first; keys before and after are masked.
// CHECK-LABEL: func.func private @sst_attention_from_state_2_heads_64x8_to_8of8_last30(
// CHECK:         arith.remui %{{.*}}, %{{.*}} : index
// CHECK:         scf.for %[[BLOCK:.*]] = %{{.*}} to %{{.*}} step %c256
// CHECK:         arith.addi %[[BLOCK]], %{{.*}} : index
// CHECK:         arith.remui %{{.*}}, %c64{{.*}} : index
// CHECK:         arith.cmpi sge, %{{.*}}, %{{.*}} : vector<16xi32>
// CHECK:         arith.cmpi slt, %{{.*}}, %{{.*}} : vector<16xi32>
// CHECK:         arith.andi %{{.*}}, %{{.*}} : vector<16xi1>
// CHECK:         math.exp

// CHECK-LABEL: func.func private @sst_causal_attention_2_heads_8_8_8_to_8of8_last30(

// -----

module attributes {sst.stream = {attention_window = 30 : i64, cold = "short", max_rows = 20 : i64, rollback = 2 : i64}} {
  func.func @other_window(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
    // expected-error @below {{'sst.causal_attention' op carries states, and expects the 'attention_window' of the module's 'sst.stream' as its 'window', but got none vs 30}}
    %o, %k2, %v2 = sst.causal_attention %x, %x, %x past(%k, %v) {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %o, %k2, %v2 : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
}

// -----

module attributes {sst.stream = {attention_window = 0 : i64, cold = "short", max_rows = 20 : i64, rollback = 2 : i64}} {
  // expected-error @below {{'func.func' op carries states, and expects 'max_rows' in [1, 1048576], 'rollback' in [0, max_rows] and, if any, 'attention_window' in [1, 1048576], all i64, in the module's 'sst.stream'; import the model again}}
  func.func @no_window(%x: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
    %o, %k2, %v2 = sst.causal_attention %x, %x, %x past(%k, %v) {num_heads = 2 : i64, window = 1 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %o, %k2, %v2 : tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
}
