//===- ConvertToLoops.cpp - scheduled functions to phases of kernel calls ---------------------------------------===//
//
// The pass. What a function becomes is in FunctionConverter.h.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/WeightBlob.h"

#include "llvm/ADT/StringExtras.h"

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
  const Variant *cpu = findVariant(variant);
  if (!cpu) {
    module.emitError("expects 'variant' to be one of ")
        << llvm::join(getVariantNames(), ", ") << ", but got '" << variant << "'";
    return signalPassFailure();
  }
  if (failed(checkCalledNames(module)))
    return signalPassFailure();
  SymbolNames names(module);
  KernelLibrary kernels(module, names, cpu->tiles);
  llvm::StringMap<int64_t> offsets = getWeightOffsets(module);
  PhaseFunctions phaseFunctions;
  StateLayout stateLayout;
  for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (!function.isExternal() &&
        failed(FunctionConverter(function, kernels, names, offsets, phaseFunctions, stateLayout).convert()))
      return signalPassFailure();
}
