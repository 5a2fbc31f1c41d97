//===- NormOps.td - normalisation of rows ----------------------------*- tablegen -*-===//
//
// Ops that bring the values of a row to a common scale.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_NORMOPS_TD
#define SST_DIALECT_NORMOPS_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_LayerNormOp : SST_Op<"layer_norm", [
    Pure, AllTypesMatch<["input", "output"]>, AllShapesMatch<["gamma", "beta"]>,
    DeclareOpInterfaceMethods<SST_RowOpInterface>, DeclareOpInterfaceMethods<SST_WeightUserOpInterface>]> {
  let summary = "Normalise every row to zero mean and unit variance, then scale and shift";
  let description = [{
    Over the `C` channels of each row, with the biased variance in two passes:

        mean = sum_c x[c] / C
        var  = sum_c (x[c] - mean)^2 / C
        y[c] = (gamma[c] * r) * (x[c] - mean) + beta[c]

    where `r` is given by `flavor` and `epsilon`, 1e-5 unless it is stated (see `#sst.layer_norm_flavor`). A row that holds a NaN
    becomes NaN, and so does one that holds an infinity, except that with `axon_0_8_0` its finite channels become
    infinite. Source: Axon's `layer_norm`.

    Constraints:
    - (C1) `gamma` and `beta` have one element per channel.
    - (C2) `epsilon` is positive and finite.

    Example:

    ```mlir
    func.func @norm(%x: tensor<?x?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<?x?x4xf32> {
      %y = sst.layer_norm %x, %g, %b : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins
    SST_Rows:$input,
    SST_Channels:$gamma /*C1*/,
    SST_Channels:$beta /*C1*/,
    DefaultValuedAttr<SST_LayerNormFlavorAttr, "::sst::LayerNormFlavor::Axon081">:$flavor,
    DefaultValuedAttr<F32Attr, "::sst::kLayerNormEpsilon">:$epsilon /*C2*/
  );
  let results = (outs SST_Rows:$output);
  let assemblyFormat = "$input `,` $gamma `,` $beta attr-dict `:` type($input) `,` type($gamma) `,` type($beta)";
  let hasVerifier = 1;
}

#endif // SST_DIALECT_NORMOPS_TD
