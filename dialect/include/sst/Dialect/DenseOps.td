//===- DenseOps.td - row-local ops -------------------------------------*- tablegen -*-===//
//
// Ops whose every output row depends on one input row: projections, activations, row selection.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_DENSEOPS_TD
#define SST_DIALECT_DENSEOPS_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_DenseOp : SST_Op<"dense", [
    Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SST_RowOpInterface>,
    DeclareOpInterfaceMethods<SST_WeightUserOpInterface>, DeclareOpInterfaceMethods<SST_EpilogueOpInterface>]> {
  let summary = "Project every row by a weight matrix, with an optional epilogue";
  let description = [{
    With `in` input channels, `out` columns of `weight`, and `act` the activation of the result a column belongs to:

        p[b,t,n] = bias[n] + sum_k input[b,t,k] * weight[k,n]
        a[b,t,n] = act(p[b,t,n])
        m[b,t,n] = gate[b,t,n] * a[b,t,n] + (1 - gate[b,t,n]) * other[b,t,n]     (if `gate` is given, else a)
        y[b,t,n] = residual[b,t,n] + m[b,t,n]                                    (if `residual` is given, else m)

    The sum is one chain of fused multiply-adds in ascending `k` that starts from the bias (from 0 without one).

    Several results split the columns in order: the first result takes the first columns, and so on. Projections that
    share an input are merged this way.

    Constraints:
    - (C1) Dimension 0 of `weight` equals the channels of `input`.
    - (C2) The channels of all results add up to dimension 1 of `weight`.
    - (C3) `bias` has as many elements as `weight` has columns.
    - (C4) Every result has the batch and rows of `input`.
    - (C5) `activations` is empty (all `none`) or has one entry per result.
    - (C6) `gate` and `other` come together; with them or `residual` there is one result, whose shape they have.
    - (C7) There is at least one result.

    Example:

    ```mlir
    func.func @dense(%x: tensor<?x?x4xf32>, %w: tensor<4x6xf32>, %b: tensor<6xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x2xf32>) {
      %y:2 = sst.dense %x, %w bias(%b) activations [#sst.activation<silu>, #sst.activation<none>]
          : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x2xf32>)
      return %y#0, %y#1 : tensor<?x?x4xf32>, tensor<?x?x2xf32>
    }
    ```
  }];
  let arguments = (ins
    SST_Rows:$input,
    SST_Matrix:$weight /*C1, C2*/,
    Optional<SST_Channels>:$bias /*C3*/,
    Optional<SST_Rows>:$gate /*C6*/,
    Optional<SST_Rows>:$other /*C6*/,
    Optional<SST_Rows>:$residual /*C6*/,
    DefaultValuedAttr<SST_ActivationArrayAttr, "{}">:$activations /*C5*/
  );
  let results = (outs Variadic<SST_Rows>:$outputs /*C2, C4, C7*/);
  let assemblyFormat = [{
    $input `,` $weight (`bias` `(` $bias^ `)`)? (`gate` `(` $gate^ `,` $other `)`)? (`residual` `(` $residual^ `)`)?
    (`activations` $activations^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The activation of result `index`.
    Activation getActivation(unsigned index);
  }];
  let hasVerifier = 1;
}

def SST_ActivationOp : SST_Op<"activation", [Pure, AllTypesMatch<["input", "output"]>,
                                              DeclareOpInterfaceMethods<SST_RowOpInterface>]> {
  let summary = "Apply an elementwise function";
  let description = [{
    `output[b,t,c] = kind(input[b,t,c])`; see `#sst.activation` for the functions.

    Example:

    ```mlir
    func.func @gelu(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %y = sst.activation <gelu> %x : tensor<?x?x4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins SST_ActivationAttr:$kind, SST_Rows:$input);
  let results = (outs SST_Rows:$output);
  let assemblyFormat = "$kind $input attr-dict `:` type($input)";
}

def SST_LastRowOp : SST_Op<"last_row", [Pure, DeclareOpInterfaceMethods<SST_RowOpInterface>]> {
  let summary = "Take the last time step of every sequence";
  let description = [{
    `output[b,0,c] = input[b,rows-1,c]`.

    Constraints:
    - (C1) The result has one row and the batch and channels of `input`.
    - (C2) `input` has at least one row.

    Example:

    ```mlir
    func.func @last(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
      %y = sst.last_row %x : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
      return %y : tensor<?x1x4xf32>
    }
    ```
  }];
  let arguments = (ins SST_Rows:$input /*C2*/);
  let results = (outs SST_Rows:$output /*C1*/);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let hasVerifier = 1;
}

#endif // SST_DIALECT_DENSEOPS_TD
