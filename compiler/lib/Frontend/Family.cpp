//===- Family.cpp - names of options and weights of a family ----------------------------------------------------===//

#include "sst/Compiler/Family.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Import.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

const OptionInfo *sst::findOption(const Family &family, StringRef name) {
  const auto *info = llvm::find_if(family.getOptions(), [&](const OptionInfo &i) { return i.name == name; });
  return info == family.getOptions().end() ? nullptr : info;
}

const OptionInfo &sst::getOption(const Family &family, StringRef name) {
  const OptionInfo *info = findOption(family, name);
  SST_CHECK(info, "models of family " + family.getName() + " have no option " + name);
  return *info;
}

llvm::SmallVector<const OptionInfo *> sst::getAllOptions(FamilyTable families) {
  llvm::SmallVector<const OptionInfo *> all;
  for (const Family *family : families)
    for (const OptionInfo &info : family->getOptions())
      if (llvm::none_of(all, [&](const OptionInfo *known) { return known->name == info.name; }))
        all.push_back(&info);
  return all;
}

const Family *sst::findFamily(FamilyTable families, StringRef name) {
  const auto *family = llvm::find_if(families, [&](const Family *f) { return f->getName() == name; });
  return family == families.end() ? nullptr : *family;
}

std::string sst::getLayerPrefix(const Family &family, int64_t layer) {
  const WeightNames &names = family.getNames();
  return (names.before + Twine(layer) + names.after).str();
}

std::optional<std::pair<int64_t, StringRef>> sst::splitLayerName(const Family &family, StringRef name) {
  const WeightNames &names = family.getNames();
  if (!name.consume_front(names.before))
    return std::nullopt;
  auto [digits, rest] = name.split(names.after);
  int64_t layer;
  bool good = !digits.empty() && digits.find_first_not_of("0123456789") == StringRef::npos &&
              (digits.size() == 1 || digits[0] != '0') && !digits.getAsInteger(10, layer);
  if (!good || rest.empty())
    return std::nullopt;
  return std::pair(layer, rest);
}

bool sst::isWeightName(const Family &family, StringRef name) {
  if (auto parts = splitLayerName(family, name))
    return family.isLayerWeight(parts->second);
  return llvm::is_contained(family.getNames().ends, name);
}

std::optional<size_t> sst::findWeightPrefix(const Family &family, StringRef name) {
  const WeightNames &names = family.getNames();
  size_t layer = name.rfind(names.before);
  if (layer != StringRef::npos && isWeightName(family, name.substr(layer)))
    return layer;
  for (StringRef end : names.ends)
    if (name.ends_with(end))
      return name.size() - end.size();
  return std::nullopt;
}

/// How many tensors of a file are weights of the family by their names.
static size_t countWeights(const Family &family, const sst_safetensors &file) {
  size_t count = 0;
  for (size_t i = 0, e = sst_safetensors_count(&file); i < e; ++i)
    count += findWeightPrefix(family, sst_safetensors_tensor(&file, i)->name).has_value();
  return count;
}

const Family &sst::chooseFamily(const FrontendOptions &options, const sst_safetensors *file, Report &report) {
  FamilyTable families = options.families;
  SST_CHECK(!families.empty(), "a program knows at least one family of models");
  if (options.family) {
    if (const Family *family = findFamily(families, *options.family))
      return *family;
    llvm::SmallVector<StringRef> names;
    for (const Family *family : families)
      names.push_back(family->getName());
    report.addUsage("--family", "expects " + llvm::join(names, " or ") + ", but got " + quote(*options.family));
  }
  const Family *best = families.front();
  if (options.family || !file || families.size() == 1)
    return *best;
  size_t most = 0;
  for (const Family *family : families) {
    size_t count = countWeights(*family, *file);
    if (count > most)
      best = family;
    most = std::max(most, count);
  }
  return *best;
}
