//===- ScanOps.td - ops that carry state along time --------------------*- tablegen -*-===//
//
// The causal convolution and the scan of the state-space path.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SCANOPS_TD
#define SST_DIALECT_SCANOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTTypes.td"

def SST_CausalConv1DOp : SST_Op<"causal_conv1d", [Pure, AttrSizedOperandSegments,
                                                  AllTypesMatch<["input", "output"]>]> {
  let summary = "Convolve every channel with its own taps over the current and earlier rows";
  let description = [{
    With `K` taps, and `x[b,t,c]` for `t < 0` taken from `initial_state` (`x[b,t,c] = initial_state[b,t+K-1,c]`), or
    zero without one:

        p[b,t,c] = bias[c] + sum_{k<K} weight[k,c] * x[b,t-(K-1)+k,c]
        output[b,t,c] = activation(p[b,t,c])
        final_state[b,j,c] = x[b,rows-(K-1)+j,c],  0 <= j < K-1

    The last tap multiplies the current row. The sum starts from the bias and is one chain of fused multiply-adds in
    ascending `k`; rows before the first take part as zeros.

    Constraints:
    - (C1) `weight` is `taps x channels`.
    - (C2) `bias` has one element per channel.
    - (C3) `initial_state` and `final_state` are `batch x (taps - 1) x channels`.

    Example:

    ```mlir
    func.func @conv(%x: tensor<?x?x4xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> tensor<?x?x4xf32> {
      %y = sst.causal_conv1d %x, %w bias(%b) activation <silu>
          : (tensor<?x?x4xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins
    SST_Rows:$input,
    SST_Matrix:$weight /*C1*/,
    Optional<SST_Channels>:$bias /*C2*/,
    Optional<SST_Rows>:$initial_state /*C3*/,
    DefaultValuedAttr<SST_ActivationAttr, "::sst::Activation::None">:$activation
  );
  let results = (outs SST_Rows:$output, Optional<SST_Rows>:$final_state /*C3*/);
  let assemblyFormat = [{
    $input `,` $weight (`bias` `(` $bias^ `)`)? (`initial` `(` $initial_state^ `)`)? (`activation` $activation^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def SST_EmaScanOp : SST_Op<"ema_scan", [Pure, AttrSizedOperandSegments]> {
  let summary = "Run Edifice's input-dependent moving average over the time axis";
  let description = [{
    With per-row scalars `m` (how much to keep) and `s` (how much to let in), and `h[b,-1,c]` taken from
    `initial_state`, or zero without one:

        m[b,t]   = sigmoid(mean_i delta[b,t,i])
        s[b,t]   = sigmoid(sum_n b[b,t,n] * c[b,t,n])
        h[b,t,c] = m[b,t] * h[b,t-1,c] + (1 - m[b,t]) * (m[b,t] * s[b,t]) * input[b,t,c]
        output[b,t,c] = h[b,t,c] * gate[b,t,c]      (without `gate`: h)
        final_state[b,c] = h[b,rows-1,c]

    An infinite `delta` gives `m = 1`: the state is frozen in that row. With `last_row`, only the last row of the output
    is returned, and `gate`, if given, has that one row. Source: Edifice.SSM.SSTransformer's `selective_scan`; it is not
    Mamba's.

    Constraints:
    - (C1) `delta`, `b` and `c` have the batch and rows of `input`; `b` and `c` have the same shape.
    - (C2) `output` has the shape of `input`, but one row with `last_row`; then `input` has at least one.
    - (C3) `gate` has the shape of `output`.
    - (C4) `initial_state` and `final_state` are `batch x channels` of `input`.

    Example:

    ```mlir
    func.func @scan(%a: tensor<?x?x8xf32>, %dt: tensor<?x?x8xf32>, %b: tensor<?x?x2xf32>, %c: tensor<?x?x2xf32>) -> tensor<?x?x8xf32> {
      %h = sst.ema_scan %a, %dt, %b, %c
          : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x8xf32>
      return %h : tensor<?x?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    SST_Rows:$input,
    SST_Rows:$delta /*C1*/,
    SST_Rows:$b /*C1*/,
    SST_Rows:$c /*C1*/,
    Optional<SST_State>:$initial_state /*C4*/,
    Optional<SST_Rows>:$gate /*C3*/,
    UnitAttr:$last_row
  );
  let results = (outs SST_Rows:$output /*C2*/, Optional<SST_State>:$final_state /*C4*/);
  let assemblyFormat = [{
    $input `,` $delta `,` $b `,` $c (`initial` `(` $initial_state^ `)`)? (`gate` `(` $gate^ `)`)?
    (`last_row` $last_row^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // SST_DIALECT_SCANOPS_TD
