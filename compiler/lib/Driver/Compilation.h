//===- Compilation.h - one run of sst-compile -----------------------------------------------------------*- C++ -*-===//
//
// What Compile.cpp runs, ReadInput.cpp, RunStages.cpp and EmitOutputs.cpp do, and share. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_DRIVER_COMPILATION_H
#define SST_COMPILER_LIB_DRIVER_COMPILATION_H

#include "Driver.h"

#include "sst/Compiler/Pipelines.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <chrono>

namespace sst {

/// One compilation.
class Compilation {
public:
  Compilation(const CompileOptions &options, Report &report)
      : options(options), report(report), context(mlir::MLIRContext::Threading::DISABLED),
        diagnostics(context, getInputName(options), report, options.log) {
    mlir::DialectRegistry registry;
    registerLLVMConversions(registry);
    registerLLVMTranslations(registry);
    context.appendDialectRegistry(registry);
  }

  ExitCode run();

private:
  /// A module per CPU variant, from stage loops on.
  struct Variant {
    std::string name;
    mlir::OwningOpRef<mlir::ModuleOp> module;
  };
  /// A module of the code, as makePart numbers them.
  struct Part {
    size_t instructions = 0;
    /// What LLVM says is wrong with it.
    std::vector<std::string> problems;
  };
  /// A line of --report.
  struct StageTime {
    std::string stage;
    size_t ops;
    double milliseconds;
  };
  using Clock = std::chrono::steady_clock;
  static double getMilliseconds(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }

  // Compile.cpp
  static std::string getInputName(const CompileOptions &options);
  bool writeOutputs();
  void printReport();

  // ReadInput.cpp
  bool readInput();
  bool readModelInput();
  bool readModuleInput();
  bool checkWeights(uint64_t bytes);
  bool checkFunctions();
  void describeModel();

  // RunStages.cpp
  bool runStages();
  bool runStage(Stage stage);
  bool runParts(size_t count, llvm::function_ref<bool(size_t)> work);
  void splitVariants();
  bool finishStage(mlir::ModuleOp module, Stage stage, llvm::StringRef variant, double milliseconds);
  bool dump(llvm::StringRef ending, llvm::StringRef contents);

  // EmitOutputs.cpp
  bool emitModule();
  bool emitCode();
  std::unique_ptr<llvm::Module> makePart(llvm::LLVMContext &llvmContext, size_t part);
  std::unique_ptr<llvm::Module> makeModule(llvm::LLVMContext &llvmContext);
  bool reportParts();
  bool emitText();
  bool emitObject();
  bool addArtefact(std::string object);
  void addDescription(llvm::StringRef path);
  std::string getOutputPath(llvm::StringRef prefix, llvm::StringRef extension) const;

  std::optional<uint64_t> getMostWeightBytes() const {
    return last == Stage::Object ? std::optional(kMostWeightBytes) : std::nullopt;
  }
  SymbolScope getSymbolScope() const {
    return getEmitKind(options) == EmitKind::Shared ? SymbolScope::Process : SymbolScope::Link;
  }

  bool fail() {
    internalError |= report.empty();
    return false;
  }

  const CompileOptions &options;
  Report &report;
  mlir::MLIRContext context;
  DiagnosticCollector diagnostics;
  OutputFiles outputs;
  ModelInfo info;
  OptionValues modelOptions;
  /// The files that the weights came from.
  std::vector<std::string> weightsFiles;
  /// What the next stage starts from: `module` or `variants`.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Variant> variants;
  /// The stage that made it, and the one to stop after.
  Stage current = Stage::Import, last = Stage::Object;
  WorkspaceSize workspace;
  /// What came of the parts of the code.
  std::vector<Part> parts;
  std::vector<StageTime> times;
  bool internalError = false;
};

} // namespace sst

#endif // SST_COMPILER_LIB_DRIVER_COMPILATION_H
