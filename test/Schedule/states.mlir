// RUN: sst-opt %s --sst-schedule-pipeline | FileCheck %s --check-prefix=PLAN
// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

// Streams of up to 20 rows that can go back by 2. A state has, one after the other: 3 - 1 + 2 rows of 16 elements of the
// convolution's input; 2 + 1 states of the scan; keys, 2 heads x 32 rows x 4 channels; values, 2 heads x 1 vector x 32
// rows x 16 channels.
module attributes {sst.stream = {cold = "short", max_rows = 20 : i64, rollback = 2 : i64}} {
  sst.weight @taps : tensor<3x8xf32> = dense<1.0> : tensor<3x8xf32>

  // PLAN-LABEL: func.func @all
  // PLAN-SAME:    sst.arena = #sst.arena<rows = {{[0-9]+}}, sequences = 0, thread = {{[0-9]+}}, state = 1392>
  // CHECK-LABEL: func.func @all(
  // CHECK-SAME:    memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: memref<2147483647xi8>, %{{.*}}: index
  func.func @all(%x: tensor<?x?x8xf32>, %c: tensor<?x2x8xf32>, %s: tensor<?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>)
      -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
    %taps = sst.get_weight @taps : tensor<3x8xf32>
    // The rows go to the state in a phase of their own, when all threads have read those of before.
    // PLAN: sst.causal_conv1d {{.*}}sst.phases = array<i64: 0, 1>{{.*}}sst.place<state, 0>
    %a, %c2 = sst.causal_conv1d %x, %taps initial(%c) : (tensor<?x?x8xf32>, tensor<3x8xf32>, tensor<?x2x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x2x8xf32>)
    // PLAN: sst.ema_scan {{.*}}sst.phases = array<i64: 0, 1>{{.*}}sst.place<state, 64>
    %h, %s2 = sst.ema_scan %a, %a, %a, %a initial(%s) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
    // Appending keys and values needs no other row, so it is done in the phase that computes them.
    // PLAN: sst.causal_attention {{.*}}sst.phases = array<i64: 0, 2>{{.*}}sst.place<state, 112>, #sst.place<state, 368>
    %o, %k2, %v2 = sst.causal_attention %h, %a, %a past(%k, %v) {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
    return %o, %c2, %s2, %k2, %v2 : tensor<?x?x8xf32>, tensor<?x2x8xf32>, tensor<?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>
  }
}

// CHECK-DAG: call @sst_causal_conv1d_3x8of8_to_8_nobias_none_from_state4(
// CHECK-DAG: call @sst_append_keys_2_heads_32x8_8(
// CHECK-DAG: call @sst_ema_scan_8_to_8_from_state3(
// CHECK-DAG: call @sst_state_rows_4x8of8(
// CHECK-DAG: call @sst_attention_from_state_2_heads_32x8_to_8of8(
