// RUN: sst-opt %s --split-input-file --verify-diagnostics --sst-plan-phases

func.func @unknown_op(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'arith.negf' op has no kernel; expand it first (--sst-expand-blocks), or write it in terms of sst.dense, sst.layer_norm, sst.activation, sst.last_row, sst.causal_conv1d, sst.ema_scan, sst.causal_attention, sst.gated_fusion, arith.addf, arith.subf, arith.mulf}}
  %y = arith.negf %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

func.func @mixed_rows(%x: tensor<?x?x8xf32>) -> tensor<?x1x8xf32> {
  %l = sst.last_row %x : tensor<?x?x8xf32> -> tensor<?x1x8xf32>
  // expected-error @below {{'arith.mulf' op expects operands of the type of its result, 'tensor<?x1x8xf32>', but got 'tensor<?x?x8xf32>'; spell both alike}}
  %y = "arith.mulf"(%l, %x) : (tensor<?x1x8xf32>, tensor<?x?x8xf32>) -> tensor<?x1x8xf32>
  return %y : tensor<?x1x8xf32>
}

// -----

func.func @no_return(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @below {{'llvm.unreachable' op cannot end a function; return its results with func.return}}
  llvm.unreachable
}

// -----

// expected-error @below {{'func.func' op expects a body of one block, but got several; inline control flow first}}
func.func @blocks(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  cf.br ^next
^next:
  %y = sst.activation <gelu> %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
