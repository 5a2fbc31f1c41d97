/*
 * Options.cpp - a table of options, each taking a value as `--name=value` or `--name value`, or none.
 */
#include "Options.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

namespace sst {

const char runHelpText[] = R"(Usage: sst-run ARTEFACT.so --input FILE[:tensor] [options]

Runs a model that sst-compile --emit=shared made, and compares what it computes.
FILE is a safetensors or a .npy file.

  --input FILE[:tensor]    input [batch, rows, embed_dim], or [rows, embed_dim] for a batch of 1;
                           in a safetensors file 'input.state_sequence' unless a tensor is named
  --mode=window|sequence   compute the last row of each sequence (window, the default) or every row
  --output FILE            write the output to FILE, which ends in .npy or .safetensors
  --compare FILE[:tensor]  compare the output with this tensor ('output' unless one is named);
                           in sequence mode [batch, hidden_size] is compared with the last rows
  --atol=X, --rtol=X       equal means |got - want| <= atol + rtol * |want|  (default 1e-5 each)
  --repeat N               time N runs, after one that is not timed  (default 1)
  --threads=N              compute on N threads  (default 1)
  --pin=LIST               keep the threads on these CPUs, one for each: 0,2 or 0-3
  --profile                print where the time goes, beside what this machine could do at best
  --variant=NAME           auto (the default), x86-64-v3 or x86-64-v4
  --json                   print one JSON object
  --help, --version        print this text or the version, and stop

Exit code: 0 done, 1 bad input or the comparison failed, 2 bad usage.
)";

namespace {

/// Everything that the handlers of single options need.
struct Parser {
  RunOptions options;
  sst_report_t *report;

  void problem(const std::string &what) {
    sst_report_add(report, SST_STATUS_INVALID_ARGUMENT, "%s; see sst-run --help", what.c_str());
  }
};

std::string quoted(std::string_view text) {
  char buffer[160];
  return sst_quote(buffer, sizeof buffer, text.data(), text.size());
}

bool endsWith(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() && text.substr(text.size() - ending.size()) == ending;
}

void parsePath(Parser &parser, const std::string &name, const std::string &value, std::string &result) {
  if (value.empty())
    parser.problem(name + ": expects the name of a file");
  result = value;
}

void parseTolerance(Parser &parser, const std::string &name, const std::string &value, double &result) {
  char *end = nullptr;
  double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end || !std::isfinite(number) || number < 0)
    parser.problem(name + ": expects a number that is not negative, but got " + quoted(value));
  else
    result = number;
}

/// The number that a text of digits is, at most 7 of them; nothing for any other text.
std::optional<size_t> parseNumber(std::string_view text) {
  if (text.empty() || text.size() > 7)
    return std::nullopt;
  size_t number = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    number = number * 10 + size_t(c - '0');
  }
  return number;
}

void parseCount(Parser &parser, const std::string &name, const std::string &value, size_t limit, size_t &result) {
  std::optional<size_t> number = parseNumber(value);
  if (!number || *number < 1 || *number > limit)
    parser.problem(name + ": expects an integer in [1, " + std::to_string(limit) + "], but got " + quoted(value));
  else
    result = *number;
}

/// Adds the CPUs of `0`, or of `0-3`, to the list; false if it is neither.
bool addCpus(std::string_view text, std::vector<uint32_t> &cpus) {
  size_t dash = text.find('-');
  std::optional<size_t> first = parseNumber(text.substr(0, dash));
  std::optional<size_t> last = dash == std::string_view::npos ? first : parseNumber(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last - *first >= SST_MAX_THREADS)
    return false;
  for (size_t cpu = *first; cpu <= *last; ++cpu)
    cpus.push_back(uint32_t(cpu));
  return true;
}

void parsePin(Parser &parser, const std::string &value) {
  std::string_view rest = value;
  for (bool more = true; more;) {
    size_t comma = rest.find(',');
    if (!addCpus(rest.substr(0, comma), parser.options.pin)) {
      parser.problem("--pin: expects numbers of CPUs as in 0,2 or 0-3, but got " + quoted(value));
      parser.options.pin.clear();
      return;
    }
    more = comma != std::string_view::npos;
    rest = more ? rest.substr(comma + 1) : rest;
  }
}

void parseMode(Parser &parser, const std::string &value) {
  if (value != "window" && value != "sequence")
    parser.problem("--mode: expects window or sequence, but got " + quoted(value));
  parser.options.sequence = value == "sequence";
}

/// Handles an option with a value; false if there is none of this name.
bool parseValue(Parser &parser, const std::string &name, const std::string &value) {
  RunOptions &options = parser.options;
  if (name == "--input")
    parsePath(parser, name, value, options.input);
  else if (name == "--compare")
    parsePath(parser, name, value, options.compare);
  else if (name == "--output") {
    parsePath(parser, name, value, options.output);
    if (!value.empty() && !endsWith(value, ".npy") && !endsWith(value, ".safetensors") && value.rfind("/dev/", 0) != 0)
      parser.problem("--output: expects a file name that ends in .npy or .safetensors, but got " + quoted(value));
  } else if (name == "--mode")
    parseMode(parser, value);
  else if (name == "--atol")
    parseTolerance(parser, name, value, options.atol);
  else if (name == "--rtol")
    parseTolerance(parser, name, value, options.rtol);
  else if (name == "--repeat")
    parseCount(parser, name, value, 1000000, options.repeat);
  else if (name == "--threads")
    parseCount(parser, name, value, SST_MAX_THREADS, options.threads);
  else if (name == "--pin")
    parsePin(parser, value);
  else if (name == "--variant") {
    if (!sst_variant_parse(value.c_str(), &options.variant))
      parser.problem("--variant: expects auto, x86-64-v3 or x86-64-v4, but got " + quoted(value));
  } else
    return false;
  return true;
}

bool takesValue(const std::string &name) {
  static const std::set<std::string> names = {"--input", "--compare", "--output",  "--mode", "--atol",
                                              "--rtol",  "--repeat",  "--threads", "--pin",  "--variant"};
  return names.count(name) != 0;
}

/// The flag of this name, or null.
bool *findFlag(RunOptions &options, const std::string &name) {
  if (name == "--json")
    return &options.json;
  if (name == "--profile")
    return &options.profile;
  if (name == "--help" || name == "-h")
    return &options.help;
  return name == "--version" ? &options.version : nullptr;
}

/// Handles argument `index` that starts with '-'; moves `index` to the last argument that belongs to it.
void parseOption(Parser &parser, int argc, char **argv, int &index, std::set<std::string> &seen) {
  std::string argument = argv[index];
  size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  if (!seen.insert(name).second)
    parser.problem(name + ": is given twice");
  if (bool *flag = findFlag(parser.options, name)) {
    if (equals != std::string::npos)
      parser.problem(name + ": expects no value");
    *flag = true;
    return;
  }
  if (!takesValue(name)) {
    parser.problem("unknown option " + quoted(name));
    return;
  }
  if (equals != std::string::npos) {
    parseValue(parser, name, argument.substr(equals + 1));
    return;
  }
  if (index + 1 >= argc || std::string_view(argv[index + 1]).substr(0, 2) == "--") {
    parser.problem(name + ": expects a value");
    return;
  }
  parseValue(parser, name, argv[++index]);
}

} // namespace

RunOptions parseRunOptions(int argc, char **argv, sst_report_t *report) {
  Parser parser{{}, report};
  std::set<std::string> seen;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.size() > 1 && argument[0] == '-')
      parseOption(parser, argc, argv, i, seen);
    else if (parser.options.artefact.empty() && !argument.empty())
      parser.options.artefact = argument;
    else
      parser.problem("expects one artefact, but got also " + quoted(argument));
  }
  RunOptions &options = parser.options;
  if (options.help || options.version)
    return options;
  if (options.artefact.empty())
    parser.problem("expects the name of an artefact (made by sst-compile --emit=shared)");
  if (!seen.count("--input"))
    parser.problem("--input is missing");
  if (!options.pin.empty() && options.pin.size() != options.threads)
    parser.problem("--pin: expects a CPU for each thread, " + std::to_string(options.threads) + ", but got " +
                   std::to_string(options.pin.size()));
  return options;
}

} // namespace sst
