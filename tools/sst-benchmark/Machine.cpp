/*
 * Machine.cpp - the peaks so far, and who runs where.
 */
#include "Machine.h"

#include <algorithm>
#include <fstream>
#include <sched.h>

namespace sst {

namespace {

/// The name that the CPU gives itself.
std::string readCpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    size_t colon = line.find(':');
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos && colon + 2 < line.size())
      return line.substr(colon + 2);
  }
  return "unknown CPU";
}

/// The CPUs that the program may use.
std::vector<uint32_t> allowedCpus() {
  std::vector<uint32_t> cpus;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set))
        cpus.push_back(cpu);
  return cpus;
}

} // namespace

std::unique_ptr<Machine> Machine::create(const BenchmarkOptions &options, const std::vector<Case> &cases,
                                         sst_report_t *report) {
  auto machine = std::make_unique<Machine>();
  machine->cpuName = readCpuName();
  size_t most = 1;
  for (const Case &item : cases)
    most = std::max(most, item.threads);
  machine->pinned = options.cpus.empty() ? allowedCpus() : options.cpus;
  // More threads than CPUs: the system may move them.
  machine->pinned.resize(machine->pinned.size() < most ? 0 : most);
  for (const Case &item : cases) {
    std::unique_ptr<Team> &team = machine->teams[item.threads];
    if (!team && !(team = Team::create(item.threads, machine->pinned, report)))
      return nullptr;
  }
  sst_error_t error;
  if (!machine->pinned.empty() && sst_thread_pin(machine->pinned[0], &error) != SST_STATUS_OK) {
    sst_report_add_error(report, &error);
    return nullptr;
  }
  return machine;
}

bool Machine::measure(const Case &item, sst_report_t *report) {
  sst_machine_peaks_t now;
  const uint32_t *workers = pinned.empty() ? nullptr : pinned.data() + 1;
  sst_status_t status = sst_measure_peaks(item.threads, workers, item.variant, &now);
  if (status != SST_STATUS_OK) {
    sst_report_add(report, status, "the speed of this machine cannot be measured: %s", sst_status_text(status));
    return false;
  }
  sst_machine_peaks_t &peaks = best[item.variant].emplace(item.threads, now).first->second;
  peaks.flops = std::max(peaks.flops, now.flops);
  for (int level = 0; level < SST_LEVEL_COUNT; ++level)
    peaks.read[level] = std::max(peaks.read[level], now.read[level]);
  return true;
}

} // namespace sst
