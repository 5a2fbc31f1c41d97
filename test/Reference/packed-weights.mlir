// RUN: sst-interpret %s --function=main --values=38 | FileCheck %s
// RUN: sst-interpret %s --function=main --output %t.npy
// RUN: sst-interpret %s --function=plain --compare %t.npy --atol=0 --rtol=0

// Two segments of 17 and 2 columns: a panel of 32 and one of 16.
sst.weight @wide : tensor<2x19xf32, #sst.panels<32, [17, 2]>> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 18.0, 19.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 28.0, 29.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]> : tensor<96xf32>
// One segment of 19 columns: two panels of 16.
sst.weight @narrow : tensor<2x19xf32, #sst.panels<16, [19]>> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 17.0, 18.0, 19.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 27.0, 28.0, 29.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]> : tensor<64xf32>
sst.weight @bias : tensor<19xf32, #sst.panels<32, [17, 2]>> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 18.0, 19.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]> : tensor<48xf32>
sst.weight @flat : tensor<2x19xf32> = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0], [11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 29.0]]> : tensor<2x19xf32>
sst.weight @flat_bias : tensor<19xf32> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0]> : tensor<19xf32>

// CHECK: result #0: [1, 2, 19] {{.*}} values 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38 12 14 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48
// CHECK: result #1: [1, 2, 19] {{.*}} values 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
func.func @main() -> (tensor<1x2x19xf32>, tensor<1x2x19xf32>) {
  %x = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0]]]> : tensor<1x2x2xf32>
  %w = sst.get_weight @wide : tensor<2x19xf32, #sst.panels<32, [17, 2]>>
  %n = sst.get_weight @narrow : tensor<2x19xf32, #sst.panels<16, [19]>>
  %b = sst.get_weight @bias : tensor<19xf32, #sst.panels<32, [17, 2]>>
  %y = sst.dense %x, %w bias(%b)
      : (tensor<1x2x2xf32>, tensor<2x19xf32, #sst.panels<32, [17, 2]>>, tensor<19xf32, #sst.panels<32, [17, 2]>>) -> tensor<1x2x19xf32>
  %z = sst.dense %x, %n : (tensor<1x2x2xf32>, tensor<2x19xf32, #sst.panels<16, [19]>>) -> tensor<1x2x19xf32>
  return %y, %z : tensor<1x2x19xf32>, tensor<1x2x19xf32>
}

func.func @plain() -> tensor<1x2x19xf32> {
  %x = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0]]]> : tensor<1x2x2xf32>
  %w = sst.get_weight @flat : tensor<2x19xf32>
  %b = sst.get_weight @flat_bias : tensor<19xf32>
  %y = sst.dense %x, %w bias(%b) : (tensor<1x2x2xf32>, tensor<2x19xf32>, tensor<19xf32>) -> tensor<1x2x19xf32>
  return %y : tensor<1x2x19xf32>
}
