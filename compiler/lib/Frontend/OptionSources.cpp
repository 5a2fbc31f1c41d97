//===- OptionSources.cpp - options of flags, JSON and metadata --------------------------------------------------===//
//
// Each source becomes a list of raw values, text with a place; one function checks them all. The sources are read from
// the weakest to the strongest, so that a later value replaces an earlier one and every bad one is reported.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Options.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Family.h"
#include "sst/Runtime/sst_json.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cstdlib>

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// A value as somebody wrote it.
struct RawValue {
  /// Number or string; empty for other kinds of JSON values.
  std::string text;
  /// For messages: `'4x'`, `4.0`, `null`.
  std::string shown;
  /// As StatedOption::source.
  std::string source;
  /// As Problem::file and Problem::place.
  std::string file, place;
  bool usage = false;

  void reject(const Twine &what, const Twine &remedy, Report &report) const {
    if (usage)
      report.addUsage(place, what, remedy);
    else
      report.add(file, place, what, remedy);
  }
};

/// Reads values of one source into `stated`.
class SourceReader {
public:
  SourceReader(StatedOptions &stated, Report &report) : stated(stated), report(report) {}

  /// Checks a value and lets it replace what a weaker source stated.
  void read(const OptionInfo &info, const RawValue &value);
  /// The same for the key that implies an option. The option itself, if the same source states it, is to follow.
  void readImplied(const RawValue &value);
  /// The same for one that is no string.
  void rejectImplied(const RawValue &value);
  /// Ends a source: what follows is stronger.
  void finishSource() { implied.reset(); }
  /// Ends the last source.
  void finish();

  const Family &getFamily() const { return stated.getFamily(); }

private:
  const ImpliedOption *getImpliedOption() const {
    const std::optional<ImpliedOption> &key = getFamily().getKeys().implied;
    return key ? &*key : nullptr;
  }

  StatedOptions &stated;
  Report &report;
  /// What the key of the source that is being read means.
  std::optional<StatedOption> implied;
  /// A value of the key that means nothing, unless something stronger states the option.
  std::optional<RawValue> unknown;
};
} // namespace

void SourceReader::read(const OptionInfo &info, const RawValue &value) {
  // An invalid value of a stronger source must not let a weaker one through.
  stated.invalidate(info.name);
  const ImpliedOption *key = getImpliedOption();
  bool isImplied = key && key->option == info.name;
  if (isImplied)
    unknown.reset();
  std::optional<OptionValue> parsed = parseOption(info, value.text);
  if (!parsed) {
    value.reject("expects " + describeValues(info) + ", but got " + value.shown,
                 info.remedy.empty() ? "state the " + info.name + " that the model was trained with"
                                     : Twine(info.remedy),
                 report);
    return;
  }
  if (isImplied && implied && implied->value != *parsed)
    value.reject("contradicts " + implied->source + ", which means " + stringifyOption(info, implied->value),
                 "state one of the two", report);
  stated.state(info.name, {*parsed, value.source});
}

void SourceReader::readImplied(const RawValue &value) {
  const ImpliedOption &key = *getImpliedOption();
  const OptionInfo &info = getOption(getFamily(), key.option);
  stated.invalidate(info.name);
  unknown.reset();
  std::optional<llvm::StringLiteral> choice = key.parse(value.text);
  if (!choice) {
    unknown = value;
    return;
  }
  std::optional<OptionValue> parsed = parseOption(info, *choice);
  SST_CHECK(parsed, "a key implies a choice that there is");
  implied = StatedOption{*parsed, value.source};
  stated.state(info.name, *implied);
}

void SourceReader::rejectImplied(const RawValue &value) {
  const ImpliedOption &key = *getImpliedOption();
  stated.invalidate(key.option);
  value.reject("expects a string, but got " + value.shown, key.stringRemedy, report);
}

void SourceReader::finish() {
  if (!unknown)
    return;
  const ImpliedOption &key = *getImpliedOption();
  unknown->reject("expects " + key.expected + ", but got " + unknown->shown, key.remedy, report);
}

static void readMetadata(const OptionSources &sources, SourceReader &reader) {
  auto makeValue = [&](StringRef name, StringRef text) {
    RawValue value;
    value.text = text.str();
    value.shown = quote(text);
    value.source = (name + " = " + text + " in the metadata").str();
    value.file = sources.metadataFile;
    value.place = ("metadata '" + name + "'").str();
    return value;
  };
  // First the key that implies an option: the option itself is stronger.
  if (const auto &implied = reader.getFamily().getKeys().implied)
    if (auto entry = sources.metadata.find(implied->key.str()); entry != sources.metadata.end())
      reader.readImplied(makeValue(implied->key, entry->second));
  for (const OptionInfo &info : reader.getFamily().getOptions())
    if (auto entry = sources.metadata.find(info.name.str()); entry != sources.metadata.end())
      reader.read(info, makeValue(info.name, entry->second));
}

static void readFlags(const OptionSources &sources, SourceReader &reader) {
  for (const OptionInfo &info : reader.getFamily().getOptions()) {
    auto entry = sources.flags.find(info.name.str());
    if (entry == sources.flags.end())
      continue;
    RawValue value;
    value.text = entry->second;
    value.shown = quote(entry->second);
    value.source = ("--" + info.flag + "=" + entry->second).str();
    value.place = ("--" + info.flag).str();
    value.usage = true;
    reader.read(info, value);
  }
}

/// The value of a member of a JSON object.
static RawValue makeRawValue(StringRef file, StringRef key, const sst_json_value_t *member) {
  RawValue value;
  const char *text;
  size_t size;
  if (sst_json_get_number_text(member, &text)) {
    value.text = text;
    value.shown = value.text.size() > 40 ? value.text.substr(0, 40) + "..." : value.text;
  } else if (sst_json_get_string(member, &text, &size)) {
    value.text.assign(text, size);
    value.shown = quote(value.text);
  } else {
    value.shown = sst_json_kind_name(sst_json_kind(member));
  }
  value.file = (file + ":" + Twine(sst_json_line(member)) + ":" + Twine(sst_json_column(member))).str();
  value.place = "'" + key.str() + "'";
  value.source = (key + " = " + value.shown + " in " + value.file).str();
  return value;
}

static void rejectUnknownKey(const Family &family, const RawValue &value, StringRef key, Report &report) {
  llvm::SmallVector<StringRef> known;
  for (const OptionInfo &info : family.getOptions())
    known.push_back(info.name);
  size_t options = known.size();
  llvm::append_range(known, family.getKeys().ignored);
  StringRef nearest = findNearest(key, known);
  std::string remedy = nearest.empty() ? "the options are " + llvm::join(known.begin(), known.begin() + options, ", ")
                                       : "did you mean '" + nearest.str() + "'?";
  RawValue named = value;
  named.place = quote(key);
  named.reject("is not an option", remedy, report);
}

static void readJsonObject(StringRef file, const sst_json_value_t *object, SourceReader &reader, Report &report) {
  const Family &family = reader.getFamily();
  const std::optional<ImpliedOption> &implied = family.getKeys().implied;
  if (const sst_json_value_t *member = implied ? sst_json_find(object, implied->key.data()) : nullptr) {
    RawValue value = makeRawValue(file, implied->key, member);
    // A version that is a number has lost what it stands for: 0.10 is 0.1. Still, the option is stated.
    if (sst_json_kind(member) == SST_JSON_STRING)
      reader.readImplied(value);
    else
      reader.rejectImplied(value);
  }
  for (const sst_json_value_t *member = sst_json_first(object); member; member = sst_json_next(member)) {
    size_t size;
    const char *bytes = sst_json_key(member, &size);
    StringRef key(bytes, size);
    if (const OptionInfo *info = findOption(family, key))
      reader.read(*info, makeRawValue(file, key, member));
    else if (!llvm::is_contained(family.getKeys().ignored, key) && !key.ends_with("_version"))
      rejectUnknownKey(family, makeRawValue(file, key, member), key, report);
  }
}

/// Returns whether the file could be read.
static bool readJson(StringRef file, SourceReader &reader, Report &report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(file.str().c_str(), &bytes, &size, &error) != SST_STATUS_OK) {
    report.add(file, error);
    return false;
  }
  llvm::scope_exit freeBytes([&] { free(bytes); });
  sst_json_document_t *document;
  sst_report_t problems = {};
  llvm::scope_exit freeProblems([&] { sst_report_free(&problems); });
  if (sst_json_parse(static_cast<const char *>(bytes), size, file.str().c_str(), &document, &problems) !=
      SST_STATUS_OK) {
    report.add(file, problems);
    return false;
  }
  llvm::scope_exit freeDocument([&] { sst_json_free(document); });
  const sst_json_value_t *root = sst_json_root(document);
  if (sst_json_kind(root) != SST_JSON_OBJECT) {
    report.add(file, "", "expects an object of options, but got " + Twine(sst_json_kind_name(sst_json_kind(root))),
               "write for instance " + reader.getFamily().getKeys().example);
    return false;
  }
  readJsonObject(file, root, reader, report);
  return true;
}

StatedOptions sst::readOptionSources(const Family &family, const OptionSources &sources, Report &report) {
  StatedOptions stated(family);
  SourceReader reader(stated, report);
  readMetadata(sources, reader);
  reader.finishSource();
  // Nobody knows what an unreadable file states; do not ask for it.
  if (!sources.jsonFile.empty() && !readJson(sources.jsonFile, reader, report))
    for (const OptionInfo &info : family.getOptions())
      stated.mention(info.name);
  reader.finishSource();
  readFlags(sources, reader);
  reader.finish();
  return stated;
}
