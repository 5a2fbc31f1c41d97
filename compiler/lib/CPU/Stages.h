//===- Stages.h - how the work of an op is divided ----------------------------------------------------*- C++ -*-===//
//
// What the passes that plan phases and memory and the one that emits kernels must agree on: of which stages an op
// consists, how each is divided among threads, and which operands it reads. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_STAGES_H
#define SST_COMPILER_LIB_CPU_STAGES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SmallVector.h"

namespace sst {

/// How the work of a stage is divided into units that threads compute independently of each other.
enum class Partition {
  /// By rows of all sequences.
  Rows,
  /// By channels, each over all time steps.
  Channels,
  /// By sequences, heads and blocks of query rows.
  Heads,
  /// By columns of the weight: projections of one row per sequence.
  Columns,
  /// Not at all: too little to divide.
  Whole,
};

/// Most parts of a phase: everything that is divided by rows is one, everything that is not divided another, any other
/// stage one of its own.
inline constexpr size_t kMaxSections = 32;

/// Whether an activation has, by its type, one row per sequence.
bool hasOneRow(mlir::Value value);

/// The stages of `op`, one after the other; each needs all of the one before it. Empty if `op` has no kernel.
llvm::SmallVector<Partition> getStages(mlir::Operation *op);

/// The stage of its op that computes `result`.
unsigned getStageOf(mlir::OpResult result);

/// Whether `stage` of the operand's owner reads it.
bool isReadIn(mlir::OpOperand &operand, unsigned stage);

/// Whether a stage that is divided by rows needs, for each of its rows, no other row of the operand.
bool isRowLocal(mlir::OpOperand &operand);

/// Whether a stage can follow, in the same phase, the last stage of the op that computes one of its operands.
bool sharesPhase(Partition origin, Partition partition, mlir::OpOperand &operand);

/// One stage of an op.
struct Step {
  mlir::Operation *op;
  unsigned stage;
  Partition partition;
  int64_t phase;
};

/// An error on `op` if it is a sum or product of `arith`, which may have operands of other types than its result, and
/// does have them. Of all ops of `sst` the verifiers say how many rows each of their values has.
llvm::LogicalResult checkTypesMatch(mlir::Operation *op);

/// An error on the function unless its body is one block that ends with func.return.
llvm::LogicalResult checkOneBlock(mlir::func::FuncOp function);

/// The stages of all ops of a function of one block in the order of execution: phase after phase (counted from 0
/// without gaps), within a phase in program order. Needs `sst.phases`; without it, or with control flow, the result is
/// an error on the op.
llvm::FailureOr<llvm::SmallVector<Step>> getSteps(mlir::func::FuncOp function);

/// "sst.dense, sst.layer_norm, ...": what a message lists.
inline constexpr llvm::StringLiteral kOpsWithKernels =
    "sst.dense, sst.layer_norm, sst.activation, sst.last_row, sst.causal_conv1d, sst.ema_scan, sst.causal_attention, "
    "sst.gated_fusion, arith.addf, arith.subf, arith.mulf";

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_STAGES_H
