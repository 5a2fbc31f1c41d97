//===- Object.h - from lowered variants to machine code -----------------------------------------------*- C++ -*-===//
//
// The last stage: the llvm-dialect modules of all CPU variants and the entry code become LLVM modules, and those and
// the weights an object file, assembly or LLVM IR, in memory. What is not here: headers, JSON, archives, linking
// (Artifact.h) and files.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_OBJECT_H
#define SST_COMPILER_OBJECT_H

#include "sst/Compiler/Streams.h"
#include "sst/Compiler/Variants.h"
#include "sst/Dialect/SSTDialect.h"
#include "sst/Runtime/sst_abi.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/IR/Module.h"

#include <memory>
#include <string>
#include <vector>

namespace sst {

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
  /// Names and values of the model's options; a state of another model has others.
  std::vector<std::pair<std::string, std::string>> options;
  /// What the options say of the model; all other fields are not looked at.
  ::sst_info_t description = {};
  StreamOptions stream;
  Storage weightStorage = Storage::F32;
  /// Size of a stream's state.
  uint64_t stateBytes = 0;
  /// Lower-case hexadecimal digits.
  std::string weightsDigest;
  /// What stood before the names of all weights in their file.
  std::string tensorPrefix;
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

/// Who sees the symbols of the entry points: what is linked with the artefact into one program or library, or
/// everybody in a process that loads it, which only a shared artefact is for. In the first case a library never exports
/// them, nor does a model of the same name elsewhere in the process take their place.
enum class SymbolScope { Link, Process };

/// Adds how the dialects of stage llvm become LLVM IR; translateKernels needs it.
void registerLLVMTranslations(mlir::DialectRegistry &registry);

// An artefact is several LLVM modules that refer to each other by hidden symbols: one has the entry points and what the
// model says about itself, and there is one with the kernels of each variant. They may be made and compiled by
// different threads, each with a context of its own. The weights (WeightBlob.h) are no business of LLVM's: they are
// added to the object, or to the model where all is to be one module.

/// The most bytes of weights of an object. Code and data of a program reach each other by signed 32-bit distances, with
/// the weights in between; the rest of the 2 GiB is for these.
inline constexpr uint64_t kMostWeightBytes = (uint64_t(1) << 31) - (uint64_t(1) << 26);

/// By what name the entry code knows the weights (sst_entry.h).
inline constexpr llvm::StringLiteral kWeightsSymbol = "sst_model_weights";
/// In bytes.
inline constexpr uint64_t kWeightsAlignment = 64;

/// The kernels of a variant, which must have the functions of getFunctionNames(). Not optimised yet. Failures are
/// diagnostics on its module. The blocks of its functions may change; other threads may meanwhile read its own ops and
/// their attributes, nothing below.
llvm::FailureOr<std::unique_ptr<llvm::Module>> translateKernels(llvm::LLVMContext &context,
                                                                const LoweredVariant &variant, const ModelInfo &info);

/// The module that defines the entry points and `<name>_artefact` for these variants, best first. For a process it also
/// has the alias `sst_artefact`, by which the runtime finds a shared artefact. Not optimised yet. Failures are
/// diagnostics on the variants' modules.
llvm::FailureOr<std::unique_ptr<llvm::Module>> createModel(llvm::LLVMContext &context,
                                                           llvm::ArrayRef<LoweredVariant> variants,
                                                           const ModelInfo &info, SymbolScope scope);

/// Runs LLVM's optimiser. Keeps every floating-point operation as it is.
void optimizeModule(llvm::Module &module);

/// Adds the kernels of all variants, modules of the same context, and the weights to the module of a model. What was
/// hidden becomes internal, and the entry points hidden unless they are for the process.
void linkModules(llvm::Module &model, std::vector<std::unique_ptr<llvm::Module>> kernels, llvm::StringRef weights,
                 SymbolScope scope);

enum class CodeKind { Object, Assembly };
/// The module's machine code or assembly. Equal modules give equal bytes.
llvm::SmallVector<char, 0> emitCode(llvm::Module &module, CodeKind kind);

/// One object out of those of the modules of an artefact, in their order, and its weights: what a linker's -r does.
/// Hidden symbols become local, and the entry points hidden unless they are for the process. Fails if there are more
/// sections, in one of them or together, than an object can number without the extensions that few tools know.
llvm::Expected<std::string> mergeObjects(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects, llvm::StringRef weights,
                                         SymbolScope scope);

} // namespace sst

#endif // SST_COMPILER_OBJECT_H
