//===- CPUPasses.td - passes that generate code for CPUs ---------*- tablegen -*-===//
//
// Pack the weights, emit loops, expand math.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_CPUPASSES_TD
#define SST_COMPILER_CPUPASSES_TD

include "mlir/Pass/PassBase.td"

def PackWeightsPass : Pass<"sst-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Store every weight in the order in which the kernels read it";
  let description = [{
    Rewrites each `sst.weight` that is used through `sst.get_weight` to the layout of its use and gives it the encoding
    `#sst.panels`: panels of 16 columns; the matrix and bias of `sst.dense` have one segment per result. The logical
    shape stays.

    ```mlir
    sst.weight @w : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
    // becomes, with 2 * 16 stored values,
    sst.weight @w : tensor<2x3xf32, #sst.panels<16, [3]>> = dense_resource<w> : tensor<32xf32>
    ```

    A weight that is used in two different layouts is duplicated. Relies on nothing; leaves function arguments alone.
  }];
  let dependentDialects = ["::sst::SSTDialect"];
}

def ConvertToLoopsPass : Pass<"sst-convert-to-loops", "::mlir::ModuleOp"> {
  let summary = "Replace sst ops by phases of kernel calls: loops over vectors in an arena";
  let description = [{
    Turns each function `@f(tensor...) -> tensor...` into `@f(%input, %output, %workspace, %weights, %first_state,
    %states : memref<2147483647xi8>, %batch, %rows, %thread, %threads : index, %team : !llvm.ptr)`, which all threads of a
    team run. In each phase it takes units of work with `sst_team_next`, and calls one kernel per stage for each
    (sst_entry.h). Kernels are private functions of scf, vector and memref ops; ops of equal shape share one, whose name
    says what it computes. Phases of equal blocks share a function too; it reads where its weights and values are from the
    table `@sst_numbers_f`. All functions take memory as plain pointers (`llvm.bareptr`), for which MLIR wants a static
    size; how much there is does not show in the type. The attribute `sst.ops` lists the stages and their work. `variant`
    selects register tiles:

    | variant | dense tile | attention tile |
    |---|---|---|
    | x86-64-v3 | 6 rows x 16 outputs | 6 rows x 16 keys |
    | x86-64-v4 | 12 rows x 32 outputs | 12 rows x 16 keys |

    The order of every floating-point operation on a value is the same in all variants, for any batch, row count and
    tile. Relies on `sst-pack-weights`, `sst-plan-phases` and `sst-plan-arena`. An op that cannot be lowered is an error
    that names the op and what to do. The `sst.weight` ops stay; a kernel finds a weight at its offset in the blob that they form (see
    WeightBlob.h).
  }];
  let constructor = "::sst::createConvertToLoopsPass()";
  let options = [
    Option<"variant", "variant", "std::string", /*default=*/"\"x86-64-v3\"", "CPU variant to choose tiles for; see Variants.h">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
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

    Elementwise operations on vectors of vectors (`vector<3x16xf32>`) that were put together by `vector.insert` become one
    operation per vector, in turn: several activations that are computed together and do not wait for each other. Where
    somebody else wants the whole, both stay.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // SST_COMPILER_CPUPASSES_TD
