//===- StageGraph.h - the stages of a function and what they need of each other ------------------------*- C++ -*-===//
//
// What the passes that plan phases and memory and the one that emits code must agree on.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_STAGEGRAPH_H
#define SST_COMPILER_STAGEGRAPH_H

#include "sst/Compiler/Backend.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"

namespace sst {

/// The stages of all ops of a function of one block.
class StageGraph {
public:
  /// With an error on an op that the backend cannot compute, or of which it says what cannot be.
  static llvm::FailureOr<StageGraph> create(mlir::func::FuncOp function, const Backend &backend);

  /// In program order; without those that compute nothing.
  auto getOps() const { return llvm::make_first_range(stages); }
  /// One after the other; none for an op that computes nothing.
  llvm::ArrayRef<StageInfo> getStages(mlir::Operation *op) const;
  /// The stage of its op that computes `result`; for a carried state the last one.
  unsigned getStageOf(mlir::OpResult result) const;
  /// How `stage` of the operand's owner reads it; null if it does not.
  const StageRead *findRead(mlir::OpOperand &operand, unsigned stage) const;

private:
  llvm::MapVector<mlir::Operation *, llvm::SmallVector<StageInfo>> stages;
};

/// Whether a stage can follow, in the same phase, the one that computes what it reads.
bool sharesPhase(Partition origin, Partition partition, const StageRead &read);

/// One stage of an op at its place in the order of execution.
struct Step {
  mlir::Operation *op;
  unsigned stage;
  Partition partition;
  int64_t phase;
};

/// The stages of a graph in the order of execution: phase after phase (counted from 0 without gaps), within a phase in
/// program order. Needs `sst.phases`; without it the result is an error on the op.
llvm::FailureOr<llvm::SmallVector<Step>> getSteps(const StageGraph &graph);

/// What a step does.
Work getWork(const Step &step, const StageGraph &graph, const Backend &backend);

/// Why an op that the backend does not know cannot be computed.
mlir::InFlightDiagnostic refuse(mlir::Operation *op, const Backend &backend);

/// An error on the function unless its body is one block that ends with func.return.
llvm::LogicalResult checkOneBlock(mlir::func::FuncOp function);

} // namespace sst

#endif // SST_COMPILER_STAGEGRAPH_H
