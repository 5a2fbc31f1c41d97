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

// Vectors of vectors become vectors, whose operations alternate.
// CHECK-LABEL: func.func @together
// CHECK-SAME:    (%[[X:.*]]: vector<16xf32>, %[[Y:.*]]: vector<16xf32>)
// CHECK-NOT:     vector<2x16xf32>
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK:         %[[NX:.*]] = arith.subf %[[ZERO]], %[[X]] : vector<16xf32>
// CHECK-NEXT:    %[[NY:.*]] = arith.subf %[[ZERO]], %[[Y]] : vector<16xf32>
// CHECK:         arith.cmpf ogt, %[[NX]], %{{.*}} : vector<16xf32>
// CHECK-NEXT:    arith.cmpf ogt, %[[NY]], %{{.*}} : vector<16xf32>
// CHECK:         %[[EX:.*]] = arith.mulf
// CHECK-NEXT:    %[[EY:.*]] = arith.mulf
// CHECK-NEXT:    return %[[EX]], %[[EY]]
func.func @together(%x: vector<16xf32>, %y: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %zero = arith.constant dense<0.0> : vector<2x16xf32>
  %0 = vector.insert %x, %zero [0] : vector<16xf32> into vector<2x16xf32>
  %1 = vector.insert %y, %0 [1] : vector<16xf32> into vector<2x16xf32>
  %2 = arith.subf %zero, %1 : vector<2x16xf32>
  %3 = math.exp %2 : vector<2x16xf32>
  %4 = vector.extract %3[0] : vector<16xf32> from vector<2x16xf32>
  %5 = vector.extract %3[1] : vector<16xf32> from vector<2x16xf32>
  return %4, %5 : vector<16xf32>, vector<16xf32>
}

// Unless somebody wants the whole, or nobody knows what it consists of.
// CHECK-LABEL: func.func @not_apart
// CHECK:         %[[WHOLE:.*]] = vector.insert
// CHECK:         arith.addf %{{.*}}, %{{.*}} : vector<2x16xf32>
// CHECK:         vector.insert %{{.*}}, %{{.*}} [-1]
// CHECK:         vector.extract %{{.*}}[-1]
// CHECK:         return %[[WHOLE]],
func.func @not_apart(%x: vector<16xf32>, %y: vector<2x16xf32>)
    -> (vector<2x16xf32>, vector<16xf32>, vector<16xf32>, vector<2x16xf32>) {
  %zero = arith.constant dense<0.0> : vector<2x16xf32>
  %0 = vector.insert %x, %zero [0] : vector<16xf32> into vector<2x16xf32>
  %1 = arith.addf %0, %y : vector<2x16xf32>
  %2 = vector.extract %1[1] : vector<16xf32> from vector<2x16xf32>
  %3 = vector.insert %x, %0 [-1] : vector<16xf32> into vector<2x16xf32>
  %4 = vector.extract %0[-1] : vector<16xf32> from vector<2x16xf32>
  return %0, %2, %4, %3 : vector<2x16xf32>, vector<16xf32>, vector<16xf32>, vector<2x16xf32>
}
