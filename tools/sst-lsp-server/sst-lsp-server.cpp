//===- sst-lsp-server.cpp - language server for IR with sst ops -------------------------------------------------===//

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Process.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

#include "llvm/Support/LogicalResult.h"

int main(int argc, char **argv) {
  sst::prepareProcess("sst-lsp-server");
  mlir::DialectRegistry registry;
  sst::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
