//===- Pipelines.cpp - the stages that leave the sst dialect ----------------------------------------------------===//
//
// Scheduling, loops and the llvm dialect. The stages before are in ExpandPipeline.cpp and FusePipeline.cpp.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Pipelines.h"

#include "sst/Compiler/CpuOp.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/PointersToLLVM.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void sst::buildSchedulePipeline(OpPassManager &pm, const CpuOps &ops) {
  pm.addPass(createPackWeightsPass());
  pm.addNestedPass<func::FuncOp>(createPlanPhasesPass(ops));
  pm.addNestedPass<func::FuncOp>(createPlanArenaPass(ops));
}

void sst::buildLoopsPipeline(OpPassManager &pm, const TargetOptions &options, const CpuOps &ops) {
  ConvertToLoopsPassOptions loops;
  loops.variant = options.variant;
  pm.addPass(createConvertToLoopsPass(ops, loops));
  pm.addPass(createExpandMathPass());
  // Once over all ops is enough for what kernels are built of; LLVM cleans up after it.
  pm.addPass(createCanonicalizerPass(
      GreedyRewriteConfig().setMaxIterations(1).setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)));
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
}

void sst::buildLLVMPipeline(OpPassManager &pm) {
  pm.addPass(createSCFToControlFlowPass());
  // All dialects in one conversion, which takes a third of the time of one after the other.
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  // What is left to clean up, LLVM does in less time (EmitCode.cpp).
}

void sst::registerLLVMConversions(DialectRegistry &registry) {
  registerConvertToLLVMDependentDialectLoading(registry);
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertFuncToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  registerConvertMemRefToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  registerPointersToLLVM(registry);
}

void sst::registerSSTPipelines() {
  PassPipelineRegistration<>("sst-expand-pipeline", "Stage expand: blocks to the ops they consist of",
                             buildExpandPipeline);
  PassPipelineRegistration<>("sst-fuse-pipeline", "Stage fuse: slice, merge, fold and fuse sst ops", buildFusePipeline);
  PassPipelineRegistration<>("sst-schedule-pipeline", "Stage schedule: pack weights, plan phases and the arena",
                             [](OpPassManager &pm) { buildSchedulePipeline(pm); });
  struct LoopsOptions : PassPipelineOptions<LoopsOptions> {
    Option<std::string> variant{*this, "variant", llvm::cl::desc("CPU variant; see Variants.h"),
                                llvm::cl::init("x86-64-v3")};
  };
  PassPipelineRegistration<LoopsOptions>(
      "sst-loops-pipeline", "Stage loops: kernels of scf and vector ops, math expanded",
      [](OpPassManager &pm, const LoopsOptions &options) { buildLoopsPipeline(pm, {options.variant}); });
  PassPipelineRegistration<>("sst-llvm-pipeline", "Stage llvm: loops to the llvm dialect", buildLLVMPipeline);
}
