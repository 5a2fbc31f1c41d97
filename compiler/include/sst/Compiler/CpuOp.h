//===- CpuOp.h - how CPUs compute ops -----------------------------------------------------------------*- C++ -*-===//
//
// One class per kind of op, in a file of its own in lib/CPU/Ops, and the table in which they are found. A program may
// add ops of its own dialects to the table and hand it to the pipelines (Pipelines.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_CPUOP_H
#define SST_COMPILER_CPUOP_H

#include "sst/Compiler/Backend.h"
#include "sst/Compiler/StageEmitter.h"

namespace sst {

/// How CPUs compute one kind of op. Without state; called by several threads.
class CpuOp : public ScheduledOp {
public:
  /// How many items a stage has that is divided by items, a number at run time; every such stage needs it.
  virtual mlir::Value countItems(StageEmitter &e, mlir::Operation *op, unsigned stage) const { return {}; }
  /// Calls the kernel of a stage, for the rows or items at hand, and says how to emit it.
  virtual llvm::LogicalResult emit(StageEmitter &e, mlir::Operation *op, unsigned stage) const = 0;
};

/// The ops that CPUs compute.
class CpuOps final : public Backend {
public:
  /// Those of ours.
  CpuOps();
  /// Adds how ops of a name like "sst.dense" are computed, in place of what the table had for them; `op` must live as
  /// long as the table.
  void add(llvm::StringRef name, const CpuOp &op);

  const CpuOp *find(llvm::StringRef name) const;
  const CpuOp *find(mlir::Operation *op) const override { return find(op->getName().getStringRef()); }
  std::string listOps() const override;
  int64_t padChannels(int64_t channels) const override;
  int64_t getBlockRows() const override;
  size_t getMaxParts() const override;

private:
  llvm::SmallVector<std::pair<std::string, const CpuOp *>> ops;
};

/// The table of all ops of ours.
const CpuOps &getCpuOps();

} // namespace sst

#endif // SST_COMPILER_CPUOP_H
