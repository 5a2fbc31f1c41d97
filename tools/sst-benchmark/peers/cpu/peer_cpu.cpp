/*
 * peer_cpu.cpp - a hand-written forward pass on the products of one library.
 *
 *   peer-onednn --weights=W.safetensors --input=X.npy --output=Y.npy [--threads=N] [--seconds=S] [--last-only]
 */
#include "Forward.h"
#include "Harness.h"

using namespace peers;

int main(int argc, char **argv) {
  Options options(argc, argv,
                  {{"--weights", ""},
                   {"--input", ""},
                   {"--output", ""},
                   {"--threads", "1"},
                   {"--seconds", "1"},
                   {"--last-only", "0"}});
  const int threads = int(options.number("--threads"));
  startLibrary(threads);
  Model model(options.text("--weights"), options.text("--last-only") == "1");
  Input input = loadInput(options.text("--input"));
  if (input.channels != model.embed)
    fail("the input has " + std::to_string(input.channels) + " channels, the model " + std::to_string(model.embed));
  Forward forward(model, input.batch, input.rows, threads);
  std::vector<float> output(size_t(input.batch) * model.hidden);
  auto run = [&] { forward.run(input.data, output.data()); };
  run();
  writeOutput(options.text("--output"), output.data(), input.batch, model.hidden);
  measure(run, options.number("--seconds"), {{"library", "\"" + libraryName() + "\""}});
}
