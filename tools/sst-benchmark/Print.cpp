/*
 * Print.cpp - the text: the machine, one table of all combinations, then one of ops for each if they were timed.
 */
#include "Print.h"

#include "AllocationCount.h"
#include "Rates.h"
#include "Table.h"

#include <set>

namespace sst {

namespace {

std::string sizeText(size_t bytes) {
  if (bytes % (1 << 20) == 0)
    return std::to_string(bytes >> 20) + " MiB";
  return std::to_string(bytes >> 10) + " KiB";
}

std::string cpusText(const std::vector<uint32_t> &cpus) {
  std::string text;
  for (uint32_t cpu : cpus)
    text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text.empty() ? "threads are not pinned" : "threads pinned to " + text;
}

std::string threadsText(size_t threads) { return std::to_string(threads) + (threads == 1 ? " thread" : " threads"); }

void printMachine(FILE *stream, const Machine &machine) {
  std::fprintf(stream, "machine  %s, %s\n", machine.cpu().c_str(), cpusText(machine.cpus()).c_str());
  for (const auto &[variant, byThreads] : machine.allPeaks())
    for (const auto &[threads, peaks] : byThreads) {
      std::fprintf(stream, "peak     %s, %s: %s GFLOP/s of multiply-adds; reads in GB/s:", sst_variant_name(variant),
                   threadsText(threads).c_str(), fixedText(peaks.flops / 1e9, 1).c_str());
      for (int level = 0; level < SST_LEVEL_COUNT; ++level) {
        std::string size = level < SST_LEVEL_MEMORY ? " (" + sizeText(peaks.cache_bytes[level]) + ")" : "";
        std::fprintf(stream, "%s %s%s %s", level ? "," : "", sst_memory_level_name(sst_memory_level_t(level)),
                     size.c_str(), peaks.read[level] > 0 ? fixedText(peaks.read[level] / 1e9, 1).c_str() : "-");
      }
      std::fputc('\n', stream);
    }
}

void addRow(Table &table, const Machine &machine, const Measurement &result) {
  const Case &item = result.item;
  double median = quantile(result.milliseconds, 0.5);
  Rates rates = ratesOf(machine, result);
  table.addRow({item.model->label, modeName(item.mode), sst_variant_name(item.variant), rates.level,
                std::to_string(item.batch), std::to_string(item.rows), std::to_string(item.threads),
                std::to_string(result.milliseconds.size()), shortText(median),
                shortText(quantile(result.milliseconds, 0.99)), shortText(result.milliseconds.front()),
                fixedText(rates.gflops, 1), fixedText(rates.percentOfPeak, 1), fixedText(rates.gbPerSecond, 1),
                fixedText(rates.percentOfRead, 1), std::to_string(result.pageFaults),
                countsAllocations() ? std::to_string(result.allocations) : "-"});
}

/// What the table alone does not say.
void printNotes(FILE *stream, const std::vector<Measurement> &results) {
  std::set<std::string> without;
  bool faults = false;
  for (const Measurement &result : results) {
    faults = faults || result.pageFaults > 0;
    if (!result.hasWork)
      without.insert(result.item.model->label);
  }
  for (const std::string &label : without)
    std::fprintf(stream, "note     %s: the artefact has no table of ops, so there is no work to compare\n",
                 label.c_str());
  if (faults)
    std::fputs("note     there were page faults during timed calls: the system took memory away, or a call touches "
               "memory that it did not touch before\n",
               stream);
  if (!countsAllocations())
    std::fputs("note     this build cannot count calls of malloc\n", stream);
}

void printParts(FILE *stream, const Machine &machine, const Measurement &result) {
  const Profile &profile = result.profile;
  std::fprintf(stream, "\n%s\n", result.item.name().c_str());
  Table table({"op", "kernel", "phase", "ms", "share%", "GFLOP/s", "peak%", "GB/s", "best ms"}, 2);
  double all = profile.waiting;
  for (const OpProfile &phase : profile.phases)
    all += phase.measured;
  auto shareText = [all](double seconds) { return fixedText(all > 0 ? 100 * seconds / all : 0, 1); };
  auto add = [&](const OpProfile &part, const std::string &name) {
    Rates rates = ratesOf(machine, result, part.work, part.measured * 1e3);
    table.addRow({name, part.kernel, std::to_string(part.phase), shortText(part.measured * 1e3),
                  shareText(part.measured), fixedText(rates.gflops, 1), fixedText(rates.percentOfPeak, 1),
                  fixedText(rates.gbPerSecond, 1), shortText(part.predicted * 1e3)});
  };
  for (const OpProfile &op : profile.ops)
    add(op, op.name);
  for (const OpProfile &phase : profile.phases)
    add(phase, "all of phase " + std::to_string(phase.phase));
  table.addRow({"waiting", "", "", shortText(profile.waiting * 1e3), shareText(profile.waiting), "", "", "", ""});
  table.print(stream);
}

} // namespace

void printTable(FILE *stream, const Machine &machine, const std::vector<Measurement> &results) {
  printMachine(stream, machine);
  std::fputc('\n', stream);
  Table table({"artefact", "mode", "variant", "level", "batch", "rows", "threads", "calls", "median ms", "p99 ms",
               "min ms", "GFLOP/s", "peak%", "GB/s", "read%", "faults", "mallocs"},
              4);
  for (const Measurement &result : results)
    addRow(table, machine, result);
  table.print(stream);
  printNotes(stream, results);
  for (const Measurement &result : results)
    if (!result.profile.ops.empty())
      printParts(stream, machine, result);
}

} // namespace sst
