//===- TensorTable.cpp - tensors of a file by the names of weights ----------------------------------------------===//
//
// Training programs put a model into another (`backbone.`, `module.`, `_orig_mod.`), whose name then stands before all
// names. Names of weights are so particular that no list of prefixes is needed: what stands before one is a prefix. A
// file whose weights have several prefixes holds several models, or a model in pieces; neither is guessed at.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "TensorTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/GlobPattern.h"

#include <map>

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// A prefix and what has it.
struct PrefixUse {
  /// Names of weights, without the prefix.
  llvm::StringSet<> weights;
  /// A tensor that has it.
  StringRef example;
  bool hasFirstLayer = false, hasEnd = false;

  void add(const Family &family, StringRef name, size_t prefixLength) {
    StringRef weight = name.substr(prefixLength);
    weights.insert(weight);
    hasFirstLayer |= weight.starts_with(getLayerPrefix(family, family.getNames().firstLayer));
    hasEnd |= weight.starts_with(family.getNames().behindLayers);
    if (example.empty() || name < example)
      example = name;
  }
};

/// --ignore.
class IgnoredNames {
public:
  IgnoredNames(const TensorNames &names, Report &report) {
    for (const std::string &text : names.ignored) {
      llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(text);
      if (pattern)
        patterns.push_back({text, std::move(*pattern), false});
      else
        report.addUsage("--ignore", llvm::toString(pattern.takeError()) + " in " + quote(text),
                        "write for instance --ignore='optimizer.*'");
    }
  }
  /// The pattern that a name matches, nullptr if there is none.
  const std::string *match(StringRef name) {
    const std::string *found = nullptr;
    for (Pattern &pattern : patterns) {
      if (!pattern.glob.match(name))
        continue;
      pattern.used = true;
      found = &pattern.text;
    }
    return found;
  }
  void reportUnused(Report &report) const {
    for (const Pattern &pattern : patterns)
      if (!pattern.used)
        report.addUsage("--ignore", "no tensor of the file has a name like " + quote(pattern.text), "leave it out");
  }

private:
  struct Pattern {
    std::string text;
    llvm::GlobPattern glob;
    bool used;
  };
  std::vector<Pattern> patterns;
};

/// A tensor that --ignore leaves out.
struct IgnoredTensor {
  const sst_tensor *tensor;
  const std::string *pattern;
  /// Of its prefix; empty if it is no weight.
  std::optional<size_t> prefixLength;
};

/// Finds the prefix of a file.
class PrefixFinder {
public:
  PrefixFinder(const Family &family, const sst_safetensors &file, StringRef path, const TensorNames &names,
               Report &report)
      : family(family), path(path.str()), names(names), report(report), ignored(names, report) {
    for (size_t i = 0, e = sst_safetensors_count(&file); i < e; ++i)
      add(sst_safetensors_tensor(&file, i));
    // Patterns for everything.
    if (prefixes.empty())
      prefixes = allPrefixes;
  }
  /// The prefix; empty if there is none to take, which is in the report.
  std::optional<StringRef> run();
  /// Whether a tensor belongs to another model in the file, when the prefix of this one is stated.
  bool isOfAnother(StringRef name, StringRef prefix) const;

  std::vector<const sst_tensor *> tensors;

private:
  void add(const sst_tensor *tensor);
  std::string listNames() const;
  std::optional<StringRef> takeStated();
  std::optional<StringRef> takeOnly();
  void checkIgnored(StringRef prefix);
  /// Whether a weight is one of another model, which may be left out: that has a first layer and an end of its own, or
  /// the model with the prefix has such a weight itself. Else it may be a piece of the model.
  bool isOfAnotherModel(StringRef name, size_t prefixLength, StringRef prefix) const;

  const Family &family;
  std::string path;
  const TensorNames &names;
  Report &report;
  IgnoredNames ignored;
  std::map<std::string, PrefixUse, std::less<>> prefixes;
  /// The same with the names that match a pattern.
  std::map<std::string, PrefixUse, std::less<>> allPrefixes;
  std::vector<IgnoredTensor> ignoredTensors;
};
} // namespace

void PrefixFinder::add(const sst_tensor *tensor) {
  StringRef name = tensor->name;
  std::optional<size_t> length = findWeightPrefix(family, name);
  if (length)
    allPrefixes[name.take_front(*length).str()].add(family, name, *length);
  if (const std::string *pattern = ignored.match(name)) {
    ignoredTensors.push_back({tensor, pattern, length});
    return;
  }
  tensors.push_back(tensor);
  if (length)
    prefixes[name.take_front(*length).str()].add(family, name, *length);
}

bool PrefixFinder::isOfAnotherModel(StringRef name, size_t prefixLength, StringRef prefix) const {
  const PrefixUse &other = allPrefixes.find(name.take_front(prefixLength))->second;
  return (other.hasFirstLayer && other.hasEnd) ||
         allPrefixes.find(prefix)->second.weights.contains(name.substr(prefixLength));
}

/// "'a', 'b', 'c', ...": some names of the file.
std::string PrefixFinder::listNames() const {
  std::string list;
  for (const sst_tensor *tensor : llvm::ArrayRef(tensors).take_front(3))
    list += (list.empty() ? "" : ", ") + quote(tensor->name);
  return list + (tensors.size() > 3 ? ", ..." : "");
}

std::optional<StringRef> PrefixFinder::takeStated() {
  auto found = allPrefixes.find(*names.prefix);
  if (found != allPrefixes.end())
    return StringRef(found->first);
  std::string remedy = "leave it out";
  if (prefixes.size() == 1 && prefixes.begin()->first.empty())
    remedy = "leave it out: the weights have none";
  else if (!prefixes.empty())
    remedy = "did you mean --tensor-prefix=" + prefixes.begin()->first + "?";
  report.addUsage("--tensor-prefix",
                  "no weight in the file has a name that starts with " + quote(*names.prefix) + "; its " +
                      Twine(tensors.size()) + " tensors are named " + listNames(),
                  remedy);
  return std::nullopt;
}

/// Without a stated prefix there must be one only.
std::optional<StringRef> PrefixFinder::takeOnly() {
  if (prefixes.size() == 1) {
    StringRef prefix = prefixes.begin()->first;
    if (!prefix.empty())
      report.addNote(path, "the names of all weights start with " + quote(prefix) + ", which is left out");
    return prefix;
  }
  if (prefixes.empty()) {
    std::string what = "expects tensors named like '" + family.getNames().example.str() + "', but has none among its " +
                       llvm::utostr(tensors.size());
    if (!tensors.empty())
      what += ": " + listNames();
    report.add(path, "", what, "give the weights of " + family.getNames().description);
    return std::nullopt;
  }
  std::string list, choices;
  bool overlap = false;
  size_t shown = 0;
  llvm::StringSet<> weights;
  for (auto &[prefix, use] : prefixes) {
    for (auto &weight : use.weights)
      overlap |= !weights.insert(weight.getKey()).second;
    if (++shown > 4)
      continue;
    list += (list.empty() ? "" : ", ") + (prefix.empty() ? std::string("none") : quote(prefix)) + " (" +
            llvm::utostr(use.weights.size()) + ", such as " + quote(use.example) + ")";
    choices += (choices.empty() ? "" : " or ") + ("--tensor-prefix=" + prefix);
  }
  report.add(path, "",
             "expects one prefix in front of the names of all weights, but got " + llvm::utostr(prefixes.size()) +
                 ": " + list + (shown > 4 ? ", ..." : ""),
             overlap ? "choose a model with " + choices : "export the model again with all weights under one prefix");
  return std::nullopt;
}

/// No weight may be left out: the rest may look like a smaller model. Weights of this one are put back.
void PrefixFinder::checkIgnored(StringRef prefix) {
  size_t shown = 0, left = 0;
  for (auto [tensor, pattern, length] : ignoredTensors) {
    StringRef name = tensor->name;
    bool isOfThis = length && name.take_front(*length) == prefix;
    if (!length || (!isOfThis && isOfAnotherModel(name, *length, prefix)))
      continue;
    if (isOfThis)
      tensors.push_back(tensor);
    if (shown == kMaxNamedTensors) {
      ++left;
      continue;
    }
    ++shown;
    if (isOfThis)
      report.add(path, "tensor " + quote(name), "is a weight of the model, but --ignore=" + *pattern + " leaves it out",
                 "ignore only what is no weight");
    else
      report.add(path, "tensor " + quote(name),
                 "is a weight that the model lacks under its prefix " + quote(prefix) + ", but --ignore=" + *pattern +
                     " leaves it out",
                 "export the model again with all weights under one prefix");
  }
  if (left > 0)
    report.add(path, "", "has " + Twine(left) + " further weights that --ignore leaves out",
               "ignore only what is no weight");
}

std::optional<StringRef> PrefixFinder::run() {
  ignored.reportUnused(report);
  std::optional<StringRef> prefix = names.prefix ? takeStated() : takeOnly();
  if (prefix)
    checkIgnored(*prefix);
  return prefix;
}

bool PrefixFinder::isOfAnother(StringRef name, StringRef prefix) const {
  std::optional<size_t> length = findWeightPrefix(family, name);
  return names.prefix && length && name.take_front(*length) != prefix && isOfAnotherModel(name, *length, prefix);
}

std::optional<TensorTable> TensorTable::create(const Family &family, const sst_safetensors &file, StringRef path,
                                               const TensorNames &names, Report &report) {
  PrefixFinder finder(family, file, path, names, report);
  std::optional<StringRef> prefix = finder.run();
  if (!prefix)
    return std::nullopt;
  TensorTable table;
  table.family = &family;
  table.prefix = prefix->str();
  for (const sst_tensor *tensor : finder.tensors) {
    StringRef name = tensor->name;
    if (finder.isOfAnother(name, *prefix))
      continue;
    if (name.consume_front(table.prefix))
      table.byName.try_emplace(name, tensor);
    table.entries.push_back({name, tensor});
  }
  return table;
}
