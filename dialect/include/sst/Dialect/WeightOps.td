//===- WeightOps.td - weights as symbols -------------------------------*- tablegen -*-===//
//
// `sst.weight` declares a weight of the model, `sst.get_weight` makes it a value.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_WEIGHTOPS_TD
#define SST_DIALECT_WEIGHTOPS_TD

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTTypes.td"

def SST_WeightOp : SST_Op<"weight", [Symbol]> {
  let summary = "Declare a trained weight of the model";
  let description = [{
    Binds a symbol to a constant tensor. `type` is the logical type; an encoding `#sst.panels` says how the values are
    stored. Without an encoding they are stored row by row. Weights are symbols so that no pass copies them by accident
    and a dump can leave their values out.

    Constraints:
    - (C1) `value` holds `f32`.
    - (C2) The element count of `value` equals that of `type`, or its storage size if `type` is packed.
    - (C3) The name is UTF-8 that can be printed: not empty, no control characters.

    Example:

    ```mlir
    sst.weight @sst_block_1_norm.gamma : tensor<4xf32> = dense<[1.0, 0.5, -1.0, 2.0]> : tensor<4xf32>
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name /*C3*/,
    TypeAttrOf<SST_WeightType>:$type,
    ElementsAttr:$value /*C1, C2*/
  );
  let assemblyFormat = "$sym_name `:` $type `=` $value attr-dict";
  let hasVerifier = 1;
}

def SST_GetWeightOp : SST_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Use a weight as a value";
  let description = [{
    Constraints:
    - (C1) `name` refers to an `sst.weight`.
    - (C2) The result type equals the type of that weight.

    Example:

    ```mlir
    sst.weight @w : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
    func.func @get() -> tensor<2x2xf32> {
      %w = sst.get_weight @w : tensor<2x2xf32>
      return %w : tensor<2x2xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name /*C1*/);
  let results = (outs SST_WeightType:$weight /*C2*/);
  let assemblyFormat = "$name attr-dict `:` type($weight)";
}

#endif // SST_DIALECT_WEIGHTOPS_TD
