//===- ResolveOptions.h - options of a model out of its weights' shapes -------------------------------*- C++ -*-===//
//
// Private to the front end. What a weights file says about the options by the names and shapes of its tensors, and
// whether that agrees with what was stated.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_FRONTEND_RESOLVEOPTIONS_H
#define SST_COMPILER_FRONTEND_RESOLVEOPTIONS_H

#include "TensorTable.h"
#include "sst/Compiler/Options.h"
#include "sst/Compiler/Report.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

namespace sst {

/// The result of resolveOptions.
struct ResolvedOptions {
  /// The model's options; to be used only if nothing was reported.
  ModelOptions options;
  /// Options that fit most tensors of the file: what every single tensor is checked against, so that a wrong option is
  /// reported once and not with every tensor. Attention is described as one head.
  ModelOptions fileOptions;
  /// Tensors that are already reported.
  llvm::StringSet<> reported;
};

/// Reads the options off the shapes and compares them with the stated ones. Empty if the file holds no such model at
/// all; that is in the report then.
std::optional<ResolvedOptions> resolveOptions(const TensorTable &table, llvm::StringRef path,
                                              const StatedOptions &stated, Report &report);

/// The shape of a tensor in a file.
llvm::SmallVector<int64_t, 3> getFileShape(const ::sst_tensor &tensor);

} // namespace sst

#endif // SST_COMPILER_FRONTEND_RESOLVEOPTIONS_H
