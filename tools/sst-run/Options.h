/*
 * Options.h - the command line of sst-run. Nothing is opened or loaded here.
 */
#ifndef SST_TOOLS_SST_RUN_OPTIONS_H
#define SST_TOOLS_SST_RUN_OPTIONS_H

#include "common/Mode.h"

#include "sst/Runtime/sst_runtime.h"

#include <string>
#include <vector>

namespace sst {

struct RunOptions {
  std::string artefact; ///< path of the shared artefact
  std::string input;    ///< FILE or FILE:tensor
  std::string compare;  ///< FILE or FILE:tensor; empty: do not compare
  std::string output;   ///< path ending in .npy or .safetensors; empty: write none
  Mode mode = Mode::Window;
  std::vector<size_t> chunks; ///< sizes of the pieces of a stream, the last one repeated; empty: one piece
  sst_variant_t variant = SST_VARIANT_AUTO;
  double atol = 1e-5, rtol = 1e-5;
  size_t repeat = 1; ///< timed runs
  size_t threads = 1;
  std::vector<uint32_t> pin; ///< a CPU for each thread; empty: wherever the system puts them
  bool drift = false;        ///< the mode is Sequence
  bool profile = false;
  bool json = false;
  bool help = false, version = false;

  /// Whether the rows go to streams, which have a state.
  bool needsStreams() const { return mode != Mode::Window && (mode != Mode::Sequence || !chunks.empty()); }
};

/// Text that --help prints.
extern const char runHelpText[];

/// Reads the command line. Adds every problem in it to `report`, so that a caller checks the report's count; `options`
/// is then what could be understood. With --help or --version nothing else is required.
RunOptions parseRunOptions(int argc, char **argv, sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_RUN_OPTIONS_H
