//===- FusePipeline.cpp - the stage fuse ------------------------------------------------------------------------===//
//
// The order matters: slicing splits projections, which merging then recombines as far as all functions agree; scales
// fold into merged weights; epilogues come last, because a dense with a gate or residual no longer merges.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

void sst::buildFusePipeline(OpPassManager &pm) {
  pm.addPass(createCSEPass());
  pm.addPass(createSliceLastRowPass());
  pm.addPass(createCSEPass());
  pm.addPass(createMergeProjectionsPass());
  pm.addPass(createFoldScalesPass());
  pm.addPass(createFuseEpiloguesPass());
  pm.addPass(createCSEPass());
  pm.addPass(createDropUnusedWeightsPass());
}
