//===- SSTDialect.td - the sst dialect ---------------------------------*- tablegen -*-===//
//
// The dialect itself and the base class of its ops. Attributes are in SSTAttributes.td, ops in one file per family,
// all of them included by SSTOps.td.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTDIALECT_TD
#define SST_DIALECT_SSTDIALECT_TD

include "mlir/IR/OpBase.td"

def SST_Dialect : Dialect {
  let name = "sst";
  let cppNamespace = "::sst";
  let summary = "State Space Transformer blocks";
  let description = [{
    Models whose every block runs a selective state-space path and a causal multi-head attention path over the same
    normalised input and mixes the two with a learned sigmoid gate.

    All values are tensors of `f32` with value semantics. Activations have the shape `batch x rows x channels`, where
    `batch` (independent sequences) and `rows` (time steps) may be dynamic and `channels` is static. Ops that carry
    information from one row to the next take an optional initial state and return an optional final state, so that
    one function body serves a whole window, a prefill in chunks and a single step.

    A module holds the model's weights as `sst.weight` symbols and its entry points as functions; an
    `sst.block` stands for a whole block until it is expanded.

    After scheduling, every op names where its results live (`sst.places`, `sst.scratch`) and the function names the
    size of the arena (`sst.arena`); see `#sst.place` and `#sst.arena`. The attributes of the dialect on other ops:

    - `sst.places`: an array of `#sst.place`, one per result of the op,
    - `sst.scratch`: an array of `#sst.place`, none of them in the space `result`,
    - `sst.arena`: an `#sst.arena`,
    - `sst.name`, `sst.family`, `sst.weights_digest`, `sst.weight_storage` (strings), `sst.options` and `sst.stream`
      (dictionaries) on the module: what model it is,
    - `sst.stage` and `sst.variant` (strings) on a module that sst-compile wrote: which stage made it, for which CPU.

    The types of results follow from those of operands, and sizes that are said to be equal are spelled alike: a dynamic
    size equals only a dynamic one. So a type says how many rows a value has: as many as the function's input, or, with a
    size of 1, one per sequence. Sums and products of `arith` have operands and results of one type.
  }];
  // Composites decompose into ops of it, too.
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let hasOperationAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
}

class SST_Op<string mnemonic, list<Trait> traits = []> : Op<SST_Dialect, mnemonic, traits>;

#endif // SST_DIALECT_SSTDIALECT_TD
