//===- ModelData.cpp - what the entry code knows of a model ------------------------------------------------------===//
//
// The constants that sst_entry.h declares: sizes, options, the kernels of each function, the table of its ops.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Modules.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/WeightBlob.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Dialect/StateLayout.h"
#include "sst/Runtime/sst_entry.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/UniqueVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace sst;

static uint64_t getVariantNumber(StringRef variant) {
  const Variant *found = findVariant(variant);
  SST_CHECK(found, "unknown variant " + variant);
  return found->number;
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

void sst::defineGlobal(llvm::Module &module, StringRef name, llvm::Constant *initializer, uint64_t alignment) {
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

/// A hash of all that decides whether a state is one of this model, lowered to `module`.
static std::array<uint64_t, 2> hashStateModel(const ModelInfo &info, ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "sst_abi=" << SST_ABI_VERSION << " weights=" << info.weightsDigest;
  for (auto &[name, value] : info.options)
    stream << " " << name << "=" << value;
  stream << " max_rows=" << info.stream.maxRows << " rollback=" << info.stream.rollback
         << " attention_window=" << info.stream.attentionWindow.value_or(0) << " state_bytes=" << info.stateBytes
         << " weight_storage=" << stringifyStorage(info.weightStorage);
  for (Operation &op : module.getOps())
    if (auto states = op.getAttrOfType<ArrayAttr>(kStatesAttr))
      for (Attribute state : states)
        stream << "\n" << cast<StringAttr>(state).getValue();
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
                                  ArrayRef<LoweredVariant> variants, uint64_t weightsBytes, ArrayRef<OpTable> tables) {
  llvm::LLVMContext &context = module.getContext();
  auto u32 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); };
  auto u64 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); };
  uint64_t mask = 0;
  for (const LoweredVariant &variant : variants)
    mask |= uint64_t(1) << getVariantNumber(variant.variant);
  SmallVector<llvm::Constant *> functions;
  auto *functionsType = cast<llvm::ArrayType>(*llvm::find_if(type->elements(), llvm::IsaPred<llvm::ArrayType>));
  auto *functionType = cast<llvm::StructType>(functionsType->getElementType());
  auto *null = llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0));
  for (const OpTable &table : tables)
    functions.push_back(createStruct(functionType, {u64(table.count), null}));
  const sst_info_t &description = info.description;
  return createStruct(type, {u32(sizeof(sst_info_t)),
                             u32(SST_ABI_VERSION),
                             createString(module, info.name),
                             createString(module, info.compilerVersion),
                             createString(module, info.weightsDigest),
                             createString(module, description.layer_norm),
                             u32(description.embed_dim),
                             u32(description.hidden_size),
                             u32(description.state_size),
                             u32(description.num_layers),
                             u32(description.num_heads),
                             u32(description.head_dim),
                             u32(description.expand_factor),
                             u32(description.conv_size),
                             u32(description.window_size),
                             u32(mask),
                             u32(0),
                             u32(info.stream.maxRows),
                             u32(info.stream.rollback),
                             u32(getColdNumber(info.stream.cold)),
                             u32(info.weightStorage == Storage::BF16 ? SST_STORAGE_BF16 : SST_STORAGE_F32),
                             u32(info.stream.attentionWindow.value_or(0)),
                             null, // strings and works are in sst_model_ops
                             null,
                             createArray(functions),
                             u64(info.parameters),
                             u64(weightsBytes),
                             u64(info.stateBytes)});
}

/// Defines sst_model_ops.
static void defineOps(llvm::Module &module, ArrayRef<OpTable> tables, const OpContents &contents) {
  auto *type = cast<llvm::StructType>(module.getGlobalVariable("sst_model_ops")->getValueType());
  SmallVector<llvm::Constant *> works = contents.getWorks(), ops;
  llvm::Constant *null = llvm::ConstantPointerNull::get(llvm::PointerType::get(module.getContext(), 0));
  for (const OpTable &table : tables)
    ops.push_back(table.address);
  defineGlobal(module, "sst_model_ops",
               createStruct(type, {createString(module, contents.getStrings()),
                                   works.empty() ? null : addConstant(module, createArray(works), "sst_works"),
                                   createArray(ops)}),
               8);
}

/// Defines sst_model_data.
static void defineData(llvm::Module &module, const ModelInfo &info, ArrayRef<LoweredVariant> variants,
                       ArrayRef<OpTable> tables) {
  ModuleOp first = variants.front().module;
  WorkspaceSize workspace = getWorkspaceSize(first);
  auto u64 = [&](uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(module.getContext()), value); };
  auto *dataType = cast<llvm::StructType>(module.getGlobalVariable("sst_model_data")->getValueType());
  auto *infoType = cast<llvm::StructType>(dataType->elements().back());
  llvm::Constant *infoValue = createInfo(module, infoType, info, variants, getWeightBlobBytes(first), tables);
  std::array<uint64_t, 2> stateModel = hashStateModel(info, first);
  SmallVector<llvm::Constant *> phases;
  for (const OpTable &table : tables)
    phases.push_back(u64(table.phases));
  defineGlobal(
      module, "sst_model_data",
      createStruct(dataType, {u64(workspace.rowBytes), u64(workspace.sequenceBytes), u64(workspace.fixedBytes),
                              u64(workspace.threadBytes), u64(kGroupRows), createArray(phases), u64(variants.size()),
                              createArray({u64(stateModel[0]), u64(stateModel[1])}), infoValue}),
      8);
}

/// Defines sst_model_variants and the tables of kernels.
static void defineKernels(llvm::Module &module, ArrayRef<LoweredVariant> variants) {
  llvm::LLVMContext &context = module.getContext();
  SmallVector<llvm::Constant *> numbers;
  for (const LoweredVariant &variant : variants)
    numbers.push_back(llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), getVariantNumber(variant.variant)));
  defineGlobal(module, "sst_model_variants", createArray(numbers), 8);
  for (StringRef mode : getFunctionNames()) {
    SmallVector<llvm::Constant *> kernels;
    for (LoweredVariant variant : variants) {
      kernels.push_back(llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0)));
      if (!variant.module.lookupSymbol(mode))
        continue;
      auto *function = llvm::Function::Create(getKernelType(context), llvm::GlobalValue::ExternalLinkage,
                                              getKernelName(mode, variant.variant), module);
      setHidden(*function);
      kernels.back() = function;
    }
    defineGlobal(module, ("sst_" + mode + "_kernels").str(), createArray(kernels), 8);
  }
}

void sst::defineModel(llvm::Module &module, const ModelInfo &info, ArrayRef<LoweredVariant> variants) {
  SmallVector<OpTable> tables;
  OpContents contents;
  for (StringRef mode : getFunctionNames())
    tables.push_back(createOpTable(module, variants.front().module, mode, contents));
  defineData(module, info, variants, tables);
  defineOps(module, tables, contents);
  defineKernels(module, variants);
}
