// RUN: sst-opt %s --sst-expand-math | FileCheck %s

// CHECK-LABEL: func.func @exp
// CHECK-SAME:    (%[[X:.*]]: vector<16xf32>)
// CHECK-NOT:     math.exp
// CHECK:         math.fma
// CHECK:         arith.shli
// CHECK:         %[[Y:.*]] = arith.mulf
// CHECK:         return %[[Y]]
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @log_of_a_scalar
// CHECK-NOT:     math.log
// CHECK:         arith.bitcast %{{.*}} : f32 to i32
// CHECK:         arith.sitofp
func.func @log_of_a_scalar(%x: f32) -> f32 {
  %y = math.log %x : f32
  return %y : f32
}

// CHECK-LABEL: func.func @erf
// CHECK-NOT:     math.erf
// CHECK:         math.absf
// CHECK:         math.copysign
func.func @erf(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.erf %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @no_change_of_ieee_operations
// CHECK:         math.sqrt
// CHECK:         math.fma
func.func @no_change_of_ieee_operations(%x: f32) -> f32 {
  %y = math.sqrt %x : f32
  %z = math.fma %y, %y, %x : f32
  return %z : f32
}
