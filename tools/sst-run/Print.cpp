/*
 * Print.cpp - text and JSON from the same result.
 */
#include "Print.h"

#include "sst/Runtime/sst_json.h"

#include <algorithm>
#include <cmath>

namespace sst {

namespace {

/// The sizes of Edifice's option set, in its order.
struct NamedSize {
  const char *name;
  uint32_t value;
};

std::vector<NamedSize> optionSizes(const sst_info_t &info) {
  return {{"embed_dim", info.embed_dim},         {"hidden_size", info.hidden_size}, {"state_size", info.state_size},
          {"num_layers", info.num_layers},       {"num_heads", info.num_heads},     {"head_dim", info.head_dim},
          {"expand_factor", info.expand_factor}, {"conv_size", info.conv_size},     {"window_size", info.window_size}};
}

std::string listText(const std::vector<size_t> &values) {
  char buffer[SST_SHAPE_TEXT_BYTES];
  return sst_shape_text(values.data(), uint32_t(values.size()), buffer);
}

std::string countText(size_t count, const char *what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

const char *coldName(uint32_t cold) {
  return cold == SST_COLD_SHORT   ? "short"
         : cold == SST_COLD_FIRST ? "first"
         : cold == SST_COLD_ZERO  ? "zero"
                                  : "unknown";
}

/// The mode, and in how many pieces the rows are.
std::string planText(Mode mode, const Plan &plan) {
  if (plan.timed == Timed::Pieces)
    return std::string(modeName(mode)) + " in " + countText(plan.calls.size(), "piece");
  if (plan.timed == Timed::Finish)
    return std::string(modeName(mode)) + " in " + countText(plan.calls.size() - 1, "piece");
  return modeName(mode);
}

/// What the times are of, where it is not simply a call.
const char *timedText(Timed timed) {
  switch (timed) {
  case Timed::Call:
    break;
  case Timed::Pieces:
    return "of all pieces: ";
  case Timed::Step:
    return "of a step: ";
  case Timed::Finish:
    return "of ahead_finish: ";
  }
  return "";
}

/// A flat index as one index for each dimension.
std::vector<size_t> unflatten(size_t index, const std::vector<size_t> &shape) {
  std::vector<size_t> result(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    result[i] = index % shape[i];
    index /= shape[i];
  }
  return result;
}

std::string differenceText(const RunResult &result) {
  const Comparison &comparison = result.comparison;
  char buffer[200];
  std::snprintf(buffer, sizeof buffer, "%.3g at %s (got %.9g, want %.9g)", comparison.largest,
                listText(unflatten(comparison.index, result.comparedShape)).c_str(), double(comparison.got),
                double(comparison.want));
  return buffer;
}

void printKey(FILE *stream, const char *key) {
  sst_json_print_string(stream, key);
  std::fputc(':', stream);
}

void printString(FILE *stream, const char *key, const char *value) {
  printKey(stream, key);
  sst_json_print_string(stream, value);
  std::fputc(',', stream);
}

void printNumber(FILE *stream, const char *key, double value) {
  printKey(stream, key);
  if (std::isfinite(value))
    std::fprintf(stream, "%.9g,", value);
  else
    std::fputs("null,", stream);
}

void printComparison(FILE *stream, const RunOptions &options, const RunResult &result) {
  if (!result.compared) {
    std::fputs("\"compared\":null,\"max_abs_diff\":null,\"max_abs_diff_index\":null,\"pass\":null}\n", stream);
    return;
  }
  printString(stream, "compared", result.comparedLastRows ? "last_rows" : "all");
  printNumber(stream, "atol", options.atol);
  printNumber(stream, "rtol", options.rtol);
  printNumber(stream, "different", double(result.comparison.different));
  printNumber(stream, "max_abs_diff", result.comparison.largest);
  printKey(stream, "max_abs_diff_index");
  std::fprintf(stream, "%s,", listText(unflatten(result.comparison.index, result.comparedShape)).c_str());
  printKey(stream, "pass");
  std::fputs(result.comparison.pass() ? "true}\n" : "false}\n", stream);
}

void printDrift(FILE *stream, const RunResult &result) {
  const Drift &drift = result.drift;
  std::fprintf(stream, "drift    from window over the last %u rows: median %.3g of the row's length, p99 %.3g\n",
               result.artefact.info.window_size, quantile(drift.relative, 0.5), quantile(drift.relative, 0.99));
  std::fprintf(stream, "         largest %.3g at row %s, largest difference of an element %.3g\n", drift.largest,
               listText({drift.sequence, drift.row}).c_str(), drift.largestDifference);
  std::fprintf(stream, "         equal bit for bit: %zu of %s\n", drift.equalRows,
               countText(drift.relative.size(), "row").c_str());
}

void printJsonDrift(FILE *stream, const Drift &drift) {
  printKey(stream, "drift");
  std::fprintf(stream, "{\"rows\":%zu,\"equal_rows\":%zu,", drift.relative.size(), drift.equalRows);
  printNumber(stream, "median", quantile(drift.relative, 0.5));
  printNumber(stream, "p99", quantile(drift.relative, 0.99));
  printNumber(stream, "largest", drift.largest);
  printNumber(stream, "max_abs_diff", drift.largestDifference);
  std::fprintf(stream, "\"largest_row\":%s},", listText({drift.sequence, drift.row}).c_str());
}

/// A line of the profile: time, share of all time, work, speed, how long the machine would need, and what it is.
void printProfileLine(FILE *stream, const OpProfile &op, double total, const std::string &name) {
  std::fprintf(stream, "%10.1f %5.1f%% %9.3f %9.3f %8.1f %9.1f %6.2f  %s\n", 1e6 * op.measured,
               total > 0 ? 100 * op.measured / total : 0, 1e-6 * op.work.flops, 1e-6 * op.work.allBytes(),
               1e-9 * op.rate(), 1e6 * op.predicted, op.predicted > 0 ? op.measured / op.predicted : 0, name.c_str());
}

void printProfile(FILE *stream, const RunResult &result) {
  const Profile &profile = result.profile;
  const sst_machine_peaks_t &peaks = profile.peaks;
  std::fprintf(stream, "machine  %.1f GFLOP/s; GB/s read:", 1e-9 * peaks.flops);
  for (unsigned level = 0; level < SST_LEVEL_COUNT; ++level)
    std::fprintf(stream, " %s %.1f", sst_memory_level_name(sst_memory_level_t(level)), 1e-9 * peaks.read[level]);
  std::fprintf(stream, " (best of this run, %zu thread%s, %s)\n", peaks.threads, peaks.threads == 1 ? "" : "s",
               sst_variant_name(peaks.variant));
  if (profile.ops.empty()) {
    std::fputs("profile  the artefact has no table of ops, so that there is nothing to tell apart\n", stream);
    return;
  }
  OpProfile all;
  for (const OpProfile &phase : profile.phases)
    all.add(phase);
  double busy = all.measured + profile.waiting, total = std::max(busy, 1e-3 * quantile(result.milliseconds, 0.5));
  std::fprintf(stream, "%10s %6s %9s %9s %8s %9s %6s  %s\n", "us", "share", "MFLOP", "MB", "GFLOP/s", "at best",
               "ratio", "phase and op");
  size_t next = 0;
  for (const OpProfile &phase : profile.phases) {
    printProfileLine(stream, phase, total, "phase " + std::to_string(phase.phase));
    for (; next < profile.ops.size() && profile.ops[next].phase == phase.phase; ++next) {
      const OpProfile &op = profile.ops[next];
      printProfileLine(stream, op, total, std::string("  ") + op.name + " (" + op.kernel + ")");
    }
  }
  printProfileLine(stream, all, total, "all ops");
  std::fprintf(stream, "%10.1f %5.1f%% %46s  waiting for other threads\n", 1e6 * profile.waiting,
               total > 0 ? 100 * profile.waiting / total : 0, "");
  std::fprintf(stream, "%10.1f %5.1f%% %46s  outside of kernels: threads that wake up or rest, checks\n",
               1e6 * (total - busy), total > 0 ? 100 * (total - busy) / total : 0, "");
}

void printJsonProfile(FILE *stream, const Profile &profile) {
  printKey(stream, "peaks");
  std::fputc('{', stream);
  for (unsigned level = 0; level < SST_LEVEL_COUNT; ++level)
    printNumber(stream, (std::string(sst_memory_level_name(sst_memory_level_t(level))) + "_gb_per_s").c_str(),
                1e-9 * profile.peaks.read[level]);
  std::fprintf(stream, "\"gflops\":%.9g},", 1e-9 * profile.peaks.flops);
  printNumber(stream, "waiting_us", 1e6 * profile.waiting);
  printKey(stream, "ops");
  for (size_t i = 0; i < profile.ops.size(); ++i) {
    const OpProfile &op = profile.ops[i];
    std::fputs(i == 0 ? "[{" : ",{", stream);
    printString(stream, "name", op.name);
    printString(stream, "kernel", op.kernel);
    printNumber(stream, "phase", op.phase);
    printNumber(stream, "flops", op.work.flops);
    printNumber(stream, "bytes", op.work.allBytes());
    printNumber(stream, "measured_us", 1e6 * op.measured);
    printNumber(stream, "predicted_us", 1e6 * op.predicted);
    std::fprintf(stream, "\"gflops\":%.9g}", 1e-9 * op.rate());
  }
  std::fputs(profile.ops.empty() ? "[]," : "],", stream);
}

} // namespace

void printText(FILE *stream, const RunOptions &options, const RunResult &result) {
  const sst_info_t &info = result.artefact.info;
  std::fprintf(stream, "model    %s, %llu parameters, weights %s, compiler %s\n", info.name,
               static_cast<unsigned long long>(info.parameters), info.weights_digest, info.compiler_version);
  std::fputs("options ", stream);
  for (const NamedSize &size : optionSizes(info))
    std::fprintf(stream, " %s=%u", size.name, size.value);
  std::fprintf(stream, " layer_norm=%s\n", info.layer_norm);
  std::fprintf(stream, "streams  max_rows=%u rollback=%u ", info.max_rows, info.rollback);
  if (info.attention_window > 0)
    std::fprintf(stream, "attention_window=%u ", info.attention_window);
  std::fprintf(stream, "cold=%s state_bytes=%llu\n", coldName(info.cold),
               static_cast<unsigned long long>(info.state_bytes));
  std::fprintf(stream, "run      %s, batch %zu, rows %zu, variant %s, %zu thread%s\n",
               planText(options.mode, result.plan).c_str(), result.batch, result.rows, sst_variant_name(result.variant),
               options.threads, options.threads == 1 ? "" : "s");
  std::fprintf(stream, "output   %s\n", listText(result.shape).c_str());
  if (result.compared)
    std::fprintf(stream, "compare  %s%s, largest difference %s, atol %g, rtol %g\n",
                 result.comparedLastRows ? "last rows " : "", result.comparison.pass() ? "equal" : "DIFFERENT",
                 differenceText(result).c_str(), options.atol, options.rtol);
  if (options.drift)
    printDrift(stream, result);
  std::fprintf(stream, "time     %smedian %.4g ms, min %.4g ms, p99 %.4g ms, %s\n", timedText(result.plan.timed),
               quantile(result.milliseconds, 0.5), quantile(result.milliseconds, 0),
               quantile(result.milliseconds, 0.99),
               countText(result.milliseconds.size(), result.plan.timed == Timed::Step ? "step" : "run").c_str());
  if (options.profile)
    printProfile(stream, result);
}

void printJson(FILE *stream, const RunOptions &options, const RunResult &result) {
  const sst_info_t &info = result.artefact.info;
  std::fputc('{', stream);
  printString(stream, "name", info.name);
  printString(stream, "compiler_version", info.compiler_version);
  printString(stream, "weights_digest", info.weights_digest);
  for (const NamedSize &size : optionSizes(info))
    printNumber(stream, size.name, size.value);
  printString(stream, "layer_norm", info.layer_norm);
  std::fprintf(stream, "\"parameters\":%llu,\"weights_bytes\":%llu,", static_cast<unsigned long long>(info.parameters),
               static_cast<unsigned long long>(info.weights_bytes));
  std::fprintf(stream, "\"max_rows\":%u,\"rollback\":%u,\"attention_window\":%u,", info.max_rows, info.rollback,
               info.attention_window);
  printString(stream, "cold", coldName(info.cold));
  std::fprintf(stream, "\"state_bytes\":%llu,", static_cast<unsigned long long>(info.state_bytes));
  printString(stream, "mode", modeName(options.mode));
  printString(stream, "variant", sst_variant_name(result.variant));
  std::fprintf(stream, "\"threads\":%zu,\"batch\":%zu,\"rows\":%zu,\"shape\":%s,", options.threads, result.batch,
               result.rows, listText(result.shape).c_str());
  std::fprintf(stream, "\"calls\":%zu,", result.plan.calls.size());
  printString(stream, "time_of", timedName(result.plan.timed));
  std::fprintf(stream, "\"times\":%zu,", result.milliseconds.size());
  printNumber(stream, "median_ms", quantile(result.milliseconds, 0.5));
  printNumber(stream, "min_ms", quantile(result.milliseconds, 0));
  printNumber(stream, "p99_ms", quantile(result.milliseconds, 0.99));
  std::fprintf(stream, "\"repeat\":%zu,", options.repeat);
  if (options.profile)
    printJsonProfile(stream, result.profile);
  if (options.drift)
    printJsonDrift(stream, result.drift);
  printComparison(stream, options, result);
}

void reportDifference(const RunOptions &options, const RunResult &result, sst_report_t *report) {
  sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                 "%s: %zu of %zu elements differ by more than atol + rtol * |want|; the largest difference is %s",
                 options.compare.c_str(), result.comparison.different, result.comparison.count,
                 differenceText(result).c_str());
}

} // namespace sst
