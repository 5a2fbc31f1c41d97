//===- sst-opt.cpp - run passes over IR -------------------------------------------------------------------------===//

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"
#include "sst/Compiler/Process.h"
#include "sst/Compiler/Threads.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/ADT/STLExtras.h"

#include <vector>

int main(int argc, char **argv) {
  sst::prepareProcess("sst-opt");
  // MLIR aborts if a thread of its pool cannot be started.
  std::vector<char *> arguments(argv, argv + argc);
  std::string single = "--mlir-disable-threading";
  if (llvm::none_of(arguments, [](llvm::StringRef given) { return given.contains("mlir-disable-threading"); }) &&
      !sst::canStartThreads())
    arguments.insert(arguments.begin() + (argc > 0), single.data());
  mlir::DialectRegistry registry;
  sst::registerAllDialects(registry);
  sst::registerLLVMConversions(registry);
  mlir::registerTransformsPasses();
  sst::registerSSTPasses();
  sst::registerSSTPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(static_cast<int>(arguments.size()), arguments.data(), "SST optimizer driver\n", registry));
}
