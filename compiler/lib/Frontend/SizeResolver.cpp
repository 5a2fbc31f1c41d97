//===- SizeResolver.cpp - options of a model out of its weights' shapes -----------------------------------------===//
//
// An option that was stated is compared with what the file says of it (SizeVotes.cpp); one that was not is taken from
// there. What shows only as a product with others is divided by those that are known, and if several are not, they must
// be stated.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/SizeResolver.h"

#include "SizeVotes.h"
#include "TensorTable.h"
#include "sst/Compiler/Check.h"
#include "sst/Compiler/Weights.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace sst;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

SizeResolver::SizeResolver(const TensorTable &table, StringRef path, const StatedOptions &stated, Report &report)
    : table(table), family(stated.getFamily()), path(path.str()), stated(stated), report(report),
      result{OptionValues(family), OptionValues(family), {}} {}

std::optional<SmallVector<int64_t, 3>> SizeResolver::getShape(StringRef weight) const {
  const sst_tensor_t *tensor = table.find(weight);
  return tensor ? std::optional(getFileShape(*tensor)) : std::nullopt;
}

std::string SizeResolver::describeTensor(StringRef weight) const {
  return "tensor '" + table.getFileName(weight) + "'";
}

std::string SizeResolver::describeOption(StringRef option) const {
  std::string text = ("option '" + option + "'").str();
  const StatedOption *statedOption = stated.find(option);
  return statedOption ? text + " (" + statedOption->source + ")" : text;
}

int64_t SizeResolver::getStatedSize(StringRef option) const {
  const StatedOption *statedOption = stated.find(option);
  return statedOption ? statedOption->value.integer : OptionValues(family).getSize(option);
}

void SizeResolver::rejectOption(StringRef option, const Twine &what, const Twine &remedy) {
  report.add(path, describeOption(option), what, remedy);
}

void SizeResolver::rejectTensor(StringRef weight, const Twine &what, const Twine &remedy) {
  report.add(path, describeTensor(weight), what, remedy);
}

void SizeResolver::contradict(const Twine &option, const SizeFinding &finding, int64_t expected, const Twine &remedy) {
  SmallVector<int64_t, 3> shape = finding.shape;
  shape[finding.dimension] = expected;
  report.add(path, option,
             "expects tensor '" + Twine(finding.tensor) + "' of shape " + formatSizes(shape) + ", but got " +
                 formatSizes(finding.shape),
             remedy);
}

/// Options that no shape shows.
void SizeResolver::requireStated() {
  for (const OptionInfo &info : family.getOptions()) {
    bool hasRule = llvm::any_of(family.getSizeRules(),
                                [&](const SizeRule &rule) { return llvm::is_contained(rule.options, info.name); });
    if (info.mustBeStated && !hasRule && !stated.isMentioned(info.name))
      rejectOption(info.name, "is not stated, and no shape shows it",
                   info.howToState.empty()
                       ? "give --" + info.flag + "=N, or \"" + info.name + "\" in the file of --options or the metadata"
                       : Twine(info.howToState));
  }
}

void SizeResolver::resolveSize(StringRef option, StringRef weight, unsigned dimension) {
  std::optional<SmallVector<int64_t, 3>> shape = getShape(weight);
  SST_CHECK(shape && dimension < shape->size(), "the file has a tensor with a size of this option");
  resolveSize(option, SizeFinding{(*shape)[dimension], table.getFileName(weight), *shape, dimension});
}

void SizeResolver::resolveSize(StringRef option, const std::optional<SizeFinding> &finding) {
  const OptionInfo &info = getOption(family, option);
  int64_t value = getStatedSize(option);
  result.options.setSize(option, value);
  result.fileOptions.setSize(option, value);
  if (!finding)
    return;
  if (finding->size < 1 || finding->size > info.limit) {
    report.add(path, "tensor '" + Twine(finding->tensor) + "'",
               "expects " + info.name + " from 1 to " + Twine(info.limit) + ", but its shape is " +
                   formatSizes(finding->shape),
               "export the model again");
    return;
  }
  result.fileOptions.setSize(option, finding->size);
  if (!stated.find(option))
    result.options.setSize(option, finding->size);
  else if (value != finding->size)
    contradict(describeOption(option), *finding, value,
               "state " + Twine(finding->size) + ", or give the weights that belong to these options");
}

/// One option of a product, the others of which are known.
void SizeResolver::resolveFactor(const SizeRule &rule, StringRef option, const std::optional<SizeFinding> &finding) {
  int64_t others = 1;
  std::string text;
  for (StringRef other : rule.options) {
    if (other == option)
      continue;
    others *= result.fileOptions.getSize(other);
    text += (text.empty() ? "" : " * ") + other.str();
  }
  int64_t value = getStatedSize(option);
  result.options.setSize(option, value);
  result.fileOptions.setSize(option, value);
  if (!finding || others < 1)
    return;
  int64_t factor = finding->size / others;
  bool divides = factor >= 1 && factor <= getOption(family, option).limit && finding->size % others == 0;
  if (!stated.find(option) && !divides) {
    report.add(path, "tensor '" + Twine(finding->tensor) + "'",
               "expects a multiple of " + text + " = " + Twine(others) + " " + rule.what + ", but its shape is " +
                   formatSizes(finding->shape),
               "export the model again");
    return;
  }
  if (divides)
    result.fileOptions.setSize(option, factor);
  if (!stated.find(option))
    result.options.setSize(option, factor);
  else if (value * others != finding->size)
    contradict(describeOption(option), *finding, value * others,
               divides ? "state " + llvm::itostr(factor) + ", or give the weights that belong to these options"
                       : std::string("export the model again"));
}

/// Reports those options of a product that nobody stated.
void SizeResolver::requireFactors(const SizeRule &rule, const std::optional<SizeFinding> &finding) {
  std::string product = llvm::join(rule.options, " * ");
  for (StringRef option : rule.options) {
    if (stated.isMentioned(option))
      continue;
    const OptionInfo &info = getOption(family, option);
    std::string what = "is not stated, and the shapes give only " + product;
    if (finding)
      what += " = " + llvm::itostr(finding->size) + " (tensor '" + finding->tensor + "')";
    std::string remedy =
        ("give --" + info.flag + "=N, or \"" + info.name + "\" in the file of --options or the metadata").str();
    int64_t others = 1;
    std::string sources;
    bool areStated = true;
    for (StringRef other : rule.options) {
      const StatedOption *statedOther = stated.find(other);
      if (other == option)
        continue;
      areStated &= statedOther != nullptr;
      others *= statedOther ? statedOther->value.integer : 1;
      sources += statedOther ? (sources.empty() ? "" : ", ") + statedOther->source : "";
    }
    if (finding && areStated && finding->size % others == 0)
      remedy += "; with " + sources + " it would be " + llvm::itostr(finding->size / others);
    rejectOption(option, what, remedy);
  }
}

/// Options that show only as their product.
void SizeResolver::resolveProduct(const SizeRule &rule, const std::optional<SizeFinding> &finding) {
  requireFactors(rule, finding);
  int64_t product = 1;
  bool areStated = true;
  std::string names, sources;
  for (StringRef option : rule.options) {
    int64_t value = getStatedSize(option);
    result.options.setSize(option, value);
    result.fileOptions.setSize(option, 1);
    product *= value;
    const StatedOption *statedOption = stated.find(option);
    areStated &= statedOption != nullptr;
    names += (names.empty() ? "" : " and ") + ("'" + option + "'").str();
    sources += statedOption ? (sources.empty() ? "" : ", ") + statedOption->source : "";
  }
  result.fileOptions.setSize(rule.options.back(), finding ? finding->size : product);
  if (finding && areStated && product != finding->size)
    contradict("options " + names + " (" + sources + ")", *finding, product,
               "state numbers whose product is " + Twine(finding->size) +
                   ", or give the weights that belong to these options");
}

void SizeResolver::resolveRule(const SizeRule &rule) {
  std::optional<SizeFinding> finding =
      findSize(table, rule.clues, result.fileOptions.getSize(family.getRoles().layerCount));
  SmallVector<StringRef> unknown;
  for (StringRef option : rule.options)
    if (resolved.insert(option).second)
      unknown.push_back(option);
  SST_CHECK(unknown.size() == 1 || unknown.size() == rule.options.size(),
            "a rule leaves one option open or all of them");
  if (rule.options.size() == 1)
    resolveSize(unknown.front(), finding);
  else if (unknown.size() == 1)
    resolveFactor(rule, unknown.front(), finding);
  else
    resolveProduct(rule, finding);
}

std::optional<ResolvedOptions> SizeResolver::run() {
  applyStatedOptions(stated, result.options);
  bool hasFirstLayer = resolveLayers();
  requireStated();
  // Without the first layer there is nothing to compare with.
  if (!hasFirstLayer)
    return std::nullopt;
  for (const SizeRule &rule : family.getSizeRules())
    resolveRule(rule);
  family.resolveOthers(*this);
  return std::move(result);
}
