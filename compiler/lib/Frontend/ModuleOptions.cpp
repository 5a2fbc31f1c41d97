//===- ModuleOptions.cpp - what a module says of its model, read back -------------------------------------------===//

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Import.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace sst;

/// The value of an option in `sst.options`; empty if it has the wrong kind or no model can have it.
static std::optional<OptionValue> readOption(const OptionInfo &info, Attribute attribute) {
  OptionValue value;
  switch (info.kind) {
  case OptionKind::Size: {
    auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
    if (!integer || !integer.getType().isSignlessInteger(64))
      return std::nullopt;
    value.integer = integer.getInt();
    break;
  }
  case OptionKind::Number: {
    auto number = dyn_cast_or_null<FloatAttr>(attribute);
    if (!number)
      return std::nullopt;
    value.number = number.getValueAsDouble();
    break;
  }
  case OptionKind::Choice: {
    auto text = dyn_cast_or_null<StringAttr>(attribute);
    return text ? parseOption(info, text.getValue()) : std::nullopt;
  }
  }
  return isValid(info, value) ? std::optional(value) : std::nullopt;
}

const Family *sst::findFamily(FamilyTable families, ModuleOp module) {
  SST_CHECK(!families.empty(), "a program knows at least one family of models");
  Attribute attribute = module->getAttr(kFamilyAttr);
  if (!attribute)
    return families.front();
  auto name = dyn_cast<StringAttr>(attribute);
  return name ? findFamily(families, name.getValue()) : nullptr;
}

/// Reports a module of a family that the program does not know.
static void rejectFamily(ModuleOp module, FamilyTable families) {
  InFlightDiagnostic error = module.emitError("expects '") << kFamilyAttr << "' to be ";
  llvm::interleave(
      families, [&](const Family *family) { error << '"' << family->getName() << '"'; }, [&] { error << " or "; });
  error << ", but got " << module->getAttr(kFamilyAttr);
}

FailureOr<OptionValues> sst::readModelOptions(ModuleOp module, FamilyTable families) {
  const Family *family = findFamily(families, module);
  if (!family) {
    rejectFamily(module, families);
    return failure();
  }
  auto dictionary = module->getAttrOfType<DictionaryAttr>("sst.options");
  if (!dictionary) {
    module.emitError("expects a dictionary 'sst.options', but there is none");
    return failure();
  }
  OptionValues options(*family);
  for (const OptionInfo &info : family->getOptions()) {
    Attribute attribute = dictionary.get(info.name);
    if (std::optional<OptionValue> value = readOption(info, attribute)) {
      options.set(info.name, *value);
      continue;
    }
    InFlightDiagnostic error = module.emitError("expects a valid '") << info.name << "' in 'sst.options', but ";
    if (attribute)
      error << "got " << attribute;
    else
      error << "there is none";
    return failure();
  }
  return options;
}

FailureOr<StreamOptions> sst::readStreamOptions(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>("sst.stream");
  bool hasStreams = llvm::any_of(getStreamFunctionNames(), [&](StringRef name) { return module.lookupSymbol(name); });
  if (!dictionary && !hasStreams)
    return StreamOptions();
  auto integer = [&](StringRef name, int64_t least, int64_t most) -> std::optional<int64_t> {
    auto value = dictionary ? dyn_cast_or_null<IntegerAttr>(dictionary.get(name)) : IntegerAttr();
    if (!value || !value.getType().isSignlessInteger(64) || value.getInt() < least || value.getInt() > most)
      return std::nullopt;
    return value.getInt();
  };
  std::optional<int64_t> attentionWindow;
  bool hasWindow = dictionary && dictionary.contains("attention_window");
  if (hasWindow)
    attentionWindow = integer("attention_window", 1, kMaxStreamRows);
  auto maxRows = integer("max_rows", 1, kMaxStreamRows);
  auto rollback = integer("rollback", 0, maxRows.value_or(0));
  auto text = dictionary ? dyn_cast_or_null<StringAttr>(dictionary.get("cold")) : StringAttr();
  auto cold = text ? parseCold(text.getValue()) : std::nullopt;
  if (maxRows && rollback && cold && attentionWindow.has_value() == hasWindow)
    return StreamOptions{*maxRows, *rollback, *cold, attentionWindow};
  InFlightDiagnostic error = module.emitError("expects 'max_rows' in [1, ")
                             << kMaxStreamRows << "], 'rollback' in [0, max_rows], 'cold', and 'attention_window', "
                             << "if any, in [1, " << kMaxStreamRows << "], in 'sst.stream', but ";
  if (dictionary)
    error << "got " << dictionary;
  else
    error << "there is none";
  return failure();
}

FailureOr<Storage> sst::readWeightStorage(ModuleOp module) {
  auto text = module->getAttrOfType<StringAttr>("sst.weight_storage");
  if (!text)
    return Storage::F32;
  if (std::optional<Storage> storage = symbolizeStorage(text.getValue()))
    return *storage;
  module.emitError("expects 'sst.weight_storage' to be f32 or bf16, but got ") << text;
  return failure();
}
