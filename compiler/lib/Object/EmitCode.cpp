//===- EmitCode.cpp - LLVM's optimiser and code generator -------------------------------------------------------===//

#include "Target.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Object.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/Error.h"

using namespace sst;

// What is left to do for kernels that are vectorised, unrolled and fused already, and for entry code that clang has
// optimised. LLVM's default pipeline takes seven times as long and makes the code no faster.

/// For all functions: cleans up, drops arguments that are never read (phases get all buffers).
static constexpr llvm::StringLiteral kCleanUp =
    "function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>),deadargelim,function(dce),globaldce";
/// For those where time is spent, all but `optnone`: rotates loops, hoists what does not change in them.
static constexpr llvm::StringLiteral kHoist = "function(loop-mssa(loop-rotate,licm),early-cse<memssa>,simplifycfg)";

void sst::optimizeModule(llvm::Module &module) {
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(getTarget(module));
  llvm::PassInstrumentationCallbacks callbacks;
  llvm::PassBuilder passes(machine.get(), llvm::PipelineTuningOptions(), std::nullopt, &callbacks);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(callGraph);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, callGraph, modules);
  auto run = [&](llvm::StringRef text) {
    llvm::ModulePassManager pipeline;
    llvm::Error error = passes.parsePassPipeline(pipeline, text);
    SST_CHECK(!error, "LLVM does not know a pass of the pipeline");
    pipeline.run(module, modules);
  };
  run(kCleanUp);
  llvm::OptNoneInstrumentation skipOptNone(/*DebugLogging=*/false);
  skipOptNone.registerCallbacks(callbacks);
  run(kHoist);
}

namespace {
/// While it exists, keeps the machine scheduler away from functions of a module with kKeepOrderAttribute. (LLVM may
/// call pass and function differently some day: test sst-compile-emit looks at the code.)
class KeepOrder : public llvm::OptPassGate {
public:
  explicit KeepOrder(const llvm::Module &module) : context(module.getContext()), before(context.getOptPassGate()) {
    for (const llvm::Function &function : module)
      if (function.hasFnAttribute(kKeepOrderAttribute))
        functions.insert(("function (" + function.getName() + ")").str());
    context.setOptPassGate(*this);
  }
  ~KeepOrder() override { context.setOptPassGate(before); }
  bool isEnabled() const override { return true; }
  bool shouldRunPass(llvm::StringRef pass, llvm::StringRef description) const override {
    if (pass == "machine-scheduler" && functions.contains(description))
      return false;
    return !before.isEnabled() || before.shouldRunPass(pass, description);
  }

private:
  llvm::LLVMContext &context;
  llvm::OptPassGate &before;
  /// As LLVM describes them.
  llvm::StringSet<> functions;
};
} // namespace

llvm::SmallVector<char, 0> sst::emitCode(llvm::Module &module, CodeKind kind) {
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(getTarget(module));
  llvm::SmallVector<char, 0> code;
  llvm::raw_svector_ostream stream(code);
  llvm::legacy::PassManager passes;
  auto fileType = kind == CodeKind::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  bool unsupported = machine->addPassesToEmitFile(passes, stream, nullptr, fileType);
  SST_CHECK(!unsupported, "the target cannot emit this kind of file");
  KeepOrder keepOrder(module);
  passes.run(module);
  return code;
}
