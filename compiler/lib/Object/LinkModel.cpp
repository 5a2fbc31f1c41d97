//===- LinkModel.cpp - the LLVM modules of an artefact ----------------------------------------------------------===//
//
// The kernels of each CPU variant are a module, the rest is one: so code for all of them can be generated at the same
// time. They refer to each other by hidden symbols.
//
// Each variant's functions get that variant's CPU; those by which the entry code calls them are an sst_kernel_fn each.
// The entry code comes as bitcode; what it declares (sst_entry.h) is defined by ModelData.cpp. Its functions, and the
// table of them, are internal, and what users call are other names of these. So nothing in an artefact goes by a name
// that another model in the process may have too.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "LinkModel.h"
#include "TargetMachine.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Import.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Dialect/StateLayout.h"
#include "sst/Runtime/sst_entry.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace sst;

static const unsigned char entryBitcode[] = {
#include "entry.bc.inc"
};

ArrayRef<StringRef> sst::getVariantNames() {
  static const StringRef names[] = {"x86-64-v4", "x86-64-v3"};
  return names;
}

/// The functions of sst_entry.h that kernels call.
static constexpr llvm::StringLiteral kCalledByKernels[] = {"sst_team_next", "sst_team_mark"};

WorkspaceSize sst::getWorkspaceSize(ModuleOp module) {
  WorkspaceSize size;
  constexpr uint64_t bytes = sizeof(float);
  for (Operation &op : module.getOps()) {
    auto arena = op.getAttrOfType<ArenaAttr>(kArenaAttr);
    if (!arena)
      continue;
    uint64_t rows = arena.getRows() * bytes, sequences = arena.getSequences() * bytes;
    size.rowBytes = std::max(size.rowBytes, rows);
    size.sequenceBytes = std::max(size.sequenceBytes, sequences);
    size.threadBytes = std::max<uint64_t>(size.threadBytes, arena.getThread() * bytes);
  }
  size.fixedBytes = ArenaAttr::kSpareRows * size.rowBytes + ArenaAttr::kSpareSequences * size.sequenceBytes;
  return size;
}

uint64_t sst::getStateBytes(ModuleOp module) {
  uint64_t elements = 0;
  for (Operation &op : module.getOps())
    if (auto arena = op.getAttrOfType<ArenaAttr>(kArenaAttr))
      elements = std::max<uint64_t>(elements, arena.getState());
  return llvm::alignTo(sizeof(sst_state_header_t) + elements * sizeof(float), SST_STATE_ALIGNMENT);
}

ArrayRef<StringRef> sst::getEntryPoints() {
  static const StringRef names[] = {"info",          "workspace_bytes", "window",         "sequence",      "prefill",
                                    "step",          "ahead_prepare",   "ahead_finish",   "state_bytes",   "state_init",
                                    "state_reset",   "state_position",  "state_snapshot", "state_restore", "state_fork",
                                    "state_rollback"};
  return names;
}

void sst::setHidden(llvm::GlobalValue &value) {
  value.setLinkage(llvm::GlobalValue::ExternalLinkage);
  value.setVisibility(llvm::GlobalValue::HiddenVisibility);
  value.setDSOLocal(true);
}

/// Compiles `function` for the CPU of `variant`.
static void setVariant(llvm::Function &function, StringRef variant) {
  function.setDoesNotThrow();
  // Exact at every instruction: threads are cancelled, and profilers look, anywhere.
  function.setUWTableKind(llvm::UWTableKind::Async);
  function.addFnAttr("target-cpu", variant);
  StringRef width = variant == "x86-64-v4" ? "512" : "256";
  function.addFnAttr("prefer-vector-width", width);
  function.addFnAttr("min-legal-vector-width", width);
}

/// Whether a function handles no floating-point numbers and no vectors: it says what is to run where, as entries and
/// phases do, and takes no time to speak of.
static bool isControl(const llvm::Function &function) {
  auto isNumeric = [](const llvm::Type *type) { return type->isVectorTy() || type->isFloatingPointTy(); };
  return llvm::none_of(llvm::instructions(function), [&](const llvm::Instruction &instruction) {
    return isNumeric(instruction.getType()) ||
           llvm::any_of(instruction.operands(), [&](const llvm::Use &use) { return isNumeric(use->getType()); });
  });
}

std::string sst::getKernelName(StringRef mode, StringRef variant) { return (mode + "." + variant).str(); }

llvm::FunctionType *sst::getKernelType(llvm::LLVMContext &context) {
  llvm::Type *pointer = llvm::PointerType::get(context, 0), *i64 = llvm::Type::getInt64Ty(context);
  // Buffers; batch, rows, thread, threads; team.
  SmallVector<llvm::Type *> types(6, pointer);
  types.append({i64, i64, i64, i64, pointer});
  return llvm::FunctionType::get(llvm::Type::getVoidTy(context), types, /*isVarArg=*/false);
}

/// For what the modules of an artefact have in common. The default source file name would be a path of the machine
/// that built SST.
static void setUpModule(llvm::Module &module, const ModelInfo &info) {
  module.setModuleIdentifier(info.name);
  module.setSourceFileName(info.name);
  module.setTargetTriple(llvm::Triple("x86_64-unknown-linux-gnu"));
  module.setDataLayout(createTargetMachine()->createDataLayout());
  // As clang sets them for -fasynchronous-unwind-tables and -fcf-protection=full: a program is only as protected as the
  // least of its objects.
  module.setModuleFlag(llvm::Module::Max, "uwtable", static_cast<uint32_t>(llvm::UWTableKind::Async));
  module.setModuleFlag(llvm::Module::Min, "cf-protection-branch", 1);
  module.setModuleFlag(llvm::Module::Min, "cf-protection-return", 1);
}

/// Names of generated code become symbols behind which the name of a variant is put; those of LLVM's own functions mean
/// these.
static LogicalResult checkSymbols(ModuleOp source) {
  auto isLetter = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; };
  for (auto symbol : source.getOps<SymbolOpInterface>()) {
    StringRef name = symbol.getName();
    if (isa<WeightOp>(symbol) || (!name.empty() && llvm::all_of(name, isLetter) && !name.starts_with("llvm.")))
      continue;
    return symbol->emitOpError(
               "expects a name of letters, digits, '_' and '.' that does not begin with 'llvm.', but got ")
           << symbol.getNameAttr() << "; rename it";
  }
  return success();
}

FailureOr<std::unique_ptr<llvm::Module>> sst::translateKernels(llvm::LLVMContext &context,
                                                               const LoweredVariant &variant, const ModelInfo &info) {
  ModuleOp source = variant.module;
  if (failed(checkSymbols(source)))
    return failure();
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(source, context);
  if (!module)
    return source.emitError("cannot be translated to LLVM IR; run the stage llvm on it first");
  setUpModule(*module, info);
  for (StringRef mode : getFunctionNames()) {
    llvm::Function *function = module->getFunction(mode);
    Operation *lowered = source.lookupSymbol(mode);
    if (!lowered && llvm::is_contained(getStreamFunctionNames(), mode))
      continue;
    if (!function || function->isDeclaration() || function->getFunctionType() != getKernelType(context) ||
        !lowered->hasAttr(kOpsAttr) || !lowered->hasAttr(kArenaAttr))
      return source.emitError("expects a lowered function '")
             << mode
             << "' with six buffers, four counts and a team, and with 'sst.ops' and 'sst.arena'; start from a module "
                "that sst-compile wrote";
    if (lowered->getAttrOfType<ArenaAttr>(kArenaAttr).getState() != 0 && !lowered->hasAttr(kStatesAttr))
      return source.emitError("expects 'sst.states' on the lowered function '")
             << mode << "', which carries states; start from a module that this version of sst-compile wrote";
  }
  for (llvm::GlobalValue &value : module->global_values())
    if (value.isDeclaration()) // nobody but the entry code can define what is hidden
      value.setVisibility(llvm::GlobalValue::DefaultVisibility);
  for (StringRef name : kCalledByKernels)
    if (llvm::Function *function = module->getFunction(name))
      setHidden(*function);
  for (llvm::Function &function : *module) {
    if (function.isDeclaration())
      continue;
    setVariant(function, variant.variant);
    // Keeps names that say what runs, and compile time low.
    function.addFnAttr(llvm::Attribute::NoInline);
    if (isControl(function)) {
      // Better code for these takes a tenth of the compile time and gains nothing. With a frame pointer they and their
      // unwind tables are shorter.
      function.addFnAttr(llvm::Attribute::OptimizeNone);
      function.addFnAttr("frame-pointer", "all");
    }
    function.setName(getKernelName(function.getName(), variant.variant));
  }
  llvm::StringSet<> kept;
  for (StringRef mode : getFunctionNames())
    if (llvm::Function *function = module->getFunction(getKernelName(mode, variant.variant))) {
      setHidden(*function);
      kept.insert(function->getName());
    }
  llvm::internalizeModule(*module, [&](const llvm::GlobalValue &value) { return kept.contains(value.getName()); });
  return module;
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
  for (StringRef name : kCalledByKernels) {
    llvm::Function *function = module.getFunction(name);
    SST_CHECK(function && !function->isDeclaration(), "the entry code has no " + name);
    setHidden(*function);
    kept.insert(name);
  }
  llvm::internalizeModule(module, [&](const llvm::GlobalValue &value) { return kept.contains(value.getName()); });
}

namespace {
/// Weights are no business of LLVM's.
struct WeightTranslation : LLVMTranslationDialectInterface {
  using LLVMTranslationDialectInterface::LLVMTranslationDialectInterface;
  LogicalResult convertOperation(Operation *op, llvm::IRBuilderBase &, LLVM::ModuleTranslation &) const override {
    return success(isa<WeightOp>(op));
  }
};
} // namespace

void sst::registerLLVMTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registry.addExtension(+[](MLIRContext *, SSTDialect *dialect) { dialect->addInterfaces<WeightTranslation>(); });
}

FailureOr<std::unique_ptr<llvm::Module>> sst::createModel(llvm::LLVMContext &context, ArrayRef<LoweredVariant> variants,
                                                          const ModelInfo &info, SymbolScope scope) {
  SST_CHECK(!variants.empty(), "no variants to link");
  StringRef bitcode(reinterpret_cast<const char *>(entryBitcode), sizeof(entryBitcode));
  llvm::Expected<std::unique_ptr<llvm::Module>> entry =
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "entry"), context);
  SST_CHECK(static_cast<bool>(entry), "the embedded entry code is damaged");
  std::unique_ptr<llvm::Module> module = std::move(*entry);
  setUpModule(*module, info);
  defineModel(*module, info, variants);
  llvm::GlobalVariable *weights = module->getGlobalVariable(kWeightsSymbol);
  SST_CHECK(weights, "the entry code does not use " + kWeightsSymbol);
  setHidden(*weights);
  publish(*module, info, scope);
  return module;
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
