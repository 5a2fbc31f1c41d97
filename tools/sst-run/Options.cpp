/*
 * Options.cpp - a table of options over common/Arguments.h.
 */
#include "Options.h"

#include "common/Arguments.h"

namespace sst {

const char runHelpText[] = R"(Usage: sst-run ARTEFACT.so --input FILE[:tensor] [options]

Runs a model that sst-compile --emit=shared made, and compares what it computes.
FILE is a safetensors or a .npy file.

  --input FILE[:tensor]    input [batch, rows, embed_dim], or [rows, embed_dim] for a batch of 1;
                           in a safetensors file 'input.state_sequence' unless a tensor is named
  --mode=MODE              window (the default): the last row of each sequence; sequence: every row;
                           the last row of streams that get the rows in pieces (prefill), one by
                           one (step), or all but the last one ahead of time (ahead)
  --chunks=7,1,30          prefill, ahead, sequence: sizes of the pieces, the last one repeated
                           (default: one piece; sequence then needs no streams)
  --output FILE            write the output to FILE, which ends in .npy or .safetensors
  --compare FILE[:tensor]  compare the output with this tensor ('output' unless one is named);
                           in sequence mode [batch, hidden_size] is compared with the last rows
  --atol=X, --rtol=X       equal means |got - want| <= atol + rtol * |want|  (default 1e-5 each)
  --repeat N               time N runs, after one that is not timed  (default 1); step: each step
                           of them; ahead: only what comes after the last row
  --threads=N              compute on N threads  (default 1)
  --pin=LIST               keep the threads on these CPUs, one for each: 0,2 or 0-3
  --drift                  run sequence, and say how far each of its rows is from what window
                           gives over the last window_size rows
  --profile                print where the time goes, beside what this machine could do at best
  --variant=NAME           auto (the default), x86-64-v3, x86-64-v4 or aarch64
  --json                   print one JSON object
  --help, --version        print this text or the version, and stop

Exit code: 0 done, 1 bad input or the comparison failed, 2 bad usage.
)";

/// Pieces of more rows than this are a slip of the keyboard.
static constexpr size_t maxChunk = size_t(1) << 20;

static void addChunks(Arguments &arguments, RunOptions &options) {
  arguments.value("--chunks", [&](const std::string &text) {
    for (const std::string &part : splitList(text)) {
      size_t size;
      if (parseCount(part, maxChunk, size))
        options.chunks.push_back(size);
      else
        arguments.problem("--chunks: expects integers in [1, " + std::to_string(maxChunk) +
                          "] with commas between them, but got " + quoted(part));
    }
  });
}

/// `knowsMode` becomes false if the mode is none.
static void addOptions(Arguments &arguments, RunOptions &options, bool &knowsMode) {
  arguments.path("--input", options.input);
  arguments.path("--compare", options.compare);
  arguments.value("--output", [&](const std::string &text) {
    if (text.empty())
      arguments.problem("--output: expects the name of a file");
    else if (!endsWith(text, ".npy") && !endsWith(text, ".safetensors") && text.rfind("/dev/", 0) != 0)
      arguments.problem("--output: expects a file name that ends in .npy or .safetensors, but got " + quoted(text));
    options.output = text;
  });
  arguments.value("--mode", [&](const std::string &text) {
    knowsMode = parseMode(text, options.mode);
    if (!knowsMode)
      arguments.problem("--mode: expects window, sequence, prefill, step or ahead, but got " + quoted(text));
  });
  addChunks(arguments, options);
  arguments.notNegative("--atol", options.atol);
  arguments.notNegative("--rtol", options.rtol);
  arguments.count("--repeat", 1000000, options.repeat);
  arguments.count("--threads", SST_MAX_THREADS, options.threads);
  arguments.cpus("--pin", options.pin);
  arguments.value("--variant", [&](const std::string &text) {
    if (!sst_variant_parse(text.c_str(), &options.variant))
      arguments.problem("--variant: expects auto, x86-64-v3, x86-64-v4 or aarch64, but got " + quoted(text));
  });
  arguments.flag("--drift", options.drift);
  arguments.flag("--profile", options.profile);
  arguments.flag("--json", options.json);
  arguments.flag("--help", options.help);
  arguments.flag("-h", options.help);
  arguments.flag("--version", options.version);
}

RunOptions parseRunOptions(int argc, char **argv, sst_report_t *report) {
  RunOptions options;
  Arguments arguments("sst-run", report);
  bool knowsMode = true;
  addOptions(arguments, options, knowsMode);
  arguments.parse(argc, argv, [&](const std::string &argument) {
    if (options.artefact.empty() && !argument.empty())
      options.artefact = argument;
    else
      arguments.problem("expects one artefact, but got also " + quoted(argument));
  });
  if (options.help || options.version)
    return options;
  if (options.artefact.empty())
    arguments.problem("expects the name of an artefact (made by sst-compile --emit=shared)");
  if (!arguments.given("--input"))
    arguments.problem("--input is missing");
  if (options.drift && !arguments.given("--mode"))
    options.mode = Mode::Sequence;
  if (knowsMode && options.drift && options.mode != Mode::Sequence)
    arguments.problem(std::string("--drift: expects --mode=sequence, but the mode is ") + modeName(options.mode));
  if (knowsMode && arguments.given("--chunks") && (options.mode == Mode::Window || options.mode == Mode::Step))
    arguments.problem(std::string("--chunks: expects --mode=prefill, ahead or sequence, but the mode is ") +
                      modeName(options.mode));
  if (!options.pin.empty() && options.pin.size() != options.threads)
    arguments.problem("--pin: expects a CPU for each thread, " + std::to_string(options.threads) + ", but got " +
                      std::to_string(options.pin.size()));
  return options;
}

} // namespace sst
