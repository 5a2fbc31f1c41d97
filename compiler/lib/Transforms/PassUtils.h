//===- PassUtils.h - what the passes of this folder share -----------------------------------------------*- C++ -*-===//
//
// Walking a module, dead ops, names of results, remarks. Private to this library.
//
//===--------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_TRANSFORMS_PASSUTILS_H
#define SST_COMPILER_LIB_TRANSFORMS_PASSUTILS_H

#include "sst/Compiler/CollectOps.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"

namespace sst {

/// The ops of collectOps that are of one kind.
template <typename OpTy>
llvm::SmallVector<OpTy> collectOps(mlir::ModuleOp module) {
  llvm::SmallVector<OpTy> result;
  for (mlir::Operation *op : collectOps(module))
    if (auto typed = mlir::dyn_cast<OpTy>(op))
      result.push_back(typed);
  return result;
}

/// Erases the ops of collectOps whose results nobody uses.
void eraseDeadOps(mlir::ModuleOp module);

/// The location of a result. A fused location of an op with one part per result names them one by one; a name `n` for
/// several results gives `n#0`, `n#1`, ...
mlir::Location getResultLoc(mlir::OpResult result);
/// The locations of all results of `op`.
llvm::SmallVector<mlir::Location> getResultLocs(mlir::Operation *op);

/// The inverse: one location from which getResultLocs recovers `locs`, if they differ.
mlir::Location fuseResultLocs(llvm::ArrayRef<mlir::Location> locs);

/// Name, category and function of a remark about `op`. `name` and `category` must be string literals.
mlir::remark::RemarkOpts remarkOn(mlir::Operation *op, llvm::StringRef name, llvm::StringRef category);

} // namespace sst

#endif // SST_COMPILER_LIB_TRANSFORMS_PASSUTILS_H
