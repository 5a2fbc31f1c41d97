//===- ConvOps.td - convolutions along time --------------------------*- tablegen -*-===//
//
// Every channel with its own taps over the current and earlier rows.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_CONVOPS_TD
#define SST_DIALECT_CONVOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_CausalConv1DOp : SST_Op<"causal_conv1d", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["input", "output"]>,
    DeclareOpInterfaceMethods<SST_StatefulOpInterface>, DeclareOpInterfaceMethods<SST_RowOpInterface>,
    DeclareOpInterfaceMethods<SST_WeightUserOpInterface>, DeclareOpInterfaceMethods<SST_EpilogueOpInterface>]> {
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

#endif // SST_DIALECT_CONVOPS_TD
