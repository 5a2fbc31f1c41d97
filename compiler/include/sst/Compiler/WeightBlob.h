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

#include <vector>

namespace sst {

/// Where each weight starts, in bytes.
llvm::StringMap<int64_t> getWeightOffsets(mlir::ModuleOp module);

/// The blob itself, as f32 values; its size is a multiple of 16. Fails, with a diagnostic, if values are missing.
llvm::FailureOr<std::vector<float>> buildWeightBlob(mlir::ModuleOp module);

} // namespace sst

#endif // SST_COMPILER_WEIGHTBLOB_H
