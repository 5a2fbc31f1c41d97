//===- Pipelines.h - the stages of compilation --------------------------------------------------------*- C++ -*-===//
//
// Each stage is one function that adds its passes to a pass manager over the module. The stages, in order:
//
//   import    options and weights to one sst.block per block          (Import.h; not a pass pipeline)
//   expand    blocks to dense, norm, conv, scan, attention, fusion
//   fuse      last-step slicing, merged projections, folded scales, epilogues
//   schedule  packed weights, one static arena
//   loops     kernels of scf and vector ops, per CPU variant
//   llvm      the llvm dialect, per CPU variant
//   object    machine code                                            (Object.h; not a pass pipeline)
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_PIPELINES_H
#define SST_COMPILER_PIPELINES_H

#include "mlir/Pass/PassManager.h"

#include <string>

namespace sst {

class CpuOps;
/// The table of all ops of ours (CpuOp.h).
const CpuOps &getCpuOps();

/// Settings of the stages that depend on the CPU.
struct TargetOptions {
  /// Name of the CPU variant (Variants.h).
  std::string variant = "x86-64-v3";
};

/// sst.block to the ops it consists of.
void buildExpandPipeline(mlir::OpPassManager &pm);
/// Everything that makes fewer and cheaper sst ops of them; changes no result but by folding constants.
void buildFusePipeline(mlir::OpPassManager &pm);
/// Packs weights and plans the arena, for CPUs that compute `ops`, which must live as long as `pm`.
void buildSchedulePipeline(mlir::OpPassManager &pm, const CpuOps &ops = getCpuOps());
/// Scheduled sst ops to loops over vectors, with math expanded.
void buildLoopsPipeline(mlir::OpPassManager &pm, const TargetOptions &options, const CpuOps &ops = getCpuOps());
/// Loops to the llvm dialect. The context must have the conversions.
void buildLLVMPipeline(mlir::OpPassManager &pm);
/// Adds how the dialects of stage loops become the llvm dialect.
void registerLLVMConversions(mlir::DialectRegistry &registry);

/// Registers the pipelines above as sst-expand-pipeline, sst-fuse-pipeline, ... for sst-opt.
void registerSSTPipelines();

} // namespace sst

#endif // SST_COMPILER_PIPELINES_H
