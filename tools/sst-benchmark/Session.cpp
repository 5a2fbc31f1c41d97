/*
 * Session.cpp - one Google Benchmark for each combination. It calls the function below with a number of iterations that
 * grows until the calls take long enough, and then repeats it with that number; the calls of these last rounds count.
 */
#include "Session.h"

#include <benchmark/benchmark.h>

#include <unistd.h>

namespace sst {

namespace {

/// How often the timed calls of a combination are repeated, with the peaks of the machine measured in between.
constexpr int repetitions = 3;

struct Session {
  const BenchmarkOptions &options;
  Machine &machine;
  std::vector<Measurement> &results;
  sst_report_t *report;
  std::unique_ptr<Measurer> current; ///< of the combination that runs
  bool failed = false;
  size_t iterations = 0;          ///< of the last round
  const Case *measured = nullptr; ///< whose peaks were measured last

  void run(benchmark::State &state, const Case &item);
  bool start(const Case &item);
  bool measure(const Case &item);
  bool profile();
  void finish();
};

/// Before the first round of a combination.
bool Session::start(const Case &item) {
  if (isatty(STDERR_FILENO))
    std::fprintf(stderr, "\r\x1b[K%s", item.name().c_str());
  iterations = 0;
  current = std::make_unique<Measurer>(item, machine.team(item.threads), report);
  // The measurement at the end of one combination serves the next one too.
  bool fresh = measured && measured->variant == item.variant && measured->threads == item.threads;
  return current->prepare() && (fresh || measure(item));
}

bool Session::measure(const Case &item) {
  measured = &item;
  return machine.measure(item, report);
}

void Session::run(benchmark::State &state, const Case &item) {
  failed = failed || !(current || start(item));
  size_t count = size_t(state.max_iterations);
  bool again = count == iterations;
  failed = failed || !current->beginRound(count, again);
  iterations = count;
  if (failed) {
    state.SkipWithError("stopped");
    return;
  }
  double total = 0;
  for (auto _ : state) {
    double seconds = 0;
    if (!current->timedCall(seconds)) {
      failed = true;
      state.SkipWithError("stopped");
      break;
    }
    state.SetIterationTime(seconds);
    total += seconds;
  }
  current->endRound();
  // Shorter rounds only serve to find out how many calls to make.
  if (again || total >= options.minTime / repetitions)
    failed = failed || !measure(item);
}

bool Session::profile() { return current->profileOps(options.minTime / 2, machine.peaks(current->result().item)); }

/// After the last round of a combination.
void Session::finish() {
  failed = failed || (options.phases && !profile());
  failed = failed || !current->finish();
  if (!failed)
    results.push_back(current->result());
  current.reset();
}

/// Google Benchmark reports to this once all rounds of a combination are done.
class Reporter : public benchmark::BenchmarkReporter {
public:
  explicit Reporter(Session &session) : session(session) {}
  bool ReportContext(const Context &) override { return true; }
  void ReportRuns(const std::vector<Run> &) override {
    // A second report of the same combination has the means of its rounds.
    if (session.current)
      session.finish();
  }
  void Finalize() override {
    if (isatty(STDERR_FILENO))
      std::fputs("\r\x1b[K", stderr);
  }

private:
  Session &session;
};

} // namespace

bool runCases(const BenchmarkOptions &options, const std::vector<Case> &cases, Machine &machine,
              std::vector<Measurement> &results, sst_report_t *report) {
  Session session{options, machine, results, report, nullptr};
  // The first one reads Google Benchmark's own code into memory, so that this is no page fault of a model.
  benchmark::RegisterBenchmark("warm-up",
                               [](benchmark::State &state) {
                                 for (auto _ : state)
                                   state.SetIterationTime(1e-6);
                               })
      ->UseManualTime()
      ->Iterations(2);
  for (const Case &item : cases)
    benchmark::RegisterBenchmark(item.name().c_str(),
                                 [&session, &item](benchmark::State &state) { session.run(state, item); })
        ->UseManualTime()
        ->MinTime(options.minTime / repetitions)
        ->Repetitions(repetitions);
  Reporter reporter(session);
  benchmark::RunSpecifiedBenchmarks(&reporter, ".");
  benchmark::ClearRegisteredBenchmarks();
  return !session.failed;
}

} // namespace sst
