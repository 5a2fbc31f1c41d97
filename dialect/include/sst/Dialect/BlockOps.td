//===- BlockOps.td - a whole block as one op ---------------------------*- tablegen -*-===//
//
// The composite that a model is imported as.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_BLOCKOPS_TD
#define SST_DIALECT_BLOCKOPS_TD

include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sst/Dialect/SSTAttributes.td"
include "sst/Dialect/SSTInterfaces.td"
include "sst/Dialect/SSTTypes.td"

def SST_BlockOp : SST_Op<"block", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>, DeclareOpInterfaceMethods<SST_StatefulOpInterface>,
    DeclareOpInterfaceMethods<SST_RowOpInterface>, DeclareOpInterfaceMethods<SST_PathOpInterface>]> {
  let summary = "Run one SSTransformer block: scan and attention in parallel, mixed by a gate, then a feed-forward net";
  let description = [{
    With `D` the channels of `input`, `I = D * expand_factor`, `A = num_heads * head_dim`, `@p` standing for the weight
    `weights ++ "_p"`, and `dense(x, p) = x @ p.kernel + p.bias`:

        n = layer_norm(input, @norm)
        x, z = dense(n, @ssm_in_proj)                              I channels each
        a = silu(causal_conv1d(x, @ssm_conv))
        ssm = dense(ema_scan(a, softplus(dense(a, @ssm_dt_proj)), dense(a, @ssm_b_proj), dense(a, @ssm_c_proj))
                    * silu(z), @ssm_out_proj)
        attn = dense(causal_attention(dense(n, @attn_q), dense(n, @attn_k), dense(n, @attn_v)), @attn_out_proj)
        g = sigmoid(dense(n, @gate_proj))
        r = input + (g * ssm + (1 - g) * attn)
        output = r + dense(gelu(dense(layer_norm(r, @ffn_norm), @ffn_up)), @ffn_down)

    The attention scale is `1 / sqrt(head_dim)`; with `attention_window` a row attends to so many rows, the last of
    which is itself. Source: Edifice.SSM.SSTransformer v0.2.0.

    A block carries four states: the last `conv_size - 1` rows of `x` (`batch x (conv_size - 1) x I`), the scan's state
    (`batch x I`), and the keys and values so far (`batch x past x A` each). `initial_states` gives all four or none;
    the results after the first are the final ones, all four or none.

    Constraints:
    - (C1) All sizes, and `attention_window`, are in [1, 1048576].
    - (C2) The result has the shape of `input`.
    - (C3) There are 0 or 4 initial states and 0 or 4 final states, of the shapes above; final keys and values have the
      rows of the initial ones and of `input` together, a dynamic number if one of these is dynamic.
    - (C4) The 30 weights `<weights>_<layer>.<parameter>` exist and have the shapes that the sizes imply.

    Example (the weights left out):

    ```
    %y = sst.block %x weights "sst_block_1" {num_heads = 4 : i64, head_dim = 64 : i64, state_size = 16 : i64,
        expand_factor = 2 : i64, conv_size = 4 : i64} : (tensor<?x?x256xf32>) -> tensor<?x?x256xf32>
    ```
  }];
  let arguments = (ins
    SST_Rows:$input,
    Variadic<SST_RowsOrState>:$initial_states /*C3*/,
    StrAttr:$weights /*C4*/,
    I64Attr:$state_size /*C1*/,
    I64Attr:$num_heads /*C1*/,
    I64Attr:$head_dim /*C1*/,
    I64Attr:$expand_factor /*C1*/,
    I64Attr:$conv_size /*C1*/,
    DefaultValuedAttr<SST_LayerNormFlavorAttr, "::sst::LayerNormFlavor::Axon081">:$layer_norm,
    OptionalAttr<I64Attr>:$attention_window /*C1*/
  );
  let results = (outs SST_Rows:$output /*C2*/, Variadic<SST_RowsOrState>:$final_states /*C3*/);
  let assemblyFormat = [{
    $input (`initial` `(` $initial_states^ `)`)? `weights` $weights attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Channels inside the state-space path.
    int64_t getInnerSize() { return getInput().getType().getDimSize(2) * getExpandFactor(); }
    /// Channels of queries, keys and values.
    int64_t getAttentionSize() { return getNumHeads() * getHeadDim(); }
    /// The weights of a block of these sizes, in the order of Edifice's documentation: name without the prefix
    /// (e.g. "attn_q.kernel") and shape as the IR has it (the convolution's kernel is `taps x channels`).
    static llvm::SmallVector<std::pair<llvm::StringRef, llvm::SmallVector<int64_t>>>
    getWeightShapes(int64_t hiddenSize, int64_t stateSize, int64_t numHeads, int64_t headDim, int64_t expandFactor,
                    int64_t convSize);
    /// The shapes of the four states of `batch` sequences that have had `past` rows; both may be dynamic.
    static llvm::SmallVector<llvm::SmallVector<int64_t>> getStateShapes(int64_t batch, int64_t past, int64_t innerSize,
                                                                        int64_t attentionSize, int64_t convSize);
  }];
}

#endif // SST_DIALECT_BLOCKOPS_TD
