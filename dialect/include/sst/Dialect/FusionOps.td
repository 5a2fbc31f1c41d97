//===- FusionOps.td - mixing the two paths -----------------------------*- tablegen -*-===//
//
// The learned gate between the state-space path and the attention path.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_FUSIONOPS_TD
#define SST_DIALECT_FUSIONOPS_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_GatedFusionOp : SST_Op<"gated_fusion", [Pure, AllTypesMatch<["gate", "first", "second", "output"]>,
                                                 DeclareOpInterfaceMethods<SST_RowOpInterface>]> {
  let summary = "Mix two paths with a gate per channel";
  let description = [{
    `output[b,t,c] = gate[b,t,c] * first[b,t,c] + (1 - gate[b,t,c]) * second[b,t,c]`

    `gate` is the value of the gate, in [0, 1] (after its sigmoid). In an SSTransformer `first` is the state-space path
    and `second` the attention path.

    Example:

    ```mlir
    func.func @mix(%g: tensor<?x?x4xf32>, %a: tensor<?x?x4xf32>, %b: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %y = sst.gated_fusion gate(%g) %a, %b : tensor<?x?x4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins SST_Rows:$gate, SST_Rows:$first, SST_Rows:$second);
  let results = (outs SST_Rows:$output);
  let assemblyFormat = "`gate` `(` $gate `)` $first `,` $second attr-dict `:` type($output)";
}

#endif // SST_DIALECT_FUSIONOPS_TD
