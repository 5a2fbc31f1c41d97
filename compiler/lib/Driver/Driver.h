//===- Driver.h - the parts of the driver -------------------------------------------------------------*- C++ -*-===//
//
// Private to this library: what Compile.cpp puts together.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_DRIVER_DRIVER_H
#define SST_COMPILER_LIB_DRIVER_DRIVER_H

#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Nesting.h"
#include "sst/Compiler/Object.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <string>
#include <vector>

namespace sst {

//===- CheckOptions.cpp -----------------------------------------------------------------------------------------===//

/// Whether the input is a module of MLIR, not a weights file.
bool isModuleInput(const CompileOptions &options);
/// The kind of file to make: what --emit or --compile-to says, else the name of the output, else an object.
EmitKind getEmitKind(const CompileOptions &options);
/// The last stage to run on an input that is what `first` made.
Stage getLastStage(const CompileOptions &options, Stage first);
/// Reports flags that contradict each other.
void checkOptions(const CompileOptions &options, Report &report);

//===- CheckTargets.cpp -----------------------------------------------------------------------------------------===//

/// What to say to somebody who wants code for `name`, which is no variant; empty if nothing is known about that.
llvm::StringRef getRemedyForTarget(llvm::StringRef name);
/// Reports targets that cannot be in one artefact. All are variants.
void checkTargets(const CompileOptions &options, Report &report);

//===- OutputKind.cpp -------------------------------------------------------------------------------------------===//

/// What `path` says by its ending that it is; nothing if it does not say, or is what sst-compile does not write.
std::optional<EmitKind> getKindOfName(llvm::StringRef path);
/// The name without folder and ending: `policy` of `lib/policy.so.1`.
llvm::StringRef getOutputStem(llvm::StringRef path);
/// Reports a name of the output that says something else than what is written.
void checkOutputName(const CompileOptions &options, Report &report);

//===- ReadModule.cpp -------------------------------------------------------------------------------------------===//

/// A module from a file.
struct InputModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// What made it.
  Stage stage = Stage::Import;
  /// The CPU variant if `stage` is per variant, else empty.
  std::string variant;
};

/// Reads and verifies `options.frontend.inputFile`. What is wrong goes to `report`, also by way of the context's
/// diagnostics; the result then is empty.
std::optional<InputModule> readModule(const CompileOptions &options, mlir::MLIRContext &context, Report &report);

//===- DescribeRounding.cpp -------------------------------------------------------------------------------------===//

/// How far the outputs of a model move when its weights are rounded, in float64 and on the input that the file of its
/// weights, of a model of this family, holds: a line for --report.
std::string describeRounding(mlir::MLIRContext &context, const FrontendOptions &frontend, const Family &family);

//===- SideBySide.cpp -------------------------------------------------------------------------------------------===//

/// Calls `work` with 0 to count - 1, each on a thread of its own if there are any, and waits for all; whether all
/// returned true. What
/// MLIR says meanwhile comes afterwards, in the order of the numbers. A crash in a thread becomes one of the caller.
bool runSideBySide(mlir::MLIRContext &context, size_t count, llvm::function_ref<bool(size_t)> work);

//===- PrintModule.cpp ------------------------------------------------------------------------------------------===//

/// The module as text, with the attributes by which readModule knows its stage. `variant` is empty before stage loops.
std::string printModule(mlir::ModuleOp module, Stage stage, llvm::StringRef variant, bool withWeights);
/// The names of those attributes.
inline constexpr llvm::StringLiteral kStageAttr = "sst.stage";
inline constexpr llvm::StringLiteral kVariantAttr = "sst.variant";

//===- Diagnostics.cpp ------------------------------------------------------------------------------------------===//

/// Turns MLIR's diagnostics into problems of a report for as long as it lives. Warnings and remarks go to a stream.
class DiagnosticCollector {
public:
  /// `file` is the input that a diagnostic without a place of its own is about. `log` may be nullptr.
  DiagnosticCollector(mlir::MLIRContext &context, std::string file, Report &report, llvm::raw_ostream *log);
  /// Names the stage that runs, for messages.
  void setStage(Stage running) { stage = running; }

private:
  void handle(mlir::Diagnostic &diagnostic);

  std::string file;
  Report &report;
  llvm::raw_ostream *log;
  Stage stage = Stage::Import;
  mlir::ScopedDiagnosticHandler handler;
};

/// Prints optimisation remarks whose category matches the regular expression to `log`.
void enableRemarks(mlir::MLIRContext &context, llvm::StringRef filter, llvm::raw_ostream &log);

//===- OutputFiles.cpp ------------------------------------------------------------------------------------------===//

/// The outputs of one compilation. They appear together, complete, or not at all.
class OutputFiles {
public:
  /// Adds a file; `path` "-" is standard output.
  void add(std::string path, std::string contents, bool executable = false);
  /// Reports outputs that would replace an input or each other.
  void check(llvm::ArrayRef<std::string> inputs, Report &report) const;
  /// Writes all files. On failure nothing has changed but what went to standard output or a device.
  bool commit(Report &report);

  struct File {
    std::string path, contents;
    bool executable;
  };
  llvm::ArrayRef<File> getFiles() const { return files; }

private:
  std::vector<File> files;
};

/// Writes one file, complete or not at all.
bool writeFile(llvm::StringRef path, llvm::StringRef contents, Report &report);
/// Whether there is something at `path` that is not a regular file, such as a device.
bool isSpecialFile(llvm::StringRef path);

} // namespace sst

#endif // SST_COMPILER_LIB_DRIVER_DRIVER_H
