/*
 * Arguments.cpp - one pass over the command line.
 */
#include "common/Arguments.h"

#include <cmath>
#include <cstdlib>

namespace sst {

std::string quoted(std::string_view text) {
  char buffer[160];
  return sst_quote(buffer, sizeof buffer, text.data(), text.size());
}

bool endsWith(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() && text.substr(text.size() - ending.size()) == ending;
}

bool parseCount(std::string_view text, size_t limit, size_t &result) {
  size_t number = 0;
  bool good = !text.empty() && text.size() <= 18;
  for (char c : text) {
    good = good && c >= '0' && c <= '9';
    number = good ? number * 10 + size_t(c - '0') : 0;
  }
  good = good && number >= 1 && number <= limit;
  if (good)
    result = number;
  return good;
}

std::vector<std::string> splitList(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos)
      return parts;
    text.remove_prefix(comma + 1);
  }
}

void Arguments::problem(const std::string &what) {
  sst_report_add(report, SST_STATUS_INVALID_ARGUMENT, "%s; see %s --help", what.c_str(), program.c_str());
}

void Arguments::path(const std::string &name, std::string &result) {
  value(name, [this, name, &result](const std::string &text) {
    if (text.empty())
      problem(name + ": expects the name of a file");
    else if (text == "-")
      problem(name + ": expects the name of a file, but got standard input; write it to a file first");
    result = text;
  });
}

void Arguments::notNegative(const std::string &name, double &result) {
  value(name, [this, name, &result](const std::string &text) {
    char *end = nullptr;
    double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end || !std::isfinite(number) || number < 0)
      problem(name + ": expects a number that is not negative, but got " + quoted(text));
    else
      result = number;
  });
}

static std::string range(size_t limit) { return "[1, " + std::to_string(limit) + "]"; }

void Arguments::count(const std::string &name, size_t limit, size_t &result) {
  value(name, [this, name, limit, &result](const std::string &text) {
    if (!parseCount(text, limit, result))
      problem(name + ": expects an integer in " + range(limit) + ", but got " + quoted(text));
  });
}

void Arguments::counts(const std::string &name, size_t limit, std::vector<size_t> &result) {
  result.clear();
  list(name, "integers in " + range(limit) + " with commas between them", [limit, &result](const std::string &text) {
    size_t number = 0;
    if (!parseCount(text, limit, number))
      return false;
    result.push_back(number);
    return true;
  });
}

void Arguments::list(const std::string &name, const std::string &expected,
                     std::function<bool(const std::string &)> handler) {
  value(name, [this, name, expected, handler = std::move(handler)](const std::string &text) {
    std::set<std::string> parts;
    for (const std::string &part : splitList(text)) {
      if (!handler(part))
        problem(name + ": expects " + expected + ", but got " + quoted(part));
      else if (!parts.insert(part).second)
        problem(name + ": names " + quoted(part) + " twice");
    }
  });
}

/// Adds the CPUs of "3" or "0-3"; false for anything else.
static bool parseCpus(std::string_view text, std::vector<uint32_t> &cpus) {
  constexpr size_t limit = 65536;
  // parseCount wants at least 1.
  auto parse = [](std::string_view part, size_t &cpu) { return part == "0" ? true : parseCount(part, limit, cpu); };
  size_t dash = text.find('-'), first = 0, last = 0;
  if (!parse(text.substr(0, dash), first))
    return false;
  last = first;
  if (dash != std::string_view::npos) {
    last = 0;
    if (!parse(text.substr(dash + 1), last) || last < first || last - first >= SST_MAX_THREADS)
      return false;
  }
  for (size_t cpu = first; cpu <= last; ++cpu)
    cpus.push_back(uint32_t(cpu));
  return true;
}

void Arguments::cpus(const std::string &name, std::vector<uint32_t> &result) {
  result.clear();
  value(name, [this, name, &result](const std::string &text) {
    for (const std::string &part : splitList(text))
      if (!parseCpus(part, result)) {
        problem(name + ": expects numbers of CPUs as in 0,2 or 0-3, but got " + quoted(text));
        return;
      }
  });
}

/// Handles argument `index`, which starts with '-'; moves `index` to the last argument that belongs to it.
void Arguments::parseOption(int argc, char **argv, int &index) {
  std::string argument = argv[index];
  size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  if (!seen.insert(name).second)
    problem(name + ": is given twice");
  if (auto flag = flags.find(name); flag != flags.end()) {
    if (equals != std::string::npos)
      problem(name + ": expects no value");
    *flag->second = true;
    return;
  }
  auto option = values.find(name);
  if (option == values.end()) {
    problem("unknown option " + quoted(name));
    return;
  }
  if (equals != std::string::npos) {
    option->second(argument.substr(equals + 1));
    return;
  }
  if (index + 1 >= argc || std::string_view(argv[index + 1]).substr(0, 2) == "--") {
    problem(name + ": expects a value");
    return;
  }
  option->second(argv[++index]);
}

void Arguments::parse(int argc, char **argv, const Handler &rest) {
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.size() > 1 && argument[0] == '-')
      parseOption(argc, argv, i);
    else
      rest(std::string(argument));
  }
}

} // namespace sst
