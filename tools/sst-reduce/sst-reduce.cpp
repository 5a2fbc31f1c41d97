//===- sst-reduce.cpp - make IR that shows a fault smaller ------------------------------------------------------===//

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::registerTransformsPasses();
  sst::registerSSTPasses();
  sst::registerSSTPipelines();
  mlir::DialectRegistry registry;
  sst::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
