//===- ResolveLayers.cpp - how many layers a file has -----------------------------------------------------------===//

#include "TensorTable.h"
#include "sst/Compiler/SizeResolver.h"

#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// The layers of a file.
struct Layers {
  /// Those that it has tensors of.
  std::set<int64_t> numbers;
  /// How many there are at least, by what training left beside the weights.
  int64_t least = 0;
};
} // namespace

static Layers collectLayers(const TensorTable &table, int64_t limit) {
  const Family &family = table.getFamily();
  Layers layers;
  for (auto [name, tensor] : table.getEntries())
    if (auto parts = splitLayerName(family, name); parts && isWeightName(family, name))
      layers.numbers.insert(parts->first);
    else if (std::optional<int64_t> least = family.getLeastLayers(name);
             least && *least <= limit) // a larger number is no layer's
      layers.least = std::max(layers.least, *least);
  return layers;
}

/// "blocks 1, 2, 5", cut off when it gets long.
static std::string listLayers(const std::set<int64_t> &numbers) {
  if (numbers.empty())
    return "no block";
  std::string list;
  for (int64_t number : numbers) {
    if (list.size() > 100)
      return list + ", ...";
    list += (list.empty() ? "blocks " : ", ") + llvm::itostr(number);
  }
  return list;
}

bool SizeResolver::resolveLayers() {
  StringRef option = family.getRoles().layerCount;
  int64_t limit = getOption(family, option).limit, first = family.getNames().firstLayer, inFile = 0;
  auto [numbers, least] = collectLayers(table, limit);
  while (numbers.count(first + inFile))
    ++inFile;
  for (OptionValues *options : {&result.options, &result.fileOptions})
    options->setSize(option, std::min(inFile, limit));
  bool contiguous = static_cast<int64_t>(numbers.size()) == inFile;
  if (contiguous && inFile > limit) {
    report.add(path, "option '" + option + "'",
               "expects at most " + Twine(limit) + " blocks, but the file has " + Twine(inFile),
               "give a model of fewer blocks");
    return true;
  }
  // A part of a model without metadata may still show how many layers there are.
  const StatedOption *statedCount = stated.find(option);
  int64_t wanted = statedCount ? statedCount->value.integer : std::max(inFile, least);
  if (contiguous && wanted == inFile && inFile > 0)
    return true;
  if (inFile == 0 && !numbers.empty())
    wanted = std::max(wanted, *numbers.rbegin() - first + 1);
  // Never: state what the file has. A part of a model is no smaller model.
  std::string remedy = "export the model again with all of its blocks, numbered from " + llvm::itostr(first);
  if (contiguous && wanted < inFile)
    remedy = "state " + llvm::itostr(inFile) + ", or give the weights that belong to these options";
  else if (contiguous || (inFile == 0 && !numbers.count(first - 1)))
    remedy = "block " + llvm::itostr(first + inFile) +
             " is missing: give all of the model, of a checkpoint in shards its "
             "index, or the weights that belong to these options";
  rejectOption(option,
               "expects blocks " + Twine(first) + " to " +
                   (wanted > 0 ? llvm::itostr(first + wanted - 1) : std::string("N")) +
                   ", but the file has tensors of " + listLayers(numbers),
               remedy);
  return numbers.count(first) != 0;
}
