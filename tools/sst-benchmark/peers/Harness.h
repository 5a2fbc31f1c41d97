/*
 * Harness.h - what all peers written in C++ share: options, input, timing, the output file and the line of JSON.
 */
#ifndef SST_PEERS_HARNESS_H
#define SST_PEERS_HARNESS_H

#include "sst/Runtime/sst_runtime.h"

#include <functional>
#include <map>
#include <string>

namespace peers {

/// Prints `program: error: message` and exits with 1.
[[noreturn]] void fail(const std::string &message);

/// Options of the form `--name=value`; `--name` alone has the value "1". Any other argument, and any name that is not
/// among `known`, ends the program with 2.
class Options {
public:
  Options(int argc, char **argv, const std::map<std::string, std::string> &known);
  const std::string &text(const std::string &name) const;
  double number(const std::string &name) const;

private:
  std::map<std::string, std::string> values;
};

/// An input batch x rows x channels that lives as long as the program.
struct Input {
  const float *data;
  int batch, rows, channels;
};
Input loadInput(const std::string &source);

/// Zeroed memory for floats that lives as long as the program; in huge pages if there is much of it.
float *allocate(size_t count);

/// Calls `run` for a third of the time without and then for `seconds` with a clock, at least three times.
/// Prints one line of JSON: median_ms, min_ms, runs, and the fields of `extra`, which are JSON already.
void measure(const std::function<void()> &run, double seconds, const std::map<std::string, std::string> &extra);

/// Writes batch x channels floats as .npy.
void writeOutput(const std::string &path, const float *data, size_t batch, size_t channels);

} // namespace peers

#endif // SST_PEERS_HARNESS_H
