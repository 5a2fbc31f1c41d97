//===- OptionSources.cpp - options of flags, JSON and metadata --------------------------------------------------===//
//
// Each source becomes a list of raw values, text with a place; one function checks them all. The sources are read from
// the weakest to the strongest, so that a later value replaces an earlier one and every bad one is reported.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Options.h"

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
  /// The same for Axon's version, which says how layer norm is meant. A layer norm of the same source is to follow.
  void readAxonVersion(const RawValue &value);
  /// The same for one that is no string.
  void rejectAxonVersion(const RawValue &value);
  /// Ends a source: what follows is stronger.
  void finishSource() { version.reset(); }
  /// Ends the last source.
  void finish();

private:
  void readInteger(const OptionInfo &info, const RawValue &value);
  void readDropout(const OptionInfo &info, const RawValue &value);
  void readLayerNorm(const OptionInfo &info, const RawValue &value);

  StatedOptions &stated;
  Report &report;
  /// What the version of the source that is being read means.
  std::optional<StatedOption> version;
  /// A version that means nothing, unless something stronger states layer norm.
  std::optional<RawValue> unknownVersion;
};
} // namespace

void SourceReader::readInteger(const OptionInfo &info, const RawValue &value) {
  StringRef text = value.text;
  int64_t integer;
  bool digits = !text.empty() && text.find_first_not_of("0123456789") == StringRef::npos;
  if (!digits || text.getAsInteger(10, integer) || integer < 1 || integer > info.limit) {
    value.reject("expects an integer from 1 to " + Twine(info.limit) + ", but got " + value.shown,
                 "state the " + info.name + " that the model was trained with", report);
    return;
  }
  StatedOption result;
  result.integer = integer;
  result.source = value.source;
  stated[info.option] = result;
}

void SourceReader::readDropout(const OptionInfo &info, const RawValue &value) {
  StringRef text = value.text;
  double number;
  // Excludes what getAsDouble reads besides: nan, inf, hexadecimal.
  bool decimal = !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789.eE+-") == StringRef::npos;
  if (!decimal || text.getAsDouble(number) || !(number >= 0 && number < 1)) {
    value.reject("expects a number in [0, 1), but got " + value.shown,
                 "state the dropout rate of the training, or leave it out: it has no effect on a trained model",
                 report);
    return;
  }
  StatedOption result;
  result.number = number == 0 ? 0 : number; // no -0
  result.source = value.source;
  stated[info.option] = result;
}

void SourceReader::readLayerNorm(const OptionInfo &info, const RawValue &value) {
  std::optional<LayerNormFlavor> flavor = parseLayerNorm(value.text);
  if (!flavor) {
    value.reject("expects axon-0.8.0 or axon-0.8.1, but got " + value.shown,
                 "state the release of Axon whose layer norm the model was trained with", report);
    return;
  }
  if (version && version->flavor != *flavor)
    value.reject("contradicts " + version->source + ", which means " + stringifyLayerNorm(version->flavor),
                 "state one of the two", report);
  StatedOption result;
  result.flavor = *flavor;
  result.source = value.source;
  stated[info.option] = result;
}

void SourceReader::read(const OptionInfo &info, const RawValue &value) {
  stated.setMentioned(info.option);
  // An invalid value of a stronger source must not let a weaker one through.
  stated[info.option].reset();
  if (info.option == Option::Dropout)
    readDropout(info, value);
  else if (info.option == Option::LayerNorm)
    readLayerNorm(info, value);
  else
    readInteger(info, value);
  if (info.option == Option::LayerNorm)
    unknownVersion.reset();
}

void SourceReader::readAxonVersion(const RawValue &value) {
  stated.setMentioned(Option::LayerNorm);
  stated[Option::LayerNorm].reset();
  unknownVersion.reset();
  std::optional<LayerNormFlavor> flavor = parseAxonVersion(value.text);
  if (!flavor) {
    unknownVersion = value;
    return;
  }
  version.emplace();
  version->flavor = *flavor;
  version->source = value.source;
  stated[Option::LayerNorm] = version;
}

void SourceReader::rejectAxonVersion(const RawValue &value) {
  stated.setMentioned(Option::LayerNorm);
  stated[Option::LayerNorm].reset();
  value.reject("expects a string, but got " + value.shown, "write it as \"0.8.1\"", report);
}

void SourceReader::finish() {
  if (unknownVersion)
    unknownVersion->reject(
        "expects a version of Axon whose layer norm is known, such as 0.8.0 or 0.8.1, but got " + unknownVersion->shown,
        "state the version in mix.lock, or give --layer-norm=axon-0.8.0 or --layer-norm=axon-0.8.1", report);
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
  // First the version: the option itself is stronger.
  if (auto version = sources.metadata.find("axon_version"); version != sources.metadata.end())
    reader.readAxonVersion(makeValue("axon_version", version->second));
  for (const OptionInfo &info : getOptionInfos())
    if (auto entry = sources.metadata.find(info.name.str()); entry != sources.metadata.end())
      reader.read(info, makeValue(info.name, entry->second));
}

static void readFlags(const OptionSources &sources, SourceReader &reader) {
  for (const OptionInfo &info : getOptionInfos()) {
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

// What the metadata of a file with test tensors holds besides options, so that it can be used as JSON.
static constexpr llvm::StringLiteral extraKeys[] = {
    "batch",   "seq_len",    "case",   "seed",         "note",       "build_opts",     "param_scheme",
    "backend", "input_kind", "spikes", "axon_version", "nx_version", "elixir_version", "edifice_version"};

static void rejectUnknownKey(const RawValue &value, StringRef key, Report &report) {
  llvm::SmallVector<StringRef> known;
  for (const OptionInfo &info : getOptionInfos())
    known.push_back(info.name);
  size_t options = known.size();
  known.append(std::begin(extraKeys), std::end(extraKeys));
  StringRef nearest = findNearest(key, known);
  std::string remedy = nearest.empty() ? "the options are " + llvm::join(known.begin(), known.begin() + options, ", ")
                                       : "did you mean '" + nearest.str() + "'?";
  RawValue named = value;
  named.place = quote(key);
  named.reject("is not an option", remedy, report);
}

static void readJsonObject(StringRef file, const sst_json_value_t *object, SourceReader &reader, Report &report) {
  if (const sst_json_value_t *version = sst_json_find(object, "axon_version")) {
    RawValue value = makeRawValue(file, "axon_version", version);
    // A number has lost what it stands for: 0.10 is 0.1. Still, a layer norm is stated.
    if (sst_json_kind(version) == SST_JSON_STRING)
      reader.readAxonVersion(value);
    else
      reader.rejectAxonVersion(value);
  }
  for (const sst_json_value_t *member = sst_json_first(object); member; member = sst_json_next(member)) {
    size_t size;
    const char *bytes = sst_json_key(member, &size);
    StringRef key(bytes, size);
    const OptionInfo *info = llvm::find_if(getOptionInfos(), [&](const OptionInfo &i) { return i.name == key; });
    if (info != getOptionInfos().end())
      reader.read(*info, makeRawValue(file, key, member));
    else if (!llvm::is_contained(extraKeys, key) && !key.ends_with("_version"))
      rejectUnknownKey(makeRawValue(file, key, member), key, report);
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
               "write for instance {\"num_heads\": 4, \"head_dim\": 64}");
    return false;
  }
  readJsonObject(file, root, reader, report);
  return true;
}

StatedOptions sst::readOptionSources(const OptionSources &sources, Report &report) {
  StatedOptions stated;
  SourceReader reader(stated, report);
  readMetadata(sources, reader);
  reader.finishSource();
  // Nobody knows what an unreadable file states; do not ask for it.
  if (!sources.jsonFile.empty() && !readJson(sources.jsonFile, reader, report))
    for (const OptionInfo &info : getOptionInfos())
      stated.setMentioned(info.option);
  reader.finishSource();
  readFlags(sources, reader);
  reader.finish();
  return stated;
}
