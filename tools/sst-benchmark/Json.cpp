/*
 * Json.cpp - the same as one JSON object. Nothing in it names the machine's owner: no host, user or folder.
 */
#include "AllocationCount.h"
#include "Print.h"
#include "Rates.h"

#include "common/JsonWriter.h"

#include <cstdlib>

namespace sst {

namespace {

/// `number`, or null for work that is not known.
void writeRates(JsonWriter &json, const Rates &rates) {
  json.key("gflops").number(rates.gflops).key("percent_of_peak").number(rates.percentOfPeak);
  json.key("gb_s").number(rates.gbPerSecond).key("percent_of_read").number(rates.percentOfRead);
}

void writeReads(JsonWriter &json, const sst_machine_peaks_t &peaks) {
  json.beginObject();
  for (int level = 0; level < SST_LEVEL_COUNT; ++level) {
    json.key(sst_memory_level_name(sst_memory_level_t(level)));
    peaks.read[level] > 0 ? json.number(peaks.read[level] / 1e9) : json.null();
  }
  json.endObject();
}

void writeFlops(JsonWriter &json, const Machine::Peaks &byThreads) {
  json.beginObject();
  for (const auto &[threads, peaks] : byThreads)
    json.key(std::to_string(threads)).number(peaks.flops / 1e9);
  json.endObject();
}

/// `fma_peak_gflops` and `read_gb_s` are those of the variant with the widest vectors and, for reads, of the smallest
/// number of threads; all others are in `fma_peak_gflops_by_variant` and `read_gb_s_by_threads`.
void writeMachine(JsonWriter &json, const Machine &machine) {
  const auto &[variant, widest] = *machine.allPeaks().rbegin();
  const sst_machine_peaks_t &first = widest.begin()->second;
  json.beginObject().key("cpu").string(machine.cpu()).key("cpus").beginArray();
  for (uint32_t cpu : machine.cpus())
    json.integer(cpu);
  json.endArray().key("cache_bytes").beginObject();
  for (int level = 0; level < SST_LEVEL_MEMORY; ++level)
    json.key(sst_memory_level_name(sst_memory_level_t(level))).integer(first.cache_bytes[level]);
  json.endObject().key("variant").string(sst_variant_name(variant)).key("fma_peak_gflops");
  writeFlops(json, widest);
  json.key("fma_peak_gflops_by_variant").beginObject();
  for (const auto &[name, byThreads] : machine.allPeaks()) {
    json.key(sst_variant_name(name));
    writeFlops(json, byThreads);
  }
  json.endObject().key("read_gb_s");
  writeReads(json, first);
  json.key("read_gb_s_by_threads").beginObject();
  for (const auto &[threads, peaks] : widest) {
    json.key(std::to_string(threads));
    writeReads(json, peaks);
  }
  json.endObject().endObject();
}

void writeWork(JsonWriter &json, bool known, const Work &work) {
  auto write = [&](const char *key, double value) {
    json.key(key);
    known ? json.number(value) : json.null();
  };
  write("flops", work.flops);
  write("bytes", work.allBytes());
  write("weights_bytes", work.weights);
}

/// What an op and a phase have in common.
void writePart(JsonWriter &json, const Machine &machine, const Measurement &result, const OpProfile &part) {
  json.key("phase").integer(part.phase).key("median_ms").number(part.measured * 1e3);
  json.key("predicted_ms").number(part.predicted * 1e3);
  writeWork(json, true, part.work);
  writeRates(json, ratesOf(machine, result, part.work, part.measured * 1e3));
  json.endObject();
}

void writeParts(JsonWriter &json, const Machine &machine, const Measurement &result) {
  const Profile &profile = result.profile;
  json.key("ops").beginArray();
  for (const OpProfile &op : profile.ops) {
    json.beginObject().key("name").string(op.name).key("kernel").string(op.kernel);
    writePart(json, machine, result, op);
  }
  json.endArray().key("phases").beginArray();
  for (const OpProfile &phase : profile.phases) {
    json.beginObject();
    writePart(json, machine, result, phase);
  }
  json.endArray().key("wait_ms");
  profile.ops.empty() ? json.null() : json.number(profile.waiting * 1e3);
}

void writeResult(JsonWriter &json, const Machine &machine, const Measurement &result) {
  const Case &item = result.item;
  double median = quantile(result.milliseconds, 0.5);
  json.beginObject().key("artefact").string(item.model->label).key("model").string(item.info().name);
  json.key("batch").integer(item.batch).key("rows").integer(item.rows).key("threads").integer(item.threads);
  json.key("mode").string(modeName(item.mode)).key("variant").string(sst_variant_name(item.variant));
  json.key("calls").integer(result.milliseconds.size()).key("median_ms").number(median);
  json.key("p99_ms").number(quantile(result.milliseconds, 0.99)).key("min_ms").number(result.milliseconds.front());
  writeWork(json, result.hasWork, result.work);
  Rates rates = ratesOf(machine, result);
  writeRates(json, rates);
  json.key("peak_gflops").number(machine.peaks(item).flops / 1e9).key("level").string(rates.level);
  json.key("memory_bytes").integer(result.memoryBytes).key("page_faults").integer(result.pageFaults);
  json.key("mallocs");
  countsAllocations() ? json.integer(result.allocations) : json.null();
  writeParts(json, machine, result);
  json.endObject();
}

} // namespace

bool writeJson(const std::string &path, const Machine &machine, const std::vector<Measurement> &results,
               sst_report_t *report) {
  char *text = nullptr;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  if (!stream) {
    sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for the text", path.c_str());
    return false;
  }
  JsonWriter json(stream);
  json.beginObject().key("machine");
  writeMachine(json, machine);
  json.key("results").beginArray();
  for (const Measurement &result : results)
    writeResult(json, machine, result);
  json.endArray().endObject();
  std::fputc('\n', stream);
  bool complete = !std::ferror(stream);
  complete &= std::fclose(stream) == 0;
  std::unique_ptr<char, MemoryDeleter> owner(text);
  if (!complete) {
    sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for the text", path.c_str());
    return false;
  }
  sst_files_remove_abandoned(path.c_str());
  sst_span_t span{text, size};
  sst_error_t error;
  sst_status_t status = sst_file_write(path.c_str(), &span, 1, &error);
  if (status != SST_STATUS_OK)
    sst_report_add_error(report, &error);
  return status == SST_STATUS_OK;
}

} // namespace sst
