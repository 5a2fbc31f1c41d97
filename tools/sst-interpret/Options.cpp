//===- Options.cpp - a table of options -------------------------------------------------------------------------===//
//
// Each option takes a value, as `--name=value` or `--name value`, or none.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Options.h"

#include "sst/Compiler/Family.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <set>

using namespace sst;
using llvm::StringRef;

const char sst::interpretHelpText[] =
    R"(Usage: sst-interpret MODEL.safetensors|MODEL.mlir [--input FILE[:tensor]] [options]

Runs a model op by op in float64: the oracle that compiled code and passes are compared with.
MODEL.safetensors and FILE may also be the index of a checkpoint in shards, or its folder; FILE a .npy file.

  --function=NAME          the function to run: its only one, else 'window' (default); 'sequence'
  --input FILE[:tensor]    one for each argument, in order ('input.state_sequence' unless named);
                           without it that tensor of MODEL.safetensors
  --random-input=BxT[,SEED]  make inputs up: B sequences of T rows
  --save-input FILE.npy    write the first input, as float32
  --output FILE.npy        write the first result, as float64
  --compare FILE[:tensor]  compare the first result with this tensor ('output' unless named);
                           [batch, channels] is compared with the last rows of a sequence
  --taps FILE              compare every value named sst_block_1_X, final_norm or
                           input_projection with the tensor tap.X in FILE
  --atol=X, --rtol=X       equal means |got - want| <= atol + rtol * |want|  (default 1e-6 each)
  --probe=OP|NAME|OP@NAME  print what matching ops compute; OP as in sst.ema_scan, NAME as in
                           sst_block_1_ssm_conv, both with * and ?; may be repeated
  --probe-output FOLDER    write what --probe selects as .npy files (an existing folder)
  --values=N               print N values of each tensor  (default 8)
  --passes=PIPELINE        run passes first, e.g. sst-expand-blocks,sst-slice-last-row
  --random-weights=SEED    take no weights file but made-up weights
  --options FILE           the model's options as JSON
  --tensor-prefix, --ignore, and the model's options as flags   as for sst-compile
  --allow-bytecode         MODEL.mlir may be bytecode, which is trusted like a program
  --help                   print this text and stop

Exit code: 0 done, 1 bad input or a comparison failed, 2 bad usage.
)";

namespace {

class Parser {
public:
  Parser(llvm::ArrayRef<const char *> arguments, FamilyTable families, Report &report)
      : arguments(arguments), modelOptions(getAllOptions(families)), report(report), options(families) {}
  InterpretOptions run();

private:
  /// Whether there is an option of this name with a value.
  bool takesValue(StringRef name) const;
  void parseArgument(StringRef argument);
  /// The value of `name`: what followed '=', or the next argument.
  std::optional<StringRef> takeValue(StringRef name, std::optional<StringRef> attached);
  bool parseFlag(StringRef name);
  bool parseNumber(StringRef name, StringRef value);
  void parseText(StringRef name, StringRef value);
  void parseTolerance(StringRef name, StringRef value, double &result);
  void parseRandomInput(StringRef value);
  void checkFile(StringRef name, StringRef file);
  void checkTogether();

  llvm::ArrayRef<const char *> arguments;
  /// Of all families.
  llvm::SmallVector<const OptionInfo *> modelOptions;
  Report &report;
  size_t next = 0;
  InterpretOptions options;
  std::set<std::string> seen;
};

} // namespace

bool Parser::takesValue(StringRef name) const {
  static constexpr llvm::StringLiteral names[] = {
      "--function",       "--input",  "--random-input",  "--save-input",   "--compare", "--taps",   "--atol",
      "--rtol",           "--output", "--probe",         "--probe-output", "--values",  "--passes", "--options",
      "--random-weights", "--name",   "--tensor-prefix", "--ignore",       "--family"};
  return llvm::is_contained(names, name) || llvm::any_of(modelOptions, [&](const OptionInfo *info) {
           return name.starts_with("--") && name.drop_front(2) == info->flag;
         });
}

std::optional<StringRef> Parser::takeValue(StringRef name, std::optional<StringRef> attached) {
  if (!attached && next < arguments.size() && !StringRef(arguments[next]).starts_with("--"))
    attached = arguments[next++];
  if (!attached || attached->empty()) {
    report.addUsage(name, "expects a value", "write " + name + "=VALUE");
    return std::nullopt;
  }
  return attached;
}

bool Parser::parseFlag(StringRef name) {
  if (name == "--allow-bytecode")
    options.allowBytecode = true;
  else if (name == "--help" || name == "-h")
    options.help = true;
  else
    return false;
  return true;
}

/// Reports what is read and is no file.
void Parser::checkFile(StringRef name, StringRef file) {
  if (file == "-")
    report.addUsage(name, "expects the name of a file, but got standard input", "write it to a file first");
}

/// Options whose value is any text.
void Parser::parseText(StringRef name, StringRef value) {
  std::pair<StringRef, std::string *> texts[] = {
      {"--function", &options.function}, {"--save-input", &options.saveInput},
      {"--compare", &options.compare},   {"--taps", &options.taps},
      {"--output", &options.output},     {"--probe-output", &options.probeOutput},
      {"--passes", &options.passes},     {"--options", &options.frontend.jsonFile}};
  for (auto &[option, text] : texts)
    if (option == name)
      *text = value.str();
  if (name == "--input" || name == "--compare" || name == "--taps" || name == "--options")
    checkFile(name, value);
  if (name == "--input")
    options.inputs.push_back(value.str());
  else if (name == "--probe")
    options.probes.push_back(value.str());
  else if (name == "--random-weights")
    options.frontend.randomWeights = value.str();
  else if (name == "--name")
    options.frontend.name = value.str();
  else if (name == "--tensor-prefix")
    options.frontend.names.prefix = value.str();
  else if (name == "--ignore")
    options.frontend.names.ignored.push_back(value.str());
  else if (name == "--family")
    options.frontend.family = value.str();
  for (const OptionInfo *info : modelOptions)
    if (name.drop_front(2) == info->flag)
      options.frontend.flags[info->name.str()] = value.str();
}

void Parser::parseTolerance(StringRef name, StringRef value, double &result) {
  double number = 0;
  if (value.getAsDouble(number) || !std::isfinite(number) || number < 0)
    report.addUsage(name, "expects a number that is not negative, but got " + quote(value));
  else
    result = number;
}

void Parser::parseRandomInput(StringRef value) {
  RandomInput random;
  auto [sizes, seed] = value.split(',');
  auto [batch, rows] = sizes.split('x');
  constexpr int64_t limit = int64_t(1) << 24;
  bool hasSeed = value.contains(',');
  if (batch.getAsInteger(10, random.batch) || rows.getAsInteger(10, random.rows) || random.batch < 1 ||
      random.rows < 1 || random.batch > limit || random.rows > limit || (hasSeed && seed.getAsInteger(10, random.seed)))
    report.addUsage("--random-input", "expects sizes and a seed such as 2x60,1, but got " + quote(value));
  options.randomInput = random;
}

/// Options whose value is a number.
bool Parser::parseNumber(StringRef name, StringRef value) {
  if (name == "--atol")
    parseTolerance(name, value, options.atol);
  else if (name == "--rtol")
    parseTolerance(name, value, options.rtol);
  else if (name == "--random-input")
    parseRandomInput(value);
  else if (name == "--values") {
    if (value.getAsInteger(10, options.values))
      report.addUsage(name, "expects a number of values, but got " + quote(value));
  } else
    return false;
  return true;
}

void Parser::parseArgument(StringRef argument) {
  if (!argument.starts_with("-") || argument == "-") {
    checkFile("model", argument);
    if (!options.frontend.inputFile.empty())
      report.addUsage(quote(argument), "is a second model; there can be only one", "give inputs with --input");
    options.frontend.inputFile = argument.str();
    return;
  }
  auto [name, value] = argument.split('=');
  bool attached = argument.contains('=');
  if (parseFlag(name)) {
    if (attached)
      report.addUsage(name, "expects no value", "write " + name);
    return;
  }
  if (!takesValue(name)) {
    report.addUsage(quote(name), "is no option", "see sst-interpret --help");
    return;
  }
  if (!seen.insert(name.str()).second && name != "--input" && name != "--probe" && name != "--ignore")
    report.addUsage(name, "is given twice", "give it once");
  std::optional<StringRef> text = takeValue(name, attached ? std::optional(value) : std::nullopt);
  if (text && !parseNumber(name, *text))
    parseText(name, *text);
}

/// Reports options that need or exclude each other.
void Parser::checkTogether() {
  if (options.frontend.inputFile.empty() && !options.frontend.randomWeights)
    report.addUsage("", "expects a model, MODEL.safetensors or MODEL.mlir", "see sst-interpret --help");
  if (!options.inputs.empty() && options.randomInput)
    report.addUsage("--random-input", "cannot go with --input", "give one of the two");
  if (!options.probeOutput.empty() && options.probes.empty())
    report.addUsage("--probe-output", "needs --probe", "give for instance --probe='*'");
  std::pair<StringRef, std::string *> arrays[] = {{"--output", &options.output}, {"--save-input", &options.saveInput}};
  for (auto &[name, file] : arrays)
    if (!file->empty() && !StringRef(*file).ends_with(".npy") && !StringRef(*file).starts_with("/dev/"))
      report.addUsage(name, "expects a file name that ends in .npy, but got " + quote(*file));
}

InterpretOptions Parser::run() {
  while (next < arguments.size())
    parseArgument(arguments[next++]);
  if (!options.help)
    checkTogether();
  return options;
}

InterpretOptions sst::parseInterpretOptions(llvm::ArrayRef<const char *> arguments, FamilyTable families,
                                            Report &report) {
  return Parser(arguments, families, report).run();
}
