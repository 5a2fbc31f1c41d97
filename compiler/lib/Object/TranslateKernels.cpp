//===- TranslateKernels.cpp - the kernels of a CPU variant as an LLVM module --------------------------------------===//
//
// The functions of a variant get that variant's CPU; those by which the entry code calls them are an sst_kernel_fn
// each.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Modules.h"
#include "Target.h"

#include "sst/Compiler/Check.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Dialect/StateLayout.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace sst;

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

/// Compiles `function` for the CPU of `variant`.
static void setVariant(llvm::Function &function, const Variant &variant) {
  function.setDoesNotThrow();
  // Exact at every instruction: threads are cancelled, and profilers look, anywhere.
  function.setUWTableKind(llvm::UWTableKind::Async);
  function.addFnAttr("target-cpu", variant.cpu);
  for (const FunctionAttribute &attribute : variant.attributes)
    function.addFnAttr(attribute.name, attribute.value);
  for (const FunctionAttribute &attribute : getTarget(variant.architecture).functionProtection)
    function.addFnAttr(attribute.name, attribute.value);
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
  const Variant *cpu = findVariant(variant.variant);
  SST_CHECK(cpu, "unknown variant " + variant.variant);
  setUpModule(*module, cpu->architecture, info);
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
  for (StringRef name : getCalledByKernels())
    if (llvm::Function *function = module->getFunction(name))
      setHidden(*function);
  for (llvm::Function &function : *module) {
    if (function.isDeclaration())
      continue;
    setVariant(function, *cpu);
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
