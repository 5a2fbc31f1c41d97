/*
 * sst-run.cpp - runs a compiled model over a file and compares what comes out.
 */
#include "Options.h"
#include "Print.h"
#include "Run.h"
#include "common/Process.h"

/// Prints all problems and frees them; returns `code`.
static int stop(sst_report_t &report, int code) {
  sst_report_print(&report, stderr, "sst-run: error: ");
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

int main(int argc, char **argv) {
  sst::prepareProcess("sst-run");
  sst_report_t report{};
  sst::RunOptions options = sst::parseRunOptions(argc, argv, &report);
  if (sst_report_count(&report) > 0)
    return stop(report, 2);
  if (options.help || options.version) {
    options.help ? std::fputs(sst::runHelpText, stdout) : std::printf("sst-run %s\n", sst_runtime_version());
    return finish(report, 0);
  }
  sst::RunResult result;
  if (!sst::runModel(options, result, &report))
    return stop(report, 1);
  if (!options.output.empty() && !sst::writeOutput(options, result, &report))
    return stop(report, 1);
  options.json ? sst::printJson(stdout, options, result) : sst::printText(stdout, options, result);
  if (!result.compared || result.comparison.pass())
    return finish(report, 0);
  sst::reportDifference(options, result, &report);
  return finish(report, 1);
}
