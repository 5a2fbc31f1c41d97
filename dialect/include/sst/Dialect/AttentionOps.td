//===- AttentionOps.td - causal attention ------------------------------*- tablegen -*-===//
//
// Multi-head attention in which a row sees itself and the rows before it.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_ATTENTIONOPS_TD
#define SST_DIALECT_ATTENTIONOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_CausalAttentionOp : SST_Op<"causal_attention", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["query", "output"]>,
    DeclareOpInterfaceMethods<SST_StatefulOpInterface>, DeclareOpInterfaceMethods<SST_RowOpInterface>]> {
  let summary = "Let every row attend to itself and all earlier rows, in several heads";
  let description = [{
    The keys (and values) are those of `past_key`, if given, followed by `key`: `S` rows in all. The `Q` query rows are
    the last `Q` of these `S` positions. Head `h` is the contiguous range of `d = channels / num_heads` channels that
    starts at `h * d`. For query row `i` at position `p = S - Q + i`:

        score[j] = scale * sum_c query[b,i,h*d+c] * keys[b,j,h*d+c],   max(0, p - window + 1) <= j <= p
        w[j] = exp(score[j] - max_j score[j]) / sum_j exp(score[j] - max_j score[j])
        output[b,i,h*d+c] = sum_j w[j] * values[b,j,h*d+c]

    Without `window`, j starts at 0. No row outside this range has any influence, not even a NaN in it. `present` is
    nothing, or the keys and the values including the past. Edifice adds 1e-8 to the denominator, which is at least 1; that changes no `f32`.

    Constraints:
    - (C1) `key` and `value` have the same shape: the batch and channels of `query`, and at least as many rows. If one
      number of rows is dynamic, the other one is, too, or `query` has one row.
    - (C2) `num_heads` is positive and divides the channels.
    - (C3) `past_key` and `past_value` come together and have the same shape, with the batch and channels of `key`.
    - (C4) `present` is empty or two tensors of the same shape, with the batch and channels of `key` and `S` rows: dynamic if
      those of `past_key` or `key` are.
    - (C5) `scale` is finite.
    - (C6) `window` is in [1, 1048576].

    Example:

    ```mlir
    func.func @attend(%q: tensor<?x?x8xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
      %o = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 5.000000e-01 : f32}
          : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
      return %o : tensor<?x?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    SST_Rows:$query,
    SST_Rows:$key /*C1*/,
    SST_Rows:$value /*C1*/,
    Optional<SST_Rows>:$past_key /*C3*/,
    Optional<SST_Rows>:$past_value /*C3*/,
    I64Attr:$num_heads /*C2*/,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale /*C5*/,
    OptionalAttr<I64Attr>:$window /*C6*/
  );
  let results = (outs
    SST_Rows:$output,
    Variadic<SST_Rows>:$present /*C4*/
  );
  let assemblyFormat = [{
    $query `,` $key `,` $value (`past` `(` $past_key^ `,` $past_value `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    // Without `presentKey` and `presentValue`, both null, there is one result. `window` may be null.
    OpBuilder<(ins "::mlir::Type":$output, "::mlir::Type":$presentKey, "::mlir::Type":$presentValue,
                   "::mlir::Value":$query, "::mlir::Value":$key, "::mlir::Value":$value, "::mlir::Value":$pastKey,
                   "::mlir::Value":$pastValue, "int64_t":$numHeads, "::llvm::APFloat":$scale,
                   "::mlir::IntegerAttr":$window)>
  ];
  let extraClassDeclaration = [{
    /// The keys including the past, or null if they are not returned.
    ::mlir::Value getPresentKey() { return getPresent().empty() ? ::mlir::Value() : getPresent()[0]; }
    /// The values including the past, or null if they are not returned.
    ::mlir::Value getPresentValue() { return getPresent().size() < 2 ? ::mlir::Value() : getPresent()[1]; }
  }];
  let hasVerifier = 1;
}

#endif // SST_DIALECT_ATTENTIONOPS_TD
