//===- sst-opt.cpp - run passes over IR -------------------------------------------------------------------------===//

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  sst::registerAllDialects(registry);
  sst::registerLLVMConversions(registry);
  mlir::registerTransformsPasses();
  sst::registerSSTPasses();
  sst::registerSSTPipelines();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "SST optimizer driver\n", registry));
}
