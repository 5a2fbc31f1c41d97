/*
 * peer_cpu.cpp - a hand-written forward pass on the products of one library.
 *
 *   peer-onednn --weights=W.safetensors --input=X.npy --output=Y.npy [--threads=N] [--seconds=S]
 *               [--last-only | --step]
 *
 * With --step the call that is timed computes the last row of a stream that has all other rows of the input.
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
                   {"--last-only", "0"},
                   {"--step", "0"}});
  const int threads = int(options.number("--threads"));
  startLibrary(threads);
  Model model(options.text("--weights"), options.text("--last-only") == "1");
  Input input = loadInput(options.text("--input"));
  if (input.channels != model.embed)
    fail("the input has " + std::to_string(input.channels) + " channels, the model " + std::to_string(model.embed));
  const bool step = options.text("--step") == "1";
  if (step && (input.batch > 1 || model.lastOnly))
    fail("--step: expects one sequence, and no --last-only");
  const int past = step ? input.rows - 1 : 0;
  Forward forward(model, input.batch, input.rows - past, threads, past);
  std::vector<float> output(size_t(input.batch) * model.hidden);
  for (int row = 0; row < past; ++row) {
    forward.run(input.data + size_t(row) * input.channels, output.data());
    forward.advance();
  }
  const float *rows = input.data + size_t(past) * input.channels;
  auto run = [&] { forward.run(rows, output.data()); };
  run();
  writeOutput(options.text("--output"), output.data(), input.batch, model.hidden);
  measure(run, options.number("--seconds"), {{"library", "\"" + libraryName() + "\""}});
}
