//===- Nesting.h - bounds on text that somebody else wrote --------------------------------------------*- C++ -*-===//
//
// MLIR parses, walks and prints by recursion. A tool that reads text from others bounds it first.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_NESTING_H
#define SST_COMPILER_NESTING_H

#include "sst/Compiler/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace sst {

/// Reports text that is nested so deeply that MLIR's parser, which recurses, could run out of stack. Returns whether
/// it is fine.
bool checkNesting(llvm::StringRef text, llvm::StringRef file, Report &report);
/// The same for the attributes, types and locations of a parsed module: aliases nest without brackets.
bool checkNesting(mlir::ModuleOp module, llvm::StringRef file, Report &report);
/// Fails, with errors on the ops, if a parsed and verified module holds other modules, whose names passes would take
/// for its own, or asks for more memory than its text can account for: splats, vectors and globals of any size.
llvm::LogicalResult checkModuleSize(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_NESTING_H
