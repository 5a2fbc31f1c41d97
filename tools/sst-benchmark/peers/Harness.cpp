/*
 * Harness.cpp - what all peers written in C++ share.
 */
#include "Harness.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <errno.h>
#include <sys/mman.h>
#include <vector>

namespace peers {

namespace {

/// Milliseconds from some moment on.
double clockMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void refuse(const std::string &message) {
  std::fprintf(stderr, "%s: error: %s\n", program_invocation_short_name, message.c_str());
  std::exit(2);
}

} // namespace

void fail(const std::string &message) {
  std::fprintf(stderr, "%s: error: %s\n", program_invocation_short_name, message.c_str());
  std::exit(1);
}

Options::Options(int argc, char **argv, const std::map<std::string, std::string> &known) : values(known) {
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    size_t equals = argument.find('=');
    auto place = values.find(argument.substr(0, equals));
    if (place == values.end())
      refuse("unknown option '" + argument + "'");
    place->second = equals == std::string::npos ? "1" : argument.substr(equals + 1);
  }
}

const std::string &Options::text(const std::string &name) const {
  const std::string &value = values.at(name);
  if (value.empty())
    refuse(name + " is missing");
  return value;
}

double Options::number(const std::string &name) const {
  const std::string &value = text(name);
  char *end = nullptr;
  double result = std::strtod(value.c_str(), &end);
  if (*end || !(result >= 0))
    refuse(name + ": expects a number that is not negative, but got '" + value + "'");
  return result;
}

Input loadInput(const std::string &source) {
  sst_array_t array;
  sst_report_t report{};
  if (sst_array_load(source.c_str(), "input.state_sequence", &array, &report) != SST_STATUS_OK)
    fail(sst_report_message(&report, 0));
  if (array.rank != 3)
    fail(source + ": expects batch x rows x channels");
  return {array.data, int(array.shape[0]), int(array.shape[1]), int(array.shape[2])};
}

float *allocate(size_t count) {
  size_t bytes = 4 * count, alignment = bytes >= (1u << 18) ? 2u << 20 : 64;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  void *memory = std::aligned_alloc(alignment, bytes);
  if (!memory)
    fail("out of memory");
  if (alignment > 64)
    madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0, bytes);
  return static_cast<float *>(memory);
}

void measure(const std::function<void()> &run, double seconds, const std::map<std::string, std::string> &extra) {
  std::vector<double> times;
  for (double end = clockMs() + seconds * 300; clockMs() < end;)
    run();
  for (double end = clockMs() + seconds * 1000; times.size() < 3 || clockMs() < end;) {
    double start = clockMs();
    run();
    times.push_back(clockMs() - start);
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"median_ms\": %.4f, \"min_ms\": %.4f, \"runs\": %zu", times[times.size() / 2], times[0], times.size());
  for (const auto &[key, value] : extra)
    std::printf(", \"%s\": %s", key.c_str(), value.c_str());
  std::printf("}\n");
  std::fflush(stdout);
}

void writeOutput(const std::string &path, const float *data, size_t batch, size_t channels) {
  sst_tensor_t tensor{"", SST_DTYPE_F32, 2, {batch, channels}, batch * channels, 4 * batch * channels, data};
  sst_error_t error;
  if (sst_npy_write(path.c_str(), &tensor, &error) != SST_STATUS_OK) {
    sst_report_t report{};
    sst_report_add_error(&report, &error);
    fail(sst_report_message(&report, 0));
  }
}

} // namespace peers
