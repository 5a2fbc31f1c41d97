//===- SizeVotes.h - the size that most tensors show --------------------------------------------------*- C++ -*-===//
//
// Private to the front end.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_FRONTEND_SIZEVOTES_H
#define SST_COMPILER_LIB_FRONTEND_SIZEVOTES_H

#include "TensorTable.h"
#include "sst/Compiler/SizeResolver.h"

namespace sst {

/// The shape of a tensor in a file.
llvm::SmallVector<int64_t, 3> getFileShape(const ::sst_tensor &tensor);

/// The size that most tensors show, of those of `layers` layers; empty without tensors and in a tie.
std::optional<SizeFinding> findSize(const TensorTable &table, llvm::ArrayRef<SizeClue> clues, int64_t layers);

} // namespace sst

#endif // SST_COMPILER_LIB_FRONTEND_SIZEVOTES_H
