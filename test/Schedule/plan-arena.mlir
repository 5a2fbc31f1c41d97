// RUN: sst-opt %s --sst-plan-phases --sst-plan-arena | FileCheck %s

// Values that only their own phase uses are in memory of the thread, 72 rows of 16 elements each. Two that live at the
// same time lie side by side; the third takes the place of the first, which is dead by then.
// CHECK-LABEL: func.func @reuse
// CHECK-SAME:    sst.arena = #sst.arena<rows = 0, sequences = 0, thread = 2304>
func.func @reuse(%x: tensor<?x?x8xf32>, %k: tensor<1x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.places = [#sst.place<thread, 0>]
  %0 = sst.causal_conv1d %x, %k : (tensor<?x?x8xf32>, tensor<1x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: sst.places = [#sst.place<thread, 1152>]
  %1 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  // CHECK: sst.places = [#sst.place<thread, 0>]
  %2 = arith.addf %0, %1 : tensor<?x?x8xf32>
  // CHECK: sst.places = [#sst.place<result, 0>]
  %3 = arith.mulf %2, %1 : tensor<?x?x8xf32>
  return %3 : tensor<?x?x8xf32>
}

// A convolution reads rows that other threads compute: its input is shared and lives for whole phases. %1 is dead in the
// phase in which %3 is computed, but a thread may still read it when another writes %3.
// CHECK-LABEL: func.func @phases
// CHECK-SAME:    sst.arena = #sst.arena<rows = 48, sequences = 0, thread = 1152>
func.func @phases(%x: tensor<?x?x8xf32>, %k: tensor<2x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.places = [#sst.place<rows, [[FIRST:[0-9]+]]>]
  %0 = sst.activation <gelu> %x : tensor<?x?x8xf32>
  // CHECK: sst.places = [#sst.place<rows, [[SECOND:[0-9]+]]>]
  %1 = sst.causal_conv1d %0, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: sst.places = [#sst.place<rows, [[THIRD:[0-9]+]]>]
  %2 = sst.causal_conv1d %1, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  %3 = sst.causal_conv1d %2, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  %4 = arith.addf %3, %0 : tensor<?x?x8xf32>
  return %4 : tensor<?x?x8xf32>
}

// The sum takes over the residual's buffer, which the op reads at the element it writes; not that of its input.
// CHECK-LABEL: func.func @in_place
func.func @in_place(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.dense {{.*}}sst.places = [#sst.place<thread, [[RESIDUAL:[0-9]+]]>]
  %r = sst.dense %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %i = sst.dense %r, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: residual({{.*}}sst.places = [#sst.place<thread, [[RESIDUAL]]>]
  %s = sst.dense %i, %w residual(%r) : (tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = sst.activation <gelu> %s : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// A residual that is also the input must stay intact until the product is done.
// CHECK-LABEL: func.func @no_in_place_over_the_input
func.func @no_in_place_over_the_input(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.places = [#sst.place<thread, [[INPUT:[0-9]+]]>]
  %r = sst.dense %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // CHECK-NOT: sst.places = [#sst.place<thread, [[INPUT]]>]
  // CHECK: residual(
  %s = sst.dense %r, %w residual(%r) : (tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = sst.activation <gelu> %s : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// A residual that a convolution reads in the same phase, other rows of it too, stays intact.
// CHECK-LABEL: func.func @no_in_place_over_shared_rows
func.func @no_in_place_over_shared_rows(%x: tensor<?x?x8xf32>, %k: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK: sst.places = [#sst.place<rows, [[SHARED:[0-9]+]]>]
  %r = sst.activation <gelu> %x : tensor<?x?x8xf32>
  %c = sst.causal_conv1d %r, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: residual(
  // CHECK-NOT: sst.places = [#sst.place<rows, [[SHARED]]>]
  // CHECK: sst.causal_conv1d
  %s = sst.dense %c, %w residual(%r) : (tensor<?x?x8xf32>, tensor<8x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = sst.causal_conv1d %s, %k : (tensor<?x?x8xf32>, tensor<2x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// One row per sequence has a space of its own; projections, scans and attention get scratch memory.
// CHECK-LABEL: func.func @spaces
// CHECK-SAME:    sst.arena = #sst.arena<rows = {{[1-9][0-9]*}}, sequences = 16, thread = {{[1-9][0-9]*}}>
func.func @spaces(%x: tensor<?x?x8xf32>) -> tensor<?x1x8xf32> {
  // CHECK: sst.ema_scan {{.*}}sst.scratch = [#sst.place<rows, {{[0-9]+}}>]
  %h = sst.ema_scan %x, %x, %x, %x : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: sst.causal_attention {{.*}}sst.scratch = [#sst.place<thread, 0>]
  %a = sst.causal_attention %h, %x, %x {num_heads = 2 : i64} : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // CHECK: sst.last_row {{.*}}sst.places = [#sst.place<sequences, 0>]
  %l = sst.last_row %a : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  %y = sst.activation <silu> %l : tensor<?x1x8xf32>
  return %y : tensor<?x1x8xf32>
}
