//===- LinkModel.cpp - the LLVM modules of an artefact ----------------------------------------------------------===//
//
// The kernels of each CPU variant are a module, the rest is one: so code for all of them can be generated at the same
// time. They refer to each other by hidden symbols.
//
// Each variant's functions get that variant's CPU; those by which the entry code calls them are an sst_kernel_fn each.
// The entry code comes as bitcode; what it declares (sst_entry.h) is defined here, and its functions get the model's
// name.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "TargetMachine.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Import.h"
#include "sst/Compiler/Object.h"
#include "sst/Compiler/WeightBlob.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_entry.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/UniqueVector.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
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

static uint64_t getVariantNumber(StringRef variant) {
  SST_CHECK(llvm::is_contained(getVariantNames(), variant), "unknown variant " + variant);
  return variant == "x86-64-v4" ? SST_VARIANT_X86_64_V4 : SST_VARIANT_X86_64_V3;
}

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

/// Lets the other modules of the artefact, and nobody else, see a value.
static void setHidden(llvm::GlobalValue &value) {
  value.setLinkage(llvm::GlobalValue::ExternalLinkage);
  value.setVisibility(llvm::GlobalValue::HiddenVisibility);
  value.setDSOLocal(true);
}

/// Compiles `function` for the CPU of `variant`.
static void setVariant(llvm::Function &function, StringRef variant) {
  function.setDoesNotThrow();
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

/// The name of the function that computes `mode` on the CPUs of `variant`.
static std::string getKernelName(StringRef mode, StringRef variant) { return (mode + "." + variant).str(); }

/// The sst_kernel_fn, as LLVM sees it.
static llvm::FunctionType *getKernelType(llvm::LLVMContext &context) {
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
    if (isControl(function)) // better code for these takes a tenth of the compile time and gains nothing
      function.addFnAttr(llvm::Attribute::OptimizeNone);
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

/// A constant C string in `module`.
static llvm::Constant *createString(llvm::Module &module, StringRef text) {
  auto *data = llvm::ConstantDataArray::getString(module.getContext(), text);
  auto *global = new llvm::GlobalVariable(module, data->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::PrivateLinkage, data, "sst_string");
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  global->setAlignment(llvm::Align(1));
  return global;
}

/// Gives the declaration `name` of the entry code a value. Its type must be that of `initializer`, or an open array.
static void define(llvm::Module &module, StringRef name, llvm::Constant *initializer, uint64_t alignment) {
  auto *global = new llvm::GlobalVariable(module, initializer->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::InternalLinkage, initializer, name + ".value");
  global->setAlignment(llvm::Align(alignment));
  llvm::GlobalVariable *declaration = module.getGlobalVariable(name);
  SST_CHECK(declaration, "the entry code does not use " + name);
  declaration->replaceAllUsesWith(global);
  declaration->eraseFromParent();
  global->setName(name);
}

/// A constant struct from its fields, in order; `type` is the C struct as clang sees it.
static llvm::Constant *createStruct(llvm::StructType *type, ArrayRef<llvm::Constant *> fields) {
  SST_CHECK(type->getNumElements() == fields.size(), "a struct of sst_abi.h has other fields than the compiler knows");
  for (auto [field, element] : llvm::zip_equal(fields, type->elements()))
    SST_CHECK(field->getType() == element, "a field of a struct of sst_abi.h has another type than the compiler knows");
  return llvm::ConstantStruct::get(type, fields);
}

static llvm::Constant *createArray(ArrayRef<llvm::Constant *> elements) {
  return llvm::ConstantArray::get(llvm::ArrayType::get(elements.front()->getType(), elements.size()), elements);
}

/// The sst_cold_t.
static uint64_t getColdNumber(Cold cold) {
  return cold == Cold::First ? SST_COLD_FIRST : cold == Cold::Zero ? SST_COLD_ZERO : SST_COLD_SHORT;
}

/// A hash of all that decides whether a state is one of this model.
static std::array<uint64_t, 2> hashStateModel(const ModelInfo &info) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "sst_abi=" << SST_ABI_VERSION << " weights=" << info.weightsDigest;
  for (const OptionInfo &option : getOptionInfos())
    stream << " " << option.name << "=" << getOptionText(info.options, option.option);
  stream << " max_rows=" << info.stream.maxRows << " rollback=" << info.stream.rollback
         << " attention_window=" << info.stream.attentionWindow.value_or(0) << " state_bytes=" << info.stateBytes
         << " weight_storage=" << stringifyStorage(info.weightStorage);
  auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return {llvm::support::endian::read64le(digest.data()), llvm::support::endian::read64le(digest.data() + 8)};
}

namespace {
/// The table of the ops of a function.
struct OpTable {
  llvm::Constant *address;
  uint64_t count = 0, phases = 0;
};

/// What the ops of all functions refer to, each thing once: blocks of a model are alike.
class OpContents {
public:
  uint64_t addString(StringRef text) {
    auto [entry, isNew] = offsets.try_emplace(text, strings.size());
    if (isNew)
      (strings += text).push_back('\0');
    return entry->second;
  }
  uint64_t addWork(llvm::Constant *work) { return works.insert(work) - 1; }
  StringRef getStrings() const { return strings; }
  SmallVector<llvm::Constant *> getWorks() const { return {works.begin(), works.end()}; }

private:
  std::string strings;
  llvm::StringMap<uint64_t> offsets;
  llvm::UniqueVector<llvm::Constant *> works;
};
} // namespace

/// A constant of the module's own; its address.
static llvm::Constant *addConstant(llvm::Module &module, llvm::Constant *value, const llvm::Twine &name) {
  auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::InternalLinkage, value, name);
  global->setAlignment(llvm::Align(8));
  return global;
}

/// Adds the sst_op_t of the lowered function `mode` of `source`.
static OpTable createOpTable(llvm::Module &module, ModuleOp source, StringRef mode, OpContents &contents) {
  llvm::LLVMContext &context = module.getContext();
  auto u32 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); };
  auto u64 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); };
  auto numbers = [&](DenseF64ArrayAttr values) { return llvm::ConstantDataArray::get(context, values.asArrayRef()); };
  auto *pointer = llvm::PointerType::get(context, 0);
  OpTable table{llvm::ConstantPointerNull::get(pointer)};
  Operation *function = source.lookupSymbol(mode);
  auto works = function ? function->getAttrOfType<ArrayAttr>(kOpsAttr) : ArrayAttr();
  if (!works || works.empty())
    return table;
  SmallVector<llvm::Constant *> ops;
  for (Attribute attribute : works) {
    auto work = cast<WorkAttr>(attribute);
    llvm::Constant *amounts =
        llvm::ConstantStruct::getAnon({numbers(work.getFlops()), numbers(work.getBytes()), u64(work.getWeights())});
    ops.push_back(llvm::ConstantStruct::getAnon({u32(contents.addString(work.getName())),
                                                 u32(contents.addString(work.getKernel())), u32(work.getPhase()),
                                                 u32(contents.addWork(amounts))}));
    table.phases = std::max<uint64_t>(table.phases, work.getPhase() + 1);
  }
  table.address = addConstant(module, createArray(ops), "sst_" + mode + "_ops");
  table.count = ops.size();
  return table;
}

static llvm::Constant *createInfo(llvm::Module &module, llvm::StructType *type, const ModelInfo &info,
                                  ArrayRef<LoweredVariant> variants, uint64_t weightsBytes, ArrayRef<OpTable> tables,
                                  const OpContents &contents) {
  llvm::LLVMContext &context = module.getContext();
  auto u32 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); };
  auto u64 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); };
  uint64_t mask = 0;
  for (const LoweredVariant &variant : variants)
    mask |= uint64_t(1) << getVariantNumber(variant.variant);
  SmallVector<llvm::Constant *> functions;
  auto *functionsType = cast<llvm::ArrayType>(*llvm::find_if(type->elements(), llvm::IsaPred<llvm::ArrayType>));
  auto *functionType = cast<llvm::StructType>(functionsType->getElementType());
  for (const OpTable &table : tables)
    functions.push_back(createStruct(functionType, {u64(table.count), table.address}));
  SmallVector<llvm::Constant *> works = contents.getWorks();
  const ModelOptions &o = info.options;
  return createStruct(type, {u32(sizeof(sst_info_t)),
                             u32(SST_ABI_VERSION),
                             createString(module, info.name),
                             createString(module, info.compilerVersion),
                             createString(module, info.weightsDigest),
                             createString(module, stringifyLayerNorm(o.layerNorm)),
                             u32(o.embedDim),
                             u32(o.hiddenSize),
                             u32(o.stateSize),
                             u32(o.numLayers),
                             u32(o.numHeads),
                             u32(o.headDim),
                             u32(o.expandFactor),
                             u32(o.convSize),
                             u32(o.windowSize),
                             u32(mask),
                             u32(0),
                             u32(info.stream.maxRows),
                             u32(info.stream.rollback),
                             u32(getColdNumber(info.stream.cold)),
                             u32(info.weightStorage == Storage::BF16 ? SST_STORAGE_BF16 : SST_STORAGE_F32),
                             u32(info.stream.attentionWindow.value_or(0)),
                             createString(module, contents.getStrings()),
                             works.empty() ? llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0))
                                           : addConstant(module, createArray(works), "sst_works"),
                             createArray(functions),
                             u64(info.parameters),
                             u64(weightsBytes),
                             u64(info.stateBytes)});
}

/// Defines sst_model_data and sst_model_kernels.
static void defineModel(llvm::Module &module, const ModelInfo &info, ArrayRef<LoweredVariant> variants,
                        ArrayRef<OpTable> tables, const OpContents &contents) {
  ModuleOp first = variants.front().module;
  WorkspaceSize workspace = getWorkspaceSize(first);
  llvm::LLVMContext &context = module.getContext();
  auto u64 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); };
  auto *dataType = cast<llvm::StructType>(module.getGlobalVariable("sst_model_data")->getValueType());
  auto *infoType = cast<llvm::StructType>(dataType->elements().back());
  llvm::Constant *infoValue = createInfo(module, infoType, info, variants, getWeightBlobBytes(first), tables, contents);
  std::array<uint64_t, 2> stateModel = hashStateModel(info);
  SmallVector<llvm::Constant *> phases;
  for (const OpTable &table : tables)
    phases.push_back(u64(table.phases));
  define(module, "sst_model_data",
         createStruct(dataType, {u64(workspace.rowBytes), u64(workspace.sequenceBytes), u64(workspace.fixedBytes),
                                 u64(workspace.threadBytes), u64(kGroupRows), createArray(phases), u64(variants.size()),
                                 createArray({u64(stateModel[0]), u64(stateModel[1])}), infoValue}),
         8);
  auto *pointer = llvm::PointerType::get(context, 0);
  auto *kernelsType = llvm::StructType::get(
      context, {llvm::Type::getInt64Ty(context), llvm::ArrayType::get(pointer, SST_FUNCTION_COUNT)});
  SmallVector<llvm::Constant *> kernels;
  for (LoweredVariant variant : variants) {
    SmallVector<llvm::Constant *> functions;
    for (StringRef mode : getFunctionNames()) {
      functions.push_back(llvm::ConstantPointerNull::get(pointer));
      if (!variant.module.lookupSymbol(mode))
        continue;
      auto *function = llvm::Function::Create(getKernelType(context), llvm::GlobalValue::ExternalLinkage,
                                              getKernelName(mode, variant.variant), module);
      setHidden(*function);
      functions.back() = function;
    }
    kernels.push_back(createStruct(kernelsType, {u64(getVariantNumber(variant.variant)), createArray(functions)}));
  }
  define(module, "sst_model_kernels",
         llvm::ConstantArray::get(llvm::ArrayType::get(kernelsType, kernels.size()), kernels), 8);
}

/// Renames what users call, hides what kernels call, and makes everything else internal.
static void publish(llvm::Module &module, const ModelInfo &info, bool exportArtefact) {
  llvm::StringSet<> kept;
  SmallVector<StringRef> suffixes(getEntryPoints());
  suffixes.push_back("artefact");
  for (StringRef suffix : suffixes) {
    llvm::GlobalValue *value = module.getNamedValue(("sst_model_" + suffix).str());
    SST_CHECK(value && !value->isDeclaration(), "the entry code has no sst_model_" + suffix);
    value->setName(info.name + "_" + suffix);
    SST_CHECK(value->getName() == info.name + "_" + suffix.str(), "the name of an entry point is taken");
    kept.insert(value->getName());
  }
  if (exportArtefact) {
    auto *artefact = module.getGlobalVariable(info.name + "_artefact");
    llvm::GlobalAlias::create("sst_artefact", artefact);
    kept.insert("sst_artefact");
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
                                                          const ModelInfo &info, bool exportArtefact) {
  SST_CHECK(!variants.empty(), "no variants to link");
  StringRef bitcode(reinterpret_cast<const char *>(entryBitcode), sizeof(entryBitcode));
  llvm::Expected<std::unique_ptr<llvm::Module>> entry =
      llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "entry"), context);
  SST_CHECK(static_cast<bool>(entry), "the embedded entry code is damaged");
  std::unique_ptr<llvm::Module> module = std::move(*entry);
  setUpModule(*module, info);
  ModuleOp first = variants.front().module;
  SmallVector<OpTable> tables;
  OpContents contents;
  for (StringRef mode : getFunctionNames())
    tables.push_back(createOpTable(*module, first, mode, contents));
  defineModel(*module, info, variants, tables, contents);
  llvm::GlobalVariable *weights = module->getGlobalVariable(kWeightsSymbol);
  SST_CHECK(weights, "the entry code does not use " + kWeightsSymbol);
  setHidden(*weights);
  publish(*module, info, exportArtefact);
  return module;
}

void sst::linkModules(llvm::Module &model, std::vector<std::unique_ptr<llvm::Module>> kernels, StringRef weights) {
  // As bytes: an array of floats is written one number at a time.
  define(model, kWeightsSymbol,
         llvm::ConstantDataArray::getRaw(weights, weights.size(), llvm::Type::getInt8Ty(model.getContext())),
         kWeightsAlignment);
  llvm::Linker linker(model);
  for (std::unique_ptr<llvm::Module> &module : kernels)
    SST_CHECK(!linker.linkInModule(std::move(module)), "the modules of an artefact cannot be linked");
  llvm::internalizeModule(model, [](const llvm::GlobalValue &value) { return !value.hasHiddenVisibility(); });
}
