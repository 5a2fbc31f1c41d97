//===- Object.h - from lowered variants to machine code -----------------------------------------------*- C++ -*-===//
//
// The last stage: the llvm-dialect modules of all CPU variants, the weights and the entry code become one LLVM module,
// and that becomes an object file, assembly or LLVM IR, in memory. What is not here: headers, JSON, archives, linking
// (Artifact.h) and files.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_OBJECT_H
#define SST_COMPILER_OBJECT_H

#include "sst/Compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/IR/Module.h"

#include <memory>
#include <string>
#include <vector>

namespace sst {

/// The CPU variants that SST generates, best first: "x86-64-v4", "x86-64-v3".
llvm::ArrayRef<llvm::StringRef> getVariantNames();

/// A module after stage llvm, lowered for one CPU variant.
struct LoweredVariant {
  /// One of getVariantNames().
  std::string variant;
  /// The module, in the llvm dialect but for its sst.weight ops; not changed.
  mlir::ModuleOp module;
};

/// What the artefact says about itself.
struct ModelInfo {
  /// Prefix of the public functions, an identifier of C.
  std::string name;
  ModelOptions options;
  StreamOptions stream;
  Storage weightStorage = Storage::F32;
  /// Size of a stream's state.
  uint64_t stateBytes = 0;
  /// Lower-case hexadecimal digits.
  std::string weightsDigest;
  std::string compilerVersion;
  /// Number of trained weights.
  uint64_t parameters = 0;
};

/// Bytes of workspace: `row_bytes` per row of a group, `sequence_bytes` per sequence, `fixed_bytes`, `thread_bytes` per
/// thread. The maximum over the functions of the modules.
struct WorkspaceSize {
  uint64_t rowBytes = 0, sequenceBytes = 0, fixedBytes = 0, threadBytes = 0;
};
/// Reads it off the `sst.arena` attributes of a scheduled or lowered module's functions.
WorkspaceSize getWorkspaceSize(mlir::ModuleOp module);
/// Bytes of a stream's state, likewise.
uint64_t getStateBytes(mlir::ModuleOp module);

/// Rows that sequences are grouped up to, so that short ones share a pass over the weights.
inline constexpr uint64_t kGroupRows = 64;

/// The functions that an artefact has: `info`, `window`, ... `<name>_info` and so on are their symbols.
llvm::ArrayRef<llvm::StringRef> getEntryPoints();

/// Links kernels, weights and entry code to one module that defines the entry points and `<name>_artefact`, everything
/// else internal. Each variant must have the functions of getFunctionNames(). `exportArtefact` adds the alias
/// `sst_artefact`, by which the runtime finds a shared artefact. Failures are diagnostics on the modules. The result is
/// not optimised yet.
llvm::FailureOr<std::unique_ptr<llvm::Module>> linkModel(llvm::LLVMContext &context,
                                                         llvm::ArrayRef<LoweredVariant> variants, const ModelInfo &info,
                                                         bool exportArtefact);

/// Runs LLVM's optimiser. Keeps every floating-point operation as it is.
void optimizeModel(llvm::Module &module);

enum class CodeKind { Object, Assembly };
/// The module's machine code or assembly. Equal modules give equal bytes.
llvm::SmallVector<char, 0> emitCode(llvm::Module &module, CodeKind kind);

} // namespace sst

#endif // SST_COMPILER_OBJECT_H
