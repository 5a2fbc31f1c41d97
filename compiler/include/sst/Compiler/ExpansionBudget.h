//===- ExpansionBudget.h - what a module asks for beyond the bytes of its file ------------------------*- C++ -*-===//
//
// A splat is a few letters that may stand for any number of values, padding may make sixteen of one, many weights may
// name the same values, and each layout in which a weight is used is a copy of it. What no byte of a file stands for is
// bounded, in sum.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_EXPANSIONBUDGET_H
#define SST_COMPILER_EXPANSIONBUDGET_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>

namespace sst {

/// Counts the bytes of one module that no byte of its file stands for. One thread.
class ExpansionBudget {
public:
  static constexpr int64_t kMaxBytes = int64_t(1) << 30;
  /// As many f32.
  static constexpr int64_t kMaxElements = kMaxBytes / 4;

  /// Counts `bytes` more, which `op` needs. Fails, with an error on `op`, if they are too many in sum.
  llvm::LogicalResult charge(mlir::Operation *op, uint64_t bytes);
  /// Counts, in the attributes of all ops of `module`, also of nested ones, the splats and every use but the first of
  /// values that several share.
  llvm::LogicalResult chargeSplats(mlir::ModuleOp module);

private:
  uint64_t used = 0;
};

/// Fails, with an error on an op, if the splats of `module` are too large in sum. To be called before any is read.
llvm::LogicalResult checkSplats(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_EXPANSIONBUDGET_H
