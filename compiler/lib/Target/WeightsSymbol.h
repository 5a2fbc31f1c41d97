//===- WeightsSymbol.h - by which name the entry code knows the weights ----------------------------------*- C++
//-*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_TARGET_WEIGHTSSYMBOL_H
#define SST_COMPILER_LIB_TARGET_WEIGHTSSYMBOL_H

#include "llvm/ADT/StringRef.h"

namespace sst {

/// Declared in sst_entry.h.
inline constexpr llvm::StringLiteral kWeightsSymbol = "sst_model_weights";
/// In bytes.
inline constexpr uint64_t kWeightsAlignment = 64;

} // namespace sst

#endif // SST_COMPILER_LIB_TARGET_WEIGHTSSYMBOL_H
