//===- TransformPasses.td - passes from sst to sst ---------------------*- tablegen -*-===//
//
// Expand, slice, merge, fold and fuse. Every one keeps the program in sst ops on tensors, so that the reference
// interpreter can run it before and after.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_TRANSFORMPASSES_TD
#define SST_COMPILER_TRANSFORMPASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandBlocksPass : Pass<"sst-expand-blocks", "::mlir::ModuleOp"> {
  let summary = "Replace every block by the ops it consists of";
  let description = [{
    Spells out the formula of `sst.block`, one op per layer. Activations stay ops of their own; `ssm_in_proj` becomes
    one `sst.dense` with two results. Initial and final states are handed to the convolution, the scan and the
    attention. The location of every op is named after its layer (`"sst_block_1_ssm_conv"`).

    ```mlir
    %y = sst.block %x weights "b" {num_heads = 2 : i64, ...} : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
    // becomes
    %0 = sst.get_weight @b_norm.gamma : tensor<8xf32>
    %1 = sst.get_weight @b_norm.beta : tensor<8xf32>
    %2 = sst.layer_norm %x, %0, %1 : tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
    ...
    %y = arith.addf %residual, %ffn_out : tensor<?x?x8xf32>
    ```

    Relies on nothing.
  }];
  let dependentDialects = ["::sst::SSTDialect", "::mlir::arith::ArithDialect"];
}

def SliceLastRowPass : Pass<"sst-slice-last-row", "::mlir::ModuleOp"> {
  let summary = "Compute only the last row where only the last row is wanted";
  let description = [{
    Moves `sst.last_row` from a value to the operands of the op that computes it, as long as nobody needs the other
    rows: through layer norm, activations, elementwise arithmetic, gated fusion and dense (all operands of the same
    rows), through the scan (which then returns its last row only), and to the query of an attention. No op is ever
    computed twice.

    ```mlir
    %1 = sst.layer_norm %0, %g, %b : tensor<?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %2 = sst.last_row %1 : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
    // becomes
    %1 = sst.last_row %0 : tensor<?x?x4xf32> -> tensor<?x1x4xf32>
    %2 = sst.layer_norm %1, %g, %b : tensor<?x1x4xf32>, tensor<4xf32>, tensor<4xf32>
    ```

    A dense of several results of which some are wanted whole and some in the last row is split into one dense per
    result. So are all other uses of its weights, in every function of the module, so that no value is stored twice;
    where that is impossible, the dense stays as it is. `sst-merge-projections` puts together what can be.

    Works on expanded blocks. The last row of a convolution or a block needs earlier rows: there the slice ends.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def MergeProjectionsPass : Pass<"sst-merge-projections", "::mlir::ModuleOp"> {
  let summary = "Compute projections of the same input by one matrix";
  let description = [{
    Dense ops without gate and residual that have the same input become one dense with several results, whose weight
    is their weights side by side. Absent biases become zeros if another part has one.

    ```mlir
    %q = sst.dense %x, %wq bias(%bq) : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>) -> tensor<?x?x6xf32>
    %k = sst.dense %x, %wk bias(%bk) : (tensor<?x?x4xf32>, tensor<4x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
    // becomes
    %qk:2 = sst.dense %x, %w bias(%b)
        : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>) -> (tensor<?x?x6xf32>, tensor<?x?x2xf32>)
    ```

    Only weights that go together in all functions of the module are merged: two weights that share an input in one
    function and not in another stay apart in both, so that every value is stored once. Needs weights that are
    `sst.get_weight` results; leaves others alone.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def FoldScalesPass : Pass<"sst-fold-scales", "::mlir::ModuleOp"> {
  let summary = "Multiply the scale of an attention into its query projection";
  let description = [{
    The query's columns of weight and bias are multiplied by the scale in `f32`, and the scale becomes 1. A scale that
    is a power of two changes no result; any other rounds each weight once.

    ```mlir
    %q = sst.dense %x, %w bias(%b) : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
    %y = sst.causal_attention %q, %k, %v {num_heads = 2 : i64, scale = 5.000000e-01 : f32} : ...
    // becomes
    %q = sst.dense %x, %w_scaled bias(%b_scaled) : ...
    %y = sst.causal_attention %q, %k, %v {num_heads = 2 : i64} : ...
    ```

    Needs a query that is the result of a dense, without activation, gate, residual or another use, and a weight all
    of whose uses, in all functions, can be scaled alike. With `exact-only`, and for a
    module whose weights are stored as bf16, scales other than powers of two stay.
  }];
  let options = [
    Option<"exactOnly", "exact-only", "bool", /*default=*/"false", "Fold powers of two only, which change no result">,
  ];
  let dependentDialects = ["::sst::SSTDialect"];
}

def FuseEpiloguesPass : Pass<"sst-fuse-epilogues", "::mlir::ModuleOp"> {
  let summary = "Let ops that follow a projection, convolution or scan become part of it";
  let description = [{
    | op | becomes |
    |---|---|
    | `sst.activation` of a dense result or a convolution | its `activation` |
    | `arith.mulf` of a scan | its `gate` |
    | `sst.gated_fusion` whose `first` is a dense | its `gate` and `other` |
    | `arith.addf` of a dense | its `residual` |

    ```mlir
    %1 = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> tensor<?x?x4xf32>
    %2 = sst.activation <gelu> %1 : tensor<?x?x4xf32>
    %3 = arith.addf %x, %2 : tensor<?x?x4xf32>
    // becomes
    %3 = sst.dense %x, %w residual(%x) activations [#sst.activation<gelu>]
        : (tensor<?x?x4xf32>, tensor<4x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    ```

    Fuses a value that has one use, in the block of its producer. The order of operations on every element stays, so
    no bit changes. The fused op carries the location of the last op that it replaces, whose value it computes.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def DropUnusedWeightsPass : Pass<"sst-drop-unused-weights", "::mlir::ModuleOp"> {
  let summary = "Erase weights that nothing uses";
  let description = [{
    Erases every `sst.weight` that no `sst.get_weight`, no `sst.block` and no attribute names, whatever its visibility:
    a weight is part of the model, not of its interface. An op whose results nobody uses counts as no use and goes too.

    ```mlir
    sst.weight @unused : tensor<4xf32> = dense<0.0> : tensor<4xf32>
    // becomes nothing
    ```

    Relies on nothing. Leaves the weights of nested modules alone.
  }];
}

#endif // SST_COMPILER_TRANSFORMPASSES_TD
