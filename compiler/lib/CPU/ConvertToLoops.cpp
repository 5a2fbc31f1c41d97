//===- ConvertToLoops.cpp - scheduled functions to phases of kernel calls ---------------------------------------===//
//
// The pass. What a function becomes is in FunctionConverter.h.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/WeightBlob.h"

namespace sst {
#define GEN_PASS_DEF_CONVERTTOLOOPSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

namespace {
struct ConvertToLoopsPass final : sst::impl::ConvertToLoopsPassBase<ConvertToLoopsPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

void ConvertToLoopsPass::runOnOperation() {
  ModuleOp module = getOperation();
  std::optional<Tiles> tiles = getTiles(variant);
  if (!tiles) {
    module.emitError("expects 'variant' to be x86-64-v3 or x86-64-v4, but got '") << variant << "'";
    return signalPassFailure();
  }
  if (failed(checkCalledNames(module)))
    return signalPassFailure();
  SymbolNames names(module);
  KernelLibrary kernels(module, names, *tiles);
  llvm::StringMap<int64_t> offsets = getWeightOffsets(module);
  PhaseFunctions phaseFunctions;
  StateLayout stateLayout;
  for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (!function.isExternal() &&
        failed(FunctionConverter(function, kernels, names, offsets, phaseFunctions, stateLayout).convert()))
      return signalPassFailure();
}
