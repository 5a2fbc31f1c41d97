/*
 * sst-benchmark.cpp - how fast compiled models are, and how fast they could be on this machine.
 */
#include "Cases.h"
#include "Print.h"
#include "Session.h"
#include "common/Process.h"

/// Prints all problems and frees them; returns `code`.
static int stop(sst_report_t &report, int code) {
  sst_report_print(&report, stderr, "sst-benchmark: error: ");
  sst_report_free(&report);
  return code;
}

/// Returns `code`, or 1 if standard output could not take all that was printed.
static int finish(sst_report_t &report, int code) {
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    sst_report_add(&report, SST_STATUS_IO_ERROR, "standard output: cannot be written");
    code = 1;
  }
  return stop(report, code);
}

/// Everything but the command line; false if something went wrong, which `report` then says.
static bool benchmarkModels(const sst::BenchmarkOptions &options, sst_report_t &report) {
  std::vector<sst::BenchmarkModel> models;
  if (!sst::loadModels(options, models, &report))
    return false;
  std::vector<sst::Case> cases = sst::makeCases(options, models, &report);
  std::unique_ptr<sst::Machine> machine = sst::Machine::create(options, cases, &report);
  std::vector<sst::Measurement> results;
  if (sst_report_count(&report) > 0 || !sst::runCases(options, cases, *machine, results, &report))
    return false;
  sst::printTable(stdout, *machine, results);
  return options.json.empty() || sst::writeJson(options.json, *machine, results, &report);
}

int main(int argc, char **argv) {
  sst::prepareProcess("sst-benchmark");
  sst_report_t report{};
  sst::BenchmarkOptions options = sst::parseBenchmarkOptions(argc, argv, &report);
  if (sst_report_count(&report) > 0)
    return stop(report, 2);
  if (options.help || options.version) {
    options.help ? std::fputs(sst::benchmarkHelpText, stdout)
                 : std::printf("sst-benchmark %s\n", sst_runtime_version());
    return finish(report, 0);
  }
  return benchmarkModels(options, report) ? finish(report, 0) : stop(report, 1);
}
