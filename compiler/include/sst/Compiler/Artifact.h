//===- Artifact.h - the files around an object --------------------------------------------------------*- C++ -*-===//
//
// Header, JSON description, static and shared library of a compiled model, in memory. What is not here: the object
// itself (Object.h) and writing files.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_ARTIFACT_H
#define SST_COMPILER_ARTIFACT_H

#include "sst/Compiler/Object.h"
#include "sst/Compiler/Options.h"
#include "sst/Compiler/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace sst {

/// What header and JSON say about an artefact besides the model.
struct ArtifactInfo {
  ModelInfo model;
  /// Values of the model's options.
  OptionValues options;
  /// Names of the CPU variants in it, best first.
  std::vector<std::string> variants;
  WorkspaceSize workspace;
  /// Size of the packed weights.
  uint64_t weightsBytes = 0;
  /// As --emit spells it: `obj`, `static`, `shared`.
  std::string kind;
};

/// Bytes of workspace for one sequence of a window's rows on one thread; nothing if they do not fit 63 bits.
std::optional<uint64_t> getWindowWorkspaceBytes(const ArtifactInfo &info);

/// The C header: sst_abi.h, the prototypes and the model's sizes. C11 and C++17, needs no other file.
std::string makeHeader(const ArtifactInfo &info);

/// The JSON description, one object, keys always in the same order.
std::string makeJson(const ArtifactInfo &info);

/// A static library with one member `<name>.o`. The same object gives the same bytes.
std::string makeArchive(llvm::StringRef name, llvm::ArrayRef<char> object);

/// A shared library out of the object, made by a linker of the system. Only what the object exports is exported. If
/// there is no linker or it fails, the report says so and the result is empty.
std::optional<std::string> linkSharedLibrary(llvm::ArrayRef<char> object, Report &report);

} // namespace sst

#endif // SST_COMPILER_ARTIFACT_H
