/*
 * Options.cpp - a table of options over common/Arguments.h.
 */
#include "Options.h"

#include "common/Arguments.h"

#include <algorithm>
#include <regex.h>

namespace sst {

const char benchmarkHelpText[] = R"(Usage: sst-benchmark ARTEFACT.so... [options]

Times models that sst-compile --emit=shared made, and compares the speed with what this CPU can
do, measured in the same run. Every combination of the lists runs; the input is random.

  --mode=LIST         of window (the default), sequence, and the call that adds the last row to
                      streams: step, one row after the other, and ahead, prepared for it
  --batch=LIST        numbers of sequences  (default 1)
  --rows=LIST         rows of each sequence, of a stream after the timed call  (default: the
                      window size of the model)
  --threads=LIST      numbers of threads  (default 1)
  --variant=LIST      of auto (the default), x86-64-v3, x86-64-v4 and aarch64
  --pin=CPUS          CPUs for the threads, as in 0,2-3  (default: those the program may use)
  --min-time=SECONDS  time the calls of a combination for so long, in step and ahead with what
                      comes before each of them  (default 1)
  --filter=REGEX      only combinations whose name, MODEL/window/batch:1/rows:60/threads:1/VARIANT,
                      matches this POSIX extended regular expression
  --phases            also time every op and every phase of a call
  --json=FILE         write everything to FILE
  --help, --version   print this text or the version, and stop

Exit code: 0 done, 1 bad input or a model at fault, 2 bad usage.
)";

namespace {

/// Rows and batches beyond this are a slip of the keyboard.
constexpr size_t maxSize = 1000000000;
constexpr double maxMinTime = 600;

void addSizes(Arguments &arguments, BenchmarkOptions &options) {
  arguments.counts("--batch", maxSize, options.batches);
  arguments.counts("--rows", maxSize, options.rows);
  arguments.counts("--threads", SST_MAX_THREADS, options.threads);
}

void addNames(Arguments &arguments, BenchmarkOptions &options) {
  arguments.list("--mode", "window, sequence, step or ahead", [&options](const std::string &name) {
    Mode mode;
    if (!parseMode(name, mode) || mode == Mode::Prefill)
      return false;
    options.modes.push_back(mode);
    return true;
  });
  arguments.list("--variant", "auto, x86-64-v3, x86-64-v4 or aarch64", [&options](const std::string &name) {
    sst_variant_t variant;
    if (!sst_variant_parse(name.c_str(), &variant))
      return false;
    options.variants.push_back(variant);
    return true;
  });
}

void addFilter(Arguments &arguments, BenchmarkOptions &options) {
  arguments.value("--filter", [&](const std::string &text) {
    regex_t expression;
    int error = regcomp(&expression, text.c_str(), REG_EXTENDED | REG_NOSUB);
    if (text.empty() || error != 0) {
      char what[100] = "it is empty";
      if (error != 0)
        regerror(error, &expression, what, sizeof what);
      arguments.problem("--filter: expects a regular expression, but got " + quoted(text) + " (" + what + ")");
    } else {
      options.filter = text;
    }
    if (error == 0)
      regfree(&expression);
  });
}

void addMinTime(Arguments &arguments, BenchmarkOptions &options) {
  arguments.value("--min-time", [&](const std::string &text) {
    char *end = nullptr;
    double seconds = std::strtod(text.c_str(), &end);
    if (text.empty() || *end || !(seconds > 0 && seconds <= maxMinTime))
      arguments.problem("--min-time: expects a number of seconds in (0, 600], but got " + quoted(text));
    else
      options.minTime = seconds;
  });
}

void setDefaults(BenchmarkOptions &options) {
  if (options.batches.empty())
    options.batches = {1};
  if (options.threads.empty())
    options.threads = {1};
  if (options.modes.empty())
    options.modes = {Mode::Window};
  if (options.variants.empty())
    options.variants = {SST_VARIANT_AUTO};
}

} // namespace

BenchmarkOptions parseBenchmarkOptions(int argc, char **argv, sst_report_t *report) {
  BenchmarkOptions options;
  Arguments arguments("sst-benchmark", report);
  addSizes(arguments, options);
  addNames(arguments, options);
  addFilter(arguments, options);
  addMinTime(arguments, options);
  arguments.cpus("--pin", options.cpus);
  arguments.path("--json", options.json);
  arguments.flag("--phases", options.phases);
  arguments.flag("--help", options.help);
  arguments.flag("-h", options.help);
  arguments.flag("--version", options.version);
  arguments.parse(argc, argv, [&](const std::string &argument) {
    if (argument.empty())
      arguments.problem("expects the name of an artefact, but got ''");
    else
      options.artefacts.push_back(argument);
  });
  if (options.help || options.version)
    return options;
  if (options.artefacts.empty())
    arguments.problem("expects the name of an artefact (made by sst-compile --emit=shared)");
  setDefaults(options);
  size_t most = *std::max_element(options.threads.begin(), options.threads.end());
  if (!options.cpus.empty() && options.cpus.size() < most)
    arguments.problem("--pin: expects a CPU for each of " + std::to_string(most) + " threads, but got " +
                      std::to_string(options.cpus.size()));
  return options;
}

} // namespace sst
