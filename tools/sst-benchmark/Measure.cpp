/*
 * Measure.cpp - what surrounds a call: counters before and after, and nothing else in the timed part.
 */
#include "Measure.h"

#include "AllocationCount.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <sys/resource.h>
#include <xmmintrin.h>

namespace sst {

namespace {

using Clock = std::chrono::steady_clock;

/// Minor and major page faults of the process so far.
uint64_t pageFaultCount() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return uint64_t(usage.ru_minflt) + uint64_t(usage.ru_majflt);
}

/// Normally distributed numbers, the same ones in every run (Box and Muller).
void fillNormal(float *values, size_t count) {
  std::mt19937_64 random(20240229);
  auto uniform = [&random] { return (double(random() >> 11) + 0.5) / 9007199254740992.0; };
  for (size_t i = 0; i < count; ++i)
    values[i] = float(std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()));
}

/// Rounds up, flushes subnormals to zero: what a call must not be impressed by, and must bring back.
constexpr unsigned oddEnvironment = 0x1f80u | 0x8040u | 0x4000u;

} // namespace

Measurer::Measurer(const Case &item, Team &team, sst_report_t *report) : measurement(), team(team), report(report) {
  measurement.item = item;
}

bool Measurer::fail(sst_status_t status, const std::string &what) {
  sst_report_add(report, status, "%s: %s", measurement.item.name().c_str(), what.c_str());
  return false;
}

bool Measurer::allocate() {
  const Case &item = measurement.item;
  size_t inputBytes = item.inputFloats() * sizeof(float);
  outputBytes = item.outputFloats() * sizeof(float);
  item.functions().workspace_bytes(item.batch, item.callRows(), item.threads, &workspaceBytes);
  input = allocateAligned(inputBytes);
  output = allocateAligned(outputBytes);
  reference = allocateAligned(outputBytes);
  workspace = allocateAligned(workspaceBytes);
  if (!input || !output || !reference || !workspace)
    return fail(SST_STATUS_OUT_OF_MEMORY, "no memory for " + std::to_string(inputBytes) + " bytes of input, " +
                                              std::to_string(outputBytes) + " bytes of output and " +
                                              std::to_string(workspaceBytes) + " bytes of workspace");
  fillNormal(static_cast<float *>(input.get()), item.inputFloats());
  std::memset(output.get(), 0xff, outputBytes);
  std::memset(workspace.get(), 0xff, workspaceBytes);
  measurement.memoryBytes =
      inputBytes / item.rows * item.callRows() + outputBytes + workspaceBytes + item.info().weights_bytes;
  if (!item.streams())
    return true;
  if (!streams.allocate(measurement.item))
    return fail(SST_STATUS_OUT_OF_MEMORY,
                "no memory for states of " + std::to_string(item.info().state_bytes) + " bytes");
  measurement.memoryBytes += streams.usedBytes();
  return true;
}

/// What comes before each call and is not timed.
bool Measurer::arrange() {
  if (!measurement.item.streams())
    return true;
  std::string problem = streams.arrange(call, static_cast<const float *>(input.get()));
  return problem.empty() || fail(SST_STATUS_CORRUPT, problem);
}

bool Measurer::run() {
  sst_status_t status = measurement.item.entry()(&call);
  return status == SST_STATUS_OK || fail(status, std::string("the call fails: ") + sst_status_text(status));
}

bool Measurer::sameOutput() {
  return std::memcmp(output.get(), reference.get(), outputBytes) == 0 ||
         fail(SST_STATUS_CORRUPT, "two calls over the same input differ; the artefact or this machine is faulty");
}

bool Measurer::prepare() {
  if (!allocate())
    return false;
  const Case &item = measurement.item;
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.variant = item.variant;
  call.flags = SST_CALL_VARIANT_CHECKED;
  call.batch = item.batch;
  call.rows = item.callRows();
  call.input = static_cast<const float *>(input.get()) + item.inputFloats() / item.rows * (item.rows - call.rows);
  call.states = item.streams() ? streams.states() : nullptr;
  call.output = static_cast<float *>(output.get());
  call.workspace = workspace.get();
  call.workspace_bytes = workspaceBytes;
  call.threads = item.threads;
  call.parallel = item.threads > 1 ? team.hook() : nullptr;
  call.parallel_context = item.threads > 1 ? team.context() : nullptr;
  if (!arrange() || !run())
    return false;
  std::memcpy(reference.get(), output.get(), outputBytes);
  return checkEnvironment();
}

/// Whether a call has brought back the floating-point environment. With several threads the caller's own hook runs too,
/// whose arithmetic may raise flags: then only what influences results counts.
bool Measurer::sameEnvironment(unsigned before, unsigned after) const {
  constexpr unsigned flags = 0x3f;
  return measurement.item.threads > 1 ? (before & ~flags) == (after & ~flags) : before == after;
}

bool Measurer::checkEnvironment() {
  if (!arrange())
    return false;
  unsigned before = _mm_getcsr();
  _mm_setcsr(oddEnvironment);
  bool good = run();
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  if (!good)
    return false;
  if (!sameEnvironment(oddEnvironment, after))
    return fail(SST_STATUS_CORRUPT, "the call does not restore the floating-point environment");
  return sameOutput();
}

bool Measurer::beginRound(size_t count, bool keep) {
  std::vector<double> &times = measurement.milliseconds;
  if (!keep) {
    times.clear();
    measurement.pageFaults = 0;
  }
  uint64_t allocations = keep ? measurement.allocations : 0;
  size_t size = times.size();
  // Written once, so that noting a time later does not touch a new page.
  times.resize(size + count);
  times.resize(size);
  // In the way that timed calls go, so that nothing is done for the first time later.
  for (int i = 0; i < 2; ++i) {
    double seconds;
    std::memset(output.get(), 0xff, outputBytes);
    if (!timedCall(seconds))
      return false;
    times.resize(size);
  }
  measurement.allocations = allocations;
  faultsBefore = pageFaultCount();
  return true;
}

void Measurer::endRound() { measurement.pageFaults += pageFaultCount() - faultsBefore; }

bool Measurer::timedCall(double &seconds) {
  Clock::time_point beginning = Clock::now();
  if (!arrange())
    return false;
  uint64_t allocations = allocationCount();
  unsigned environment = _mm_getcsr();
  Clock::time_point start = Clock::now();
  bool good = run();
  Clock::time_point end = Clock::now();
  unsigned after = _mm_getcsr();
  measurement.allocations += allocationCount() - allocations;
  measurement.milliseconds.push_back(std::chrono::duration<double, std::milli>(end - start).count());
  seconds = std::chrono::duration<double>(end - (measurement.item.streams() ? beginning : start)).count();
  if (!good)
    return false;
  if (!sameEnvironment(environment, after))
    return fail(SST_STATUS_CORRUPT, "the call changes the floating-point environment");
  return sameOutput();
}

bool Measurer::profileOps(double seconds, const sst_machine_peaks_t &peaks) {
  const Case &item = measurement.item;
  if (item.function().count == 0)
    return true;
  Profile &profile = measurement.profile;
  std::vector<uint64_t> ticks(profile.begin(item.info(), item.function(), item.threads));
  call.profile = ticks.data();
  call.profile_count = ticks.size();
  bool good = true;
  Clock::time_point end = Clock::now() + std::chrono::microseconds(int64_t(seconds * 1e6));
  constexpr size_t fewest = 3;
  for (size_t i = 0; good && (i < fewest || (i < Profile::mostCalls && Clock::now() < end)); ++i) {
    std::fill(ticks.begin(), ticks.end(), 0);
    good = arrange() && run() && sameOutput();
    profile.add(ticks);
  }
  profile.end(peaks, {item.callSize()});
  call.profile = nullptr;
  call.profile_count = 0;
  return good;
}

bool Measurer::finish() {
  const Case &item = measurement.item;
  std::sort(measurement.milliseconds.begin(), measurement.milliseconds.end());
  measurement.hasWork = item.function().count > 0;
  measurement.work = workOf(item.info(), item.function(), item.callSize());
  input.reset(), output.reset(), reference.reset(), workspace.reset();
  streams = Streams();
  if (measurement.allocations != 0)
    return fail(SST_STATUS_CORRUPT, "expects a call to allocate nothing, but " +
                                        std::to_string(measurement.milliseconds.size()) + " calls made " +
                                        std::to_string(measurement.allocations) + " calls of malloc or its like");
  return true;
}

} // namespace sst
