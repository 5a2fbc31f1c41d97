// RUN: sst-interpret %s --function=whole --values=12 | FileCheck %s --check-prefix=WHOLE
// RUN: sst-interpret %s --function=parts --values=12 | FileCheck %s --check-prefix=PARTS
// RUN: sst-interpret %s --function=frozen --values=12 | FileCheck %s --check-prefix=FROZEN
// RUN: sst-interpret %s --function=last_row --values=12 | FileCheck %s --check-prefix=LAST

// WHOLE: result #0: [1, 4, 3] {{.*}} values 0.0183664293 -0.0257130011 0.055099288 0.0439059036 -0.061468265 -0.0117101227 0.0472600193 0.0185099379 0.0438459821 0.385579724 0.318325106 -0.25083361
// WHOLE: result #1: [1, 3] {{.*}} values 0.385579724 0.318325106 -0.25083361
// WHOLE: result #2: [1, 4, 3] {{.*}} values -0.0252538403 0.0192847508 0.082648932 0.0493941415 -0.00768353312 0.0117101227 0.0649825265 0.00231374224 0.0548074776 0.289184793 0.318325106 0.0627084026
func.func @whole() -> (tensor<1x4x3xf32>, tensor<1x3xf32>, tensor<1x4x3xf32>) {
  %a = arith.constant dense<[[[0.625, -0.875, 1.875], [1.25, -1.75, -1.5], [0.5, 0.625, 0.75], [1.875, 1.625, -1.5]]]> : tensor<1x4x3xf32>
  %dt = arith.constant dense<[[[-1.375, 0.125], [1.75, -1.5], [-1.625, 0.375], [1.5, 0.25]]]> : tensor<1x4x2xf32>
  %b = arith.constant dense<[[[1.0, 0.75], [-1.875, 1.625], [0.75, -0.75], [-1.125, 1.875]]]> : tensor<1x4x2xf32>
  %c = arith.constant dense<[[[-1.625, -0.375], [0.25, -1.0], [-0.125, 1.125], [1.125, 1.875]]]> : tensor<1x4x2xf32>
  %g = arith.constant dense<[[[-1.375, -0.75, 1.5], [1.125, 0.125, -1.0], [1.375, 0.125, 1.25], [0.75, 1.0, -0.25]]]> : tensor<1x4x3xf32>
  %y:2 = sst.ema_scan %a, %dt, %b, %c
      : (tensor<1x4x3xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>) -> (tensor<1x4x3xf32>, tensor<1x3xf32>)
  %z = sst.ema_scan %a, %dt, %b, %c gate(%g)
      : (tensor<1x4x3xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x3xf32>) -> tensor<1x4x3xf32>
  return %y#0, %y#1, %z : tensor<1x4x3xf32>, tensor<1x3xf32>, tensor<1x4x3xf32>
}

// PARTS: result #0: [1, 1, 3] {{.*}} values 0.0183664293 -0.0257130011 0.055099288
// PARTS: result #1: [1, 3, 3] {{.*}} values 0.0439059036 -0.061468265 -0.0117101227 0.0472600193 0.0185099379 0.0438459821 0.385579724 0.318325106 -0.25083361
// PARTS: result #2: [1, 3] {{.*}} values 0.385579724 0.318325106 -0.25083361
func.func @parts() -> (tensor<1x1x3xf32>, tensor<1x3x3xf32>, tensor<1x3xf32>) {
  %a0 = arith.constant dense<[[[0.625, -0.875, 1.875]]]> : tensor<1x1x3xf32>
  %dt0 = arith.constant dense<[[[-1.375, 0.125]]]> : tensor<1x1x2xf32>
  %b0 = arith.constant dense<[[[1.0, 0.75]]]> : tensor<1x1x2xf32>
  %c0 = arith.constant dense<[[[-1.625, -0.375]]]> : tensor<1x1x2xf32>
  %a1 = arith.constant dense<[[[1.25, -1.75, -1.5], [0.5, 0.625, 0.75], [1.875, 1.625, -1.5]]]> : tensor<1x3x3xf32>
  %dt1 = arith.constant dense<[[[1.75, -1.5], [-1.625, 0.375], [1.5, 0.25]]]> : tensor<1x3x2xf32>
  %b1 = arith.constant dense<[[[-1.875, 1.625], [0.75, -0.75], [-1.125, 1.875]]]> : tensor<1x3x2xf32>
  %c1 = arith.constant dense<[[[0.25, -1.0], [-0.125, 1.125], [1.125, 1.875]]]> : tensor<1x3x2xf32>
  %y0:2 = sst.ema_scan %a0, %dt0, %b0, %c0
      : (tensor<1x1x3xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> (tensor<1x1x3xf32>, tensor<1x3xf32>)
  %y1:2 = sst.ema_scan %a1, %dt1, %b1, %c1 initial(%y0#1)
      : (tensor<1x3x3xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3xf32>) -> (tensor<1x3x3xf32>, tensor<1x3xf32>)
  return %y0#0, %y1#0, %y1#1 : tensor<1x1x3xf32>, tensor<1x3x3xf32>, tensor<1x3xf32>
}

// One infinite channel of delta in row 2: that row repeats row 1.
// FROZEN: result #0: [1, 4, 3] {{.*}} values 0.0183664293 -0.0257130011 0.055099288 0.0439059036 -0.061468265 -0.0117101227 0.0439059036 -0.061468265 -0.0117101227 0.38321244 0.261877688 -0.290044277
func.func @frozen() -> tensor<1x4x3xf32> {
  %a = arith.constant dense<[[[0.625, -0.875, 1.875], [1.25, -1.75, -1.5], [0.5, 0.625, 0.75], [1.875, 1.625, -1.5]]]> : tensor<1x4x3xf32>
  %dt = arith.constant dense<[[[-1.375, 0.125], [1.75, -1.5], [-1.625, 0x7F800000], [1.5, 0.25]]]> : tensor<1x4x2xf32>
  %b = arith.constant dense<[[[1.0, 0.75], [-1.875, 1.625], [0.75, -0.75], [-1.125, 1.875]]]> : tensor<1x4x2xf32>
  %c = arith.constant dense<[[[-1.625, -0.375], [0.25, -1.0], [-0.125, 1.125], [1.125, 1.875]]]> : tensor<1x4x2xf32>
  %y = sst.ema_scan %a, %dt, %b, %c
      : (tensor<1x4x3xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>) -> tensor<1x4x3xf32>
  return %y : tensor<1x4x3xf32>
}

// LAST: result #0: [1, 1, 3] {{.*}} values 0.289184793 0.318325106 0.0627084026
// LAST: result #1: [1, 3] {{.*}} values 0.385579724 0.318325106 -0.25083361
func.func @last_row() -> (tensor<1x1x3xf32>, tensor<1x3xf32>) {
  %a = arith.constant dense<[[[0.625, -0.875, 1.875], [1.25, -1.75, -1.5], [0.5, 0.625, 0.75], [1.875, 1.625, -1.5]]]> : tensor<1x4x3xf32>
  %dt = arith.constant dense<[[[-1.375, 0.125], [1.75, -1.5], [-1.625, 0.375], [1.5, 0.25]]]> : tensor<1x4x2xf32>
  %b = arith.constant dense<[[[1.0, 0.75], [-1.875, 1.625], [0.75, -0.75], [-1.125, 1.875]]]> : tensor<1x4x2xf32>
  %c = arith.constant dense<[[[-1.625, -0.375], [0.25, -1.0], [-0.125, 1.125], [1.125, 1.875]]]> : tensor<1x4x2xf32>
  %g = arith.constant dense<[[[0.75, 1.0, -0.25]]]> : tensor<1x1x3xf32>
  %y:2 = sst.ema_scan %a, %dt, %b, %c gate(%g) last_row
      : (tensor<1x4x3xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<1x1x3xf32>) -> (tensor<1x1x3xf32>, tensor<1x3xf32>)
  return %y#0, %y#1 : tensor<1x1x3xf32>, tensor<1x3xf32>
}
