//===- WeightBlob.h - all packed weights as one piece of memory ---------------------------------------*- C++ -*-===//
//
// The weights of a scheduled module lie one after the other, in the order of their sst.weight ops, each at a multiple
// of 64 bytes.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_WEIGHTBLOB_H
#define SST_COMPILER_WEIGHTBLOB_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace sst {

/// Where each weight starts, in bytes.
llvm::StringMap<int64_t> getWeightOffsets(mlir::ModuleOp module);

/// The size of the blob.
int64_t getWeightBlobBytes(mlir::ModuleOp module);

/// The blob itself. Fails, with a diagnostic, if values are missing.
llvm::FailureOr<std::string> buildWeightBlob(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_WEIGHTBLOB_H
