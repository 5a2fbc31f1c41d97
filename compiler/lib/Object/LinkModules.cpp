//===- LinkModules.cpp - what the LLVM modules of an artefact have in common --------------------------------------===//
//
// The kernels of each CPU variant are a module, the rest is one: so code for all of them can be generated at the same
// time. They refer to each other by hidden symbols. For text they become one module.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Modules.h"
#include "Target.h"

#include "sst/Compiler/Check.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/IR/Constants.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace sst;

ArrayRef<StringRef> sst::getCalledByKernels() {
  static const StringRef names[] = {"sst_team_next", "sst_team_mark"};
  return names;
}

void sst::setHidden(llvm::GlobalValue &value) {
  value.setLinkage(llvm::GlobalValue::ExternalLinkage);
  value.setVisibility(llvm::GlobalValue::HiddenVisibility);
  value.setDSOLocal(true);
}

void sst::setUpModule(llvm::Module &module, Architecture architecture, const ModelInfo &info) {
  const Target &target = getTarget(architecture);
  module.setModuleIdentifier(info.name);
  // The default would be a path of the machine that built SST.
  module.setSourceFileName(info.name);
  module.setTargetTriple(llvm::Triple(target.triple));
  module.setDataLayout(createTargetMachine(target)->createDataLayout());
  // As clang sets it for -fasynchronous-unwind-tables.
  module.setModuleFlag(llvm::Module::Max, "uwtable", static_cast<uint32_t>(llvm::UWTableKind::Async));
  for (const ModuleFlag &flag : target.protection)
    module.setModuleFlag(llvm::Module::Min, flag.name, flag.value);
}

void sst::linkModules(llvm::Module &model, std::vector<std::unique_ptr<llvm::Module>> kernels, StringRef weights,
                      SymbolScope scope) {
  // As bytes: an array of floats is written one number at a time.
  defineGlobal(model, kWeightsSymbol,
               llvm::ConstantDataArray::getRaw(weights, weights.size(), llvm::Type::getInt8Ty(model.getContext())),
               kWeightsAlignment);
  llvm::Linker linker(model);
  for (std::unique_ptr<llvm::Module> &module : kernels)
    SST_CHECK(!linker.linkInModule(std::move(module)), "the modules of an artefact cannot be linked");
  llvm::internalizeModule(model, [](const llvm::GlobalValue &value) { return !value.hasHiddenVisibility(); });
  for (llvm::GlobalAlias &alias : model.aliases())
    if (scope == SymbolScope::Link)
      setHidden(alias);
}
