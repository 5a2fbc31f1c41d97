//===- SSTAttributes.td - enumerations and attributes of sst -----------*- tablegen -*-===//
//
// Activations, layer-norm flavours, the storage layout of packed weights, and where values live in the arena.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTATTRIBUTES_TD
#define SST_DIALECT_SSTATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/TensorEncoding.td"
include "sst/Dialect/SSTDialect.td"

def SST_Activation : I32EnumAttr<"Activation", "an elementwise function", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Sigmoid", 1, "sigmoid">,
  I32EnumAttrCase<"Silu", 2, "silu">,
  I32EnumAttrCase<"Gelu", 3, "gelu">,
  I32EnumAttrCase<"Softplus", 4, "softplus">,
]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::sst";
}
def SST_ActivationAttr : EnumAttr<SST_Dialect, SST_Activation, "activation"> {
  let summary = "Name an elementwise function";
  let description = [{
    - `none`: `x`
    - `sigmoid`: `1 / (1 + exp(-x))`
    - `silu`: `x * sigmoid(x)`
    - `gelu`: `x * (1 + erf(x / sqrt(2))) / 2`, the exact form
    - `softplus`: `log(exp(x) + 1)`, with the overflow of binary32 as part of its definition: where `exp(x)` exceeds
      the largest finite `f32` (x > 88.7228) the result is `+inf`, as in Edifice.
  }];
  let assemblyFormat = "`<` $value `>`";
}
def SST_ActivationArrayAttr : TypedArrayAttrBase<SST_ActivationAttr, "one activation per result">;

def SST_LayerNormFlavor : I32EnumAttr<"LayerNormFlavor", "how the reciprocal deviation is formed", [
  I32EnumAttrCase<"Axon080", 0, "axon_0_8_0">,
  I32EnumAttrCase<"Axon081", 1, "axon_0_8_1">,
]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::sst";
}
def SST_LayerNormFlavorAttr : EnumAttr<SST_Dialect, SST_LayerNormFlavor, "layer_norm_flavor"> {
  let summary = "Name the Axon release whose layer norm is meant";
  let description = [{
    - `axon_0_8_1`: `r = 1 / sqrt(var + eps)`
    - `axon_0_8_0`: `r = var >= eps ? 1 / sqrt(var + eps) : 1 / sqrt(eps)`; a NaN variance takes the second arm.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def SST_Storage : I32EnumAttr<"Storage", "how a number is stored", [
  I32EnumAttrCase<"F32", 0, "f32">,
  I32EnumAttrCase<"BF16", 1, "bf16">,
]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::sst";
}

def SST_PanelsAttr : AttrDef<SST_Dialect, "Panels", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding, ["verifyEncoding"]>]> {
  let mnemonic = "panels";
  let summary = "Store a weight as panels of adjacent columns";
  let description = [{
    The encoding of a packed weight. The logical type stays `k x n` (or `n`, which counts as `1 x n`). The columns are
    split into `segments` (their widths add up to `n`); each segment starts a new panel. A panel holds `width`
    adjacent columns, the last one of a segment as many multiples of 16 as it needs; missing columns are zero. Panels
    are stored one after the other, each row by row. `width` is a positive multiple of 16, every segment is positive.
    With `bf16`, an artefact holds the upper half of every value, which must be all of it: the lower half is zero. The
    values are f32 in the IR nevertheless, and in all arithmetic.

    Example: `#sst.panels<32, [40]>` stores a `k x 40` weight as one panel `k x 32` and one `k x 16` of which 8 columns
    are zero.
  }];
  let parameters = (ins "int64_t":$width, ArrayRefParameter<"int64_t">:$segments,
                        DefaultValuedParameter<"::sst::Storage", "::sst::Storage::F32">:$storage);
  let assemblyFormat = "`<` $width `,` `[` $segments `]` (`,` $storage^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes of a stored value.
    int64_t getElementBytes() const { return getStorage() == ::sst::Storage::BF16 ? 2 : 4; }
    /// Number of values that a weight of `rows` logical rows occupies.
    int64_t getStorageElements(int64_t rows) const;
  }];
}

def SST_Space : I32EnumAttr<"Space", "a region of memory", [
  I32EnumAttrCase<"Rows", 0, "rows">,
  I32EnumAttrCase<"Sequences", 1, "sequences">,
  I32EnumAttrCase<"Thread", 2, "thread">,
  I32EnumAttrCase<"Result", 3, "result">,
  I32EnumAttrCase<"State", 4, "state">,
]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::sst";
}
def SST_PlaceAttr : AttrDef<SST_Dialect, "Place"> {
  let mnemonic = "place";
  let summary = "Name where a value lives at run time";
  let description = [{
    `space` is one of

    - `rows`: a value of `batch * rows` rows; `offset` is in `f32` per row,
    - `sequences`: a value of `batch` rows (one per sequence); `offset` is in `f32` per sequence,
    - `thread`: memory that every thread has for itself; `offset` is in `f32`. It holds scratch memory, and values that are
      used in the phase that computes them only: up to 72 rows of them at a time,
    - `result`: the caller's output buffer; `offset` is the result's number,
    - `state`: the state of the stream, where a call finds what the one before has left; `offset` is in `f32` behind the
      header.

    With a capacity of `R` rows and a rollback by up to `B` rows (the module's `sst.stream`), a state holds of a stream
    that has had `p` rows

    - of a convolution with `K` taps: row `r` of the last `K - 1 + B` of the input, as row `r mod (K - 1 + B)`,
    - of a scan: its state after `r` rows, for the last `B + 1` values of `r`, as row `r mod (B + 1)`,
    - the keys as `heads x R/16 x d x 16`: panels of 16 rows, transposed,
    - the values as `heads x d/16 x R x 16`: vectors of 16 channels, row after row,

    where `R` and, of values, `d` are rounded up to 16. What is before row 0 is not there and counts as zeros.

    A value of `c` channels occupies rows of `c` rounded up to 16 elements, except in `result`, where rows are dense.
    An offset is not negative and, except in `result`, a multiple of 16.
  }];
  let parameters = (ins EnumParameter<SST_Space>:$space, "int64_t":$offset);
  let genVerifyDecl = 1;
  let assemblyFormat = "`<` $space `,` $offset `>`";
}
def SST_ArenaAttr : AttrDef<SST_Dialect, "Arena"> {
  let mnemonic = "arena";
  let summary = "State the size of a function's workspace";
  let description = [{
    For `b` sequences of `t` rows the workspace holds, in this order and in `f32`, `rows * (b * t + 16)`,
    `sequences * (b + 1)` and, for each thread, `thread` elements, all multiples of 16. The spare rows let a vector access run past
    the last row. `state`, 0 unless given, is the size of a stream's state without its header.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$sequences, "int64_t":$thread, DefaultValuedParameter<"int64_t", "0">:$state);
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Rows and sequences that the workspace has beyond those of a call.
    static constexpr int64_t kSpareRows = 16, kSpareSequences = 1;
  }];
  let assemblyFormat = [{
    `<` `rows` `=` $rows `,` `sequences` `=` $sequences `,` `thread` `=` $thread (`,` `state` `=` $state^)? `>`
  }];
}

def SST_WorkAttr : AttrDef<SST_Dialect, "Work"> {
  let mnemonic = "work";
  let summary = "State what a stage of a lowered function is and how much it does";
  let description = [{
    `name` says what is computed, `kernel` by which function, `phase` between which two barriers. (A projection of one
    row per sequence is computed by a function with `_one_row` behind that name if there is one sequence.) A call does
    `flops[0] * rows + flops[1] * sequences + flops[2] * pairs + flops[3] * last pairs` additions, multiplications and
    other functions of one element (a fused multiply-add is two), reads and writes as many `bytes` of activations, and
    reads `weights` bytes of weights. Pairs are of a row of the call and one that it attends to, last pairs those of the
    last row of each sequence. A lowered function has an array of these in `sst.ops`, in the order of execution.

    Example: `#sst.work<"sst_block_1_ffn_up", "sst_dense_256_to_1024_gelu", 0, [524288.0, 0.0, 0.0, 0.0], [5120.0, 0.0, 0.0, 0.0], 1052672>`
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::StringAttr":$kernel, "int64_t":$phase,
                        "::mlir::DenseF64ArrayAttr":$flops, "::mlir::DenseF64ArrayAttr":$bytes, "int64_t":$weights);
  let genVerifyDecl = 1;
  let assemblyFormat = "`<` $name `,` $kernel `,` $phase `,` $flops `,` $bytes `,` $weights `>`";
}

#endif // SST_DIALECT_SSTATTRIBUTES_TD
