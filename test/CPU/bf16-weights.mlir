// RUN: sst-opt %s --sst-pack-weights | FileCheck %s --check-prefix=PACK
// RUN: sst-opt %s --sst-schedule-pipeline --sst-convert-to-loops | FileCheck %s

// With bf16 storage, weights of projections are stored as their upper halves; biases are not. The types stay f32.
module attributes {sst.weight_storage = "bf16"} {
  // PACK: sst.weight @w : tensor<2x2xf32, #sst.panels<16, [2], bf16>>
  sst.weight @w : tensor<2x2xf32> = dense<1.5> : tensor<2x2xf32>
  // PACK: sst.weight @b : tensor<2xf32, #sst.panels<16, [2]>>
  sst.weight @b : tensor<2xf32> = dense<1.00001> : tensor<2xf32>
  func.func @rounded(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
    %w = sst.get_weight @w : tensor<2x2xf32>
    %b = sst.get_weight @b : tensor<2xf32>
    %y = sst.dense %x, %w bias(%b) : (tensor<?x?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
    return %y : tensor<?x?x2xf32>
  }
}

// CHECK-LABEL: func.func private @sst_dense_16_columns_2of2_bf16
// CHECK:         %[[HALVES:.*]] = vector.load %{{.*}} : memref<2147483647xi16>, vector<16xi16>
// CHECK:         %[[WORDS:.*]] = arith.extui %[[HALVES]] : vector<16xi16> to vector<16xi32>
// CHECK:         %[[BITS:.*]] = arith.shli %[[WORDS]]
// CHECK:         arith.bitcast %[[BITS]] : vector<16xi32> to vector<16xf32>
// CHECK:         math.fma
