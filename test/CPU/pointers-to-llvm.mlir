// RUN: sst-opt %s --sst-llvm-pipeline | FileCheck %s

// An attribute of the sst dialect loads it, and it brings the conversion.
module attributes {sst.name = "pointers"} {
  // Memory of unknown length is a pointer; nobody asks for its sizes.
  // CHECK-LABEL: llvm.func @pointer
  // CHECK:         %[[AT:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  // CHECK-NEXT:    %[[NONE:.*]] = llvm.mlir.poison : !llvm.struct
  // CHECK-NEXT:    %[[VIEW:.*]] = llvm.insertvalue %[[AT]], %[[NONE]][1]
  // CHECK-NOT:     llvm.insertvalue
  // CHECK:         llvm.load
  func.func @pointer(%memory: memref<2147483647xi8>, %at: index, %i: index) -> f32 attributes {llvm.bareptr} {
    %view = memref.view %memory[%at][] : memref<2147483647xi8> to memref<2147483647x8xf32>
    %x = memref.load %view[%i, %i] : memref<2147483647x8xf32>
    return %x : f32
  }

  // CHECK-LABEL: llvm.func @flat
  // CHECK:         %[[FLAT:.*]] = llvm.mlir.poison : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  // CHECK-NEXT:    llvm.insertvalue %{{.*}}, %[[FLAT]][1]
  // CHECK-NOT:     llvm.insertvalue
  // CHECK:         llvm.load
  func.func @flat(%memory: memref<2147483647x8xf32>, %i: index) -> f32 attributes {llvm.bareptr} {
    %flat = memref.reinterpret_cast %memory to offset: [0], sizes: [2147483647], strides: [1]
        : memref<2147483647x8xf32> to memref<2147483647xf32>
    %x = memref.load %flat[%i] : memref<2147483647xf32>
    return %x : f32
  }

  // Memory of unknown rank is a pointer to a descriptor: MLIR knows how to read it.
  // CHECK-LABEL: llvm.func @unranked
  // CHECK:         %[[DESCRIPTOR:.*]] = llvm.extractvalue %{{.*}}[1] : !llvm.struct<(i64, ptr)>
  // CHECK:         llvm.load %[[DESCRIPTOR]]
  func.func @unranked(%memory: memref<*xf32>, %i: index) -> f32 {
    %flat = memref.reinterpret_cast %memory to offset: [0], sizes: [2147483647], strides: [1]
        : memref<*xf32> to memref<2147483647xf32>
    %x = memref.load %flat[%i] : memref<2147483647xf32>
    return %x : f32
  }

  // Other memory has its sizes.
  // CHECK-LABEL: llvm.func @sizes
  // CHECK:         %[[EIGHT:.*]] = llvm.mlir.constant(8 : index) : i64
  // CHECK:         llvm.insertvalue %[[EIGHT]], %{{.*}}[3, 0]
  func.func @sizes(%memory: memref<?xi8>, %at: index) -> memref<8xf32> {
    %view = memref.view %memory[%at][] : memref<?xi8> to memref<8xf32>
    return %view : memref<8xf32>
  }
}
