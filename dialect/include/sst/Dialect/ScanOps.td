//===- ScanOps.td - ops that carry state along time --------------------*- tablegen -*-===//
//
// The scan of the state-space path.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SCANOPS_TD
#define SST_DIALECT_SCANOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_EmaScanOp : SST_Op<"ema_scan", [
    Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SST_StatefulOpInterface>,
    DeclareOpInterfaceMethods<SST_RowOpInterface>, DeclareOpInterfaceMethods<SST_EpilogueOpInterface>]> {
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
