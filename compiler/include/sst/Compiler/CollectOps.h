//===- CollectOps.h - the ops of a module ------------------------------------------------------------*- C++ -*-===//
//
// Which ops a pass over a module is about.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_COLLECTOPS_H
#define SST_COMPILER_COLLECTOPS_H

#include "mlir/IR/BuiltinOps.h"

namespace sst {

/// The ops in the functions of `module`, in program order. Ops of nested symbol tables are left out: the names they
/// use mean other weights.
llvm::SmallVector<mlir::Operation *> collectOps(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_COLLECTOPS_H
