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
  ConvertToLoopsPass(const CpuOps &ops, const sst::ConvertToLoopsPassOptions &options) : Base(options), ops(ops) {}
  void runOnOperation() override;

private:
  const CpuOps &ops;
};
} // namespace

std::unique_ptr<Pass> sst::createConvertToLoopsPass(const CpuOps &ops, ConvertToLoopsPassOptions options) {
  return std::make_unique<ConvertToLoopsPass>(ops, options);
}

std::unique_ptr<Pass> sst::createConvertToLoopsPass() { return createConvertToLoopsPass(getCpuOps(), {}); }

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
  StateTexts stateTexts;
  for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (!function.isExternal() &&
        failed(FunctionConverter(function, ops, kernels, names, offsets, phaseFunctions, stateTexts).convert()))
      return signalPassFailure();
}
