//===- StateLayout.h - what all parts agree on about states --------------------------------------------*- C++ -*-===//
//
// A state, or a snapshot of one, is only for code that has every value at the same place in it. Functions that carry
// states say so in an attribute from stage loops on, when the values themselves are gone.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_STATELAYOUT_H
#define SST_DIALECT_STATELAYOUT_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace sst {

/// An array of strings, one for each value in a state: equal in two functions exactly if they can share states.
inline constexpr llvm::StringLiteral kStatesAttr = "sst.states";

/// Most rows of a stream or an attention window.
inline constexpr int64_t kMaxStreamRows = int64_t(1) << 20;

} // namespace sst

#endif // SST_DIALECT_STATELAYOUT_H
