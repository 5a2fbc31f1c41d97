//===- ExpandPipeline.cpp - the stage expand --------------------------------------------------------------------===//

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

void sst::buildExpandPipeline(OpPassManager &pm) {
  pm.addPass(createExpandBlocksPass());
  pm.addPass(createCSEPass());
}
