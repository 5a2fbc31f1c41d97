/*
 * Arguments.h - the command line of a tool of the runtime: options with a value, flags, and the rest. What is not here:
 * what a tool's options mean.
 */
#ifndef SST_TOOLS_COMMON_ARGUMENTS_H
#define SST_TOOLS_COMMON_ARGUMENTS_H

#include "sst/Runtime/sst_runtime.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sst {

/// A text of the user as a message shows it.
std::string quoted(std::string_view text);

/// Whether `text` is `ending` with something in front.
bool endsWith(std::string_view text, std::string_view ending);

/// Reads a whole number in [1, limit], digits only. False, and `result` is as before, for any other text.
bool parseCount(std::string_view text, size_t limit, size_t &result);

/// The parts of `text` between commas; one empty part for an empty text.
std::vector<std::string> splitList(std::string_view text);

/// A table of options. A value is given as `--name=value` or `--name value`. Every problem goes to the report, with a
/// hint to the program's --help, and reading goes on.
class Arguments {
public:
  using Handler = std::function<void(const std::string &)>;

  Arguments(std::string program, sst_report_t *report) : program(std::move(program)), report(report) {}

  /// An option without a value, which sets `result`.
  void flag(const std::string &name, bool &result) { flags[name] = &result; }
  /// An option with a value that `handler` reads.
  void value(const std::string &name, Handler handler) { values[name] = std::move(handler); }
  /// Options with a value of a common kind. A value that is not one is a problem and changes nothing.
  void path(const std::string &name, std::string &result);
  void notNegative(const std::string &name, double &result);
  void count(const std::string &name, size_t limit, size_t &result);
  void counts(const std::string &name, size_t limit, std::vector<size_t> &result);
  /// Numbers of CPUs, as in 0,2-3, in the order given.
  void cpus(const std::string &name, std::vector<uint32_t> &result);
  /// `handler` takes one of the parts between commas and returns false if it is not `expected`.
  void list(const std::string &name, const std::string &expected, std::function<bool(const std::string &)> handler);

  /// Reads all arguments; `rest` gets those that are no option.
  void parse(int argc, char **argv, const Handler &rest);

  /// Whether the option was on the command line.
  bool given(const std::string &name) const { return seen.count(name) != 0; }

  void problem(const std::string &what);

private:
  std::string program;
  sst_report_t *report;
  std::map<std::string, bool *> flags;
  std::map<std::string, Handler> values;
  std::set<std::string> seen;

  void parseOption(int argc, char **argv, int &index);
};

} // namespace sst

#endif // SST_TOOLS_COMMON_ARGUMENTS_H
