//===- CreateModel.cpp - the LLVM module of an artefact's entry points --------------------------------------------===//
//
// The entry code comes as bitcode; what it declares (sst_entry.h) is defined by ModelData.cpp. Its functions, and the
// table of them, are internal, and what users call are other names of these. So nothing in an artefact goes by a name
// that another model in the process may have too.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Modules.h"
#include "Target.h"

#include "sst/Compiler/Check.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace sst;

ArrayRef<StringRef> sst::getEntryPoints() {
  static const StringRef names[] = {"info",          "workspace_bytes", "window",         "sequence",      "prefill",
                                    "step",          "ahead_prepare",   "ahead_finish",   "state_bytes",   "state_init",
                                    "state_reset",   "state_position",  "state_snapshot", "state_restore", "state_fork",
                                    "state_rollback"};
  return names;
}

/// The names by which users call the artefact.
static SmallVector<std::string> getPublicNames(const ModelInfo &info, SymbolScope scope) {
  SmallVector<std::string> names;
  for (StringRef suffix : getEntryPoints())
    names.push_back((info.name + "_" + suffix).str());
  names.push_back(info.name + "_artefact");
  if (scope == SymbolScope::Process && info.name != "sst")
    names.push_back("sst_artefact");
  return names;
}

/// Adds the names that users call, hides what kernels call, and makes everything else internal.
static void publish(llvm::Module &module, const ModelInfo &info, SymbolScope scope) {
  llvm::StringSet<> kept;
  for (const std::string &name : getPublicNames(info, scope)) {
    StringRef suffix = StringRef(name).substr(name == "sst_artefact" ? strlen("sst_") : info.name.size() + 1);
    // No identifier of C, so no public name of any model.
    std::string own = ("sst_model." + suffix).str();
    llvm::GlobalValue *value = module.getNamedValue(own);
    if (!value) {
      value = module.getNamedValue(("sst_model_" + suffix).str());
      SST_CHECK(value && !value->isDeclaration(), "the entry code has no sst_model_" + suffix);
      value->setName(own);
    }
    llvm::GlobalAlias *alias = llvm::GlobalAlias::create(name, value);
    SST_CHECK(alias->getName() == name, "the name of an entry point is taken");
    kept.insert(name);
  }
  for (StringRef name : getCalledByKernels()) {
    llvm::Function *function = module.getFunction(name);
    SST_CHECK(function && !function->isDeclaration(), "the entry code has no " + name);
    setHidden(*function);
    kept.insert(name);
  }
  llvm::internalizeModule(module, [&](const llvm::GlobalValue &value) { return kept.contains(value.getName()); });
}

FailureOr<std::unique_ptr<llvm::Module>> sst::createModel(llvm::LLVMContext &context, ArrayRef<LoweredVariant> variants,
                                                          const ModelInfo &info, SymbolScope scope) {
  SST_CHECK(!variants.empty(), "no variants to link");
  const Variant *variant = findVariant(variants.front().variant);
  SST_CHECK(variant, "unknown variant " + variants.front().variant);
  StringRef bitcode = llvm::toStringRef(getTarget(variant->architecture).entryCode);
  llvm::Expected<std::unique_ptr<llvm::Module>> entry =
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "entry"), context);
  SST_CHECK(static_cast<bool>(entry), "the embedded entry code is damaged");
  std::unique_ptr<llvm::Module> module = std::move(*entry);
  setUpModule(*module, variant->architecture, info);
  defineModel(*module, info, variants);
  llvm::GlobalVariable *weights = module->getGlobalVariable(kWeightsSymbol);
  SST_CHECK(weights, "the entry code does not use " + kWeightsSymbol);
  setHidden(*weights);
  publish(*module, info, scope);
  return module;
}
