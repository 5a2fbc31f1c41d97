//===- sst-reduce.cpp - make IR that shows a fault smaller ------------------------------------------------------===//

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"
#include "sst/Compiler/Process.h"
#include "sst/Compiler/Threads.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  sst::prepareProcess("sst-reduce");
  mlir::registerTransformsPasses();
  sst::registerSSTPasses();
  sst::registerSSTPipelines();
  mlir::DialectRegistry registry;
  sst::registerAllDialects(registry);
  using Threading = mlir::MLIRContext::Threading;
  // MLIR aborts if a thread of its pool cannot be started.
  mlir::MLIRContext context(registry, sst::canStartThreads() ? Threading::ENABLED : Threading::DISABLED);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
