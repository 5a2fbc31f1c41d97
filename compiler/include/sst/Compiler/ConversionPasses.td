//===- ConversionPasses.td - passes that schedule and lower ------------*- tablegen -*-===//
//
// Pack the weights, plan the arena, emit loops, expand math.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_CONVERSIONPASSES_TD
#define SST_COMPILER_CONVERSIONPASSES_TD

include "mlir/Pass/PassBase.td"

def PackWeightsPass : Pass<"sst-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Store every weight in the order in which the kernels read it";
  let description = [{
    Rewrites each `sst.weight` that is used through `sst.get_weight` to the layout of its use and gives it the encoding
    `#sst.panels`: panels of 32 columns for the matrix and bias of `sst.dense` (one segment per result), panels of 16
    for everything read along channels. The logical shape stays.

    ```mlir
    sst.weight @w : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
    // becomes, with 2 * 16 stored values,
    sst.weight @w : tensor<2x3xf32, #sst.panels<32, [3]>> = dense_resource<w> : tensor<32xf32>
    ```

    A weight that is used in two different layouts is duplicated. Relies on nothing; leaves function arguments alone.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def PlanArenaPass : Pass<"sst-plan-arena", "::mlir::func::FuncOp"> {
  let summary = "Give every value of a function a fixed place in one workspace";
  let description = [{
    Walks the ops of the function in order, computes how long each value lives, and assigns offsets so that values
    that live at the same time do not overlap. A result takes over the buffer of an operand that dies in the op if the
    op reads it at the same element only (residual, gate). Attaches `sst.places` (one `#sst.place` per result) and, for
    ops that need scratch memory, `sst.scratch` to each op, and `sst.arena` to the function. Returned values are placed
    in the caller's buffers.

    ```mlir
    %1 = sst.layer_norm %0, %g, %b {sst.places = [#sst.place<rows, 0>]} : ...
    ```

    Relies on: a body of one block. Fails on ops it does not know, naming them.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def ConvertToLoopsPass : Pass<"sst-convert-to-loops", "::mlir::ModuleOp"> {
  let summary = "Replace sst ops by loops over vectors in an arena";
  let description = [{
    Turns each function `@f(tensor...) -> tensor` into `@f(%input, %output, %workspace, %weights : memref<?xi8>,
    %batch, %rows : index)` that calls one kernel per op. Kernels are private functions of scf, vector and memref ops;
    ops of equal shape share one, whose name says what it computes. `variant` selects register tiles:

    | variant | dense tile | attention tile |
    |---|---|---|
    | x86-64-v3 | 6 rows x 16 outputs | 6 rows x 16 keys |
    | x86-64-v4 | 12 rows x 32 outputs | 12 rows x 16 keys |

    The order of every floating-point operation on a value is the same in all variants, for any batch, row count and
    tile. Relies on `sst-pack-weights` and `sst-plan-arena`. An op that cannot be lowered is an error that names the
    op and what to do. The `sst.weight` ops stay; a kernel finds a weight at its offset in the blob that they form (see
    WeightBlob.h).
  }];
  let options = [
    Option<"variant", "variant", "std::string", /*default=*/"\"x86-64-v3\"", "CPU variant to choose tiles for: x86-64-v3 or x86-64-v4">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ExpandMathPass : Pass<"sst-expand-math"> {
  let summary = "Replace math functions on f32 vectors by polynomials of IEEE operations";
  let description = [{
    Expands `math.exp`, `math.log` and `math.erf` on `f32` scalars and vectors to additions, multiplications, fused
    multiply-adds, divisions and integer operations, the same on every instruction set, so that an object needs no
    math library and every CPU gives the same bits. `math.sqrt` and `math.fma` stay: they are IEEE operations.

    - `exp`: below 1 ulp; +inf above 88.7228; arguments below -86.6 give about 2.5e-38, never a subnormal.
    - `log`: any positive normal number, 0, infinity; negative gives NaN; subnormals count as the smallest normal.
    - `erf`: absolute error below 2.2e-7; exactly -1 or 1 beyond 3.925.

    Any other math op is an error that names it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // SST_COMPILER_CONVERSIONPASSES_TD
