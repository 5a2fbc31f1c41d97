//===- CommandLine.cpp - from arguments to options --------------------------------------------------------------===//
//
// A table of flags, each with the value it takes and what it sets. llvm::cl is not used: its flags are global, and
// libLLVM brings hundreds of its own.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Variants.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Regex.h"

using namespace sst;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// Whether `--flag` is followed by a value.
enum class Value { None, Required, Optional };

/// What a flag's handler gets to see.
struct Context {
  CompileOptions &options;
  Report &report;
  /// As the user wrote it: `--emit`.
  StringRef flag;
};

/// A flag that is not an option of the model.
struct Flag {
  llvm::StringLiteral name;
  Value value;
  void (*apply)(Context &context, StringRef text);
};
} // namespace

static std::string join(ArrayRef<StringRef> names) {
  std::string text = names.front().str();
  for (StringRef name : names.drop_front().drop_back())
    text += ", " + name.str();
  return names.size() == 1 ? text : text + " or " + names.back().str();
}

/// Says that `text` is none of `names`.
static void rejectName(Context &context, StringRef text, ArrayRef<StringRef> names, StringRef remedy = "") {
  StringRef nearest = findNearest(text, names);
  context.report.addUsage(context.flag, "expects " + join(names) + ", but got " + quote(text),
                          !remedy.empty()   ? Twine(remedy)
                          : nearest.empty() ? Twine()
                                            : "did you mean " + nearest + "?");
}

/// Sets a path that must not be empty.
static void setPath(Context &context, StringRef text, std::string &path) {
  if (text.empty())
    context.report.addUsage(context.flag, "expects a path, but got none");
  path = text.str();
}

/// Sets the path of a file that is read.
static void setInput(Context &context, StringRef text, std::string &path) {
  if (text == "-")
    context.report.addUsage(context.flag, "expects the name of a file, but got standard input",
                            "write it to a file first");
  else
    setPath(context, text, path);
}

static void applyStage(Context &context, StringRef text, unsigned count, std::optional<Stage> &stage) {
  stage = parseStage(text);
  if (stage && static_cast<unsigned>(*stage) < count)
    return;
  SmallVector<StringRef> names;
  for (unsigned i = 0; i < count; ++i)
    names.push_back(stringifyStage(static_cast<Stage>(i)));
  rejectName(context, text, names);
  stage.reset();
}

static void applyEmit(Context &context, StringRef text) {
  context.options.emit = parseEmitKind(text);
  if (context.options.emit)
    return;
  SmallVector<StringRef> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(EmitKind::MLIR); ++i)
    names.push_back(stringifyEmitKind(static_cast<EmitKind>(i)));
  rejectName(context, text, names);
}

static void applyTarget(Context &context, StringRef text) {
  SmallVector<StringRef> names;
  text.split(names, ',');
  for (StringRef name : names) {
    if (!findVariant(name))
      rejectName(context, name, getVariantNames(), getRemedyForTarget(name));
    else if (llvm::is_contained(context.options.targets, name))
      context.report.addUsage(context.flag, "names " + name + " twice", "name every variant once");
    else
      context.options.targets.push_back(name.str());
  }
}

static void applyRows(Context &context, StringRef text, int64_t least, std::optional<int64_t> &rows) {
  int64_t value = 0;
  if (text.getAsInteger(10, value) || value < least || value > kMaxStreamRows)
    context.report.addUsage(context.flag, "expects an integer from " + Twine(least) + " to " + Twine(kMaxStreamRows) +
                                              ", but got " + quote(text));
  else
    rows = value;
}

static void applyCold(Context &context, StringRef text) {
  context.options.frontend.cold = parseCold(text);
  if (!context.options.frontend.cold)
    rejectName(context, text, {"short", "first", "zero"});
}

static void applyStorage(Context &context, StringRef text) {
  if (std::optional<Storage> storage = symbolizeStorage(text))
    context.options.frontend.weightStorage = *storage;
  else
    rejectName(context, text, {"f32", "bf16"});
}

static void applyRemarks(Context &context, StringRef text) {
  context.options.remarks = text.empty() ? "sst-.*" : text.str();
  std::string error;
  if (!llvm::Regex(*context.options.remarks).isValid(error))
    context.report.addUsage(context.flag, "expects a regular expression, but " + quote(text) + " is none: " + error);
}

static const Flag flags[] = {
    {"--options", Value::Required, [](Context &c, StringRef text) { setInput(c, text, c.options.frontend.jsonFile); }},
    {"--random-weights", Value::Required,
     [](Context &c, StringRef text) { c.options.frontend.randomWeights = text.str(); }},
    {"--tensor-prefix", Value::Required,
     [](Context &c, StringRef text) { c.options.frontend.names.prefix = text.str(); }},
    {"--ignore", Value::Required,
     [](Context &c, StringRef text) { c.options.frontend.names.ignored.push_back(text.str()); }},
    {"--family", Value::Required, [](Context &c, StringRef text) { c.options.frontend.family = text.str(); }},
    {"--name", Value::Required, [](Context &c, StringRef text) { c.options.frontend.name = text.str(); }},
    {"--max-rows", Value::Required,
     [](Context &c, StringRef text) { applyRows(c, text, 1, c.options.frontend.maxRows); }},
    {"--rollback", Value::Required,
     [](Context &c, StringRef text) { applyRows(c, text, 0, c.options.frontend.rollback); }},
    {"--attention-window", Value::Required,
     [](Context &c, StringRef text) { applyRows(c, text, 1, c.options.frontend.attentionWindow); }},
    {"--cold", Value::Required, applyCold},
    {"--weight-storage", Value::Required, applyStorage},
    {"-o", Value::Required, [](Context &c, StringRef text) { setPath(c, text, c.options.output); }},
    {"--output", Value::Required, [](Context &c, StringRef text) { setPath(c, text, c.options.output); }},
    {"--emit", Value::Required, applyEmit},
    {"--target", Value::Required, applyTarget},
    {"--compile-to", Value::Required,
     [](Context &c, StringRef text) { applyStage(c, text, stageCount, c.options.compileTo); }},
    {"--compile-from", Value::Required,
     [](Context &c, StringRef text) { applyStage(c, text, stageCount - 1, c.options.compileFrom); }},
    {"--dump-stages", Value::Required, [](Context &c, StringRef text) { setPath(c, text, c.options.dumpFolder); }},
    {"--dump-weights", Value::None, [](Context &c, StringRef) { c.options.dumpWeights = true; }},
    {"--elide-weights", Value::None, [](Context &c, StringRef) { c.options.elideWeights = true; }},
    {"--remarks", Value::Optional, applyRemarks},
    {"--report", Value::None, [](Context &c, StringRef) { c.options.stageReport = true; }},
    {"--crash-reproducer", Value::Required,
     [](Context &c, StringRef text) { setPath(c, text, c.options.crashReproducer); }},
    {"--no-header", Value::None, [](Context &c, StringRef) { c.options.noHeader = true; }},
    {"--allow-bytecode", Value::None, [](Context &c, StringRef) { c.options.allowBytecode = true; }},
    {"--help", Value::None, [](Context &c, StringRef) { c.options.help = true; }},
    {"-h", Value::None, [](Context &c, StringRef) { c.options.help = true; }},
    {"--version", Value::None, [](Context &c, StringRef) { c.options.version = true; }},
};

namespace {
/// Goes through the arguments once.
class Parser {
public:
  Parser(ArrayRef<const char *> arguments, Report &report, FamilyTable families)
      : options(families), modelOptions(getAllOptions(families)), report(report) {
    for (const char *argument : arguments)
      rest.push_back(argument);
  }
  CompileOptions run();

private:
  void readFlag(StringRef argument);
  void readInput(StringRef argument);
  void rejectFlag(StringRef name, bool hasValue);
  /// The value of `name`: what is behind '=', or the next argument unless that is a flag.
  std::optional<StringRef> takeValue(StringRef name, std::optional<StringRef> attached);
  std::optional<Value> findValue(StringRef name) const;
  const OptionInfo *findModelOption(StringRef flag) const;

  CompileOptions options;
  /// Of all families.
  SmallVector<const OptionInfo *> modelOptions;
  Report &report;
  /// Arguments that are still to be read, from `next` on.
  SmallVector<StringRef> rest;
  size_t next = 0;
  llvm::StringSet<> seen;
};
} // namespace

const OptionInfo *Parser::findModelOption(StringRef flag) const {
  if (!flag.consume_front("--"))
    return nullptr;
  const auto *info = llvm::find_if(modelOptions, [&](const OptionInfo *i) { return i->flag == flag; });
  return info == modelOptions.end() ? nullptr : *info;
}

static const Flag *findFlag(StringRef name) {
  const auto *flag = llvm::find_if(flags, [&](const Flag &f) { return f.name == name; });
  return flag == std::end(flags) ? nullptr : flag;
}

std::optional<Value> Parser::findValue(StringRef name) const {
  if (findModelOption(name))
    return Value::Required;
  const Flag *flag = findFlag(name);
  return flag ? std::optional<Value>(flag->value) : std::nullopt;
}

std::optional<StringRef> Parser::takeValue(StringRef name, std::optional<StringRef> attached) {
  if (attached)
    return attached;
  if (next < rest.size() && !rest[next].starts_with("--") && !findFlag(rest[next]))
    return rest[next++];
  report.addUsage(name, "expects a value", "write " + name + (name.starts_with("--") ? "=VALUE" : " FILE"));
  return std::nullopt;
}

void Parser::rejectFlag(StringRef name, bool hasValue) {
  SmallVector<std::string> texts;
  for (const OptionInfo *info : modelOptions)
    texts.push_back(("--" + info->flag).str());
  SmallVector<StringRef> names(texts.begin(), texts.end());
  for (const Flag &flag : flags)
    if (flag.name.size() > 2)
      names.push_back(flag.name);
  // `-name` and `--max_rows` are as good as the real thing for a guess.
  std::string spelled = ("--" + name.ltrim('-')).str();
  llvm::replace(spelled, '_', '-');
  StringRef nearest = findNearest(spelled, names);
  report.addUsage(quote(name), "is not a flag",
                  nearest.empty() ? Twine("see sst-compile --help") : "did you mean " + nearest + "?");
  // Do not take its value for an input.
  std::optional<Value> value = findValue(nearest);
  if (value == Value::Required && !hasValue && next < rest.size() && !rest[next].starts_with("-"))
    ++next;
}

void Parser::readFlag(StringRef argument) {
  size_t equals = argument.find('=');
  StringRef name = argument.take_front(equals);
  std::optional<StringRef> attached;
  if (equals != StringRef::npos)
    attached = argument.drop_front(equals + 1);
  std::optional<Value> kind = findValue(name);
  if (!kind)
    return rejectFlag(name, attached.has_value());
  bool repeated = !seen.insert(name == "--output" ? "-o" : name).second && name != "--ignore";
  if (repeated)
    report.addUsage(name, "is given twice", "give it once");
  StringRef text;
  if (*kind == Value::Required) {
    std::optional<StringRef> value = takeValue(name, attached);
    if (!value)
      return;
    text = *value;
  } else if (attached && *kind == Value::None) {
    report.addUsage(name, "expects no value, but got " + quote(*attached), "write " + name);
    return;
  } else {
    text = attached.value_or("");
  }
  if (repeated)
    return;
  if (const OptionInfo *info = findModelOption(name)) {
    options.frontend.flags[info->name.str()] = text.str();
    return;
  }
  Context context{options, report, name};
  findFlag(name)->apply(context, text);
}

void Parser::readInput(StringRef argument) {
  if (argument.empty())
    report.addUsage("input", "expects the name of a file, but got an empty one");
  else if (argument == "-")
    report.addUsage("input", "expects the name of a file, but got standard input", "write it to a file first");
  else if (!options.frontend.inputFile.empty())
    report.addUsage("input",
                    "expects one file, but got " + quote(options.frontend.inputFile) + " and " + quote(argument),
                    "compile one model at a time");
  else
    options.frontend.inputFile = argument.str();
}

CompileOptions Parser::run() {
  bool flagsEnded = false;
  while (next < rest.size()) {
    StringRef argument = rest[next++];
    if (!flagsEnded && argument == "--")
      flagsEnded = true;
    else if (!flagsEnded && argument.size() > 1 && argument.starts_with("-"))
      readFlag(argument);
    else
      readInput(argument);
  }
  return std::move(options);
}

CompileOptions sst::parseCommandLine(ArrayRef<const char *> arguments, Report &report, FamilyTable families) {
  return Parser(arguments, report, families).run();
}
