//===- WeightBlob.h - all packed weights as one piece of memory ---------------------------------------*- C++ -*-===//
//
// The weights of a scheduled module lie one after the other, in the order of their sst.weight ops.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_WEIGHTBLOB_H
#define SST_COMPILER_WEIGHTBLOB_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace sst {

/// Each weight starts at a multiple of so many bytes: a cache line, and a vector of any CPU.
inline constexpr int64_t kWeightAlignment = 64;

/// Where each weight starts, in bytes.
llvm::StringMap<int64_t> getWeightOffsets(mlir::ModuleOp module);

/// The size of the blob.
int64_t getWeightBlobBytes(mlir::ModuleOp module);

/// The blob itself. Fails, with a diagnostic, if values are missing.
llvm::FailureOr<std::string> buildWeightBlob(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_WEIGHTBLOB_H
