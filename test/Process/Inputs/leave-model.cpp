// An exception of the caller's threads leaves the calls of sst::Model.
#include "policy.h"
#include "sst/Runtime/Model.hpp"

#include <cstdio>
#include <stdexcept>
#include <vector>

static void throwing(void *, size_t, sst_task_fn, void *) { throw std::runtime_error("no threads"); }

int main() {
  sst::Model model(policy_artefact);
  auto workspace = model.makeWorkspace({1, 20}, {2, throwing, nullptr});
  auto stream = model.makeStream();
  std::vector<float> input(20 * POLICY_EMBED_DIM), output(POLICY_HIDDEN_SIZE);
  int caught = 0;
  try {
    (void)model.window(*workspace, {1, 20}, input, output);
  } catch (const std::exception &) {
    ++caught;
  }
  try {
    (void)model.prefill(*workspace, *stream, 20, input, output);
  } catch (const std::exception &) {
    ++caught;
  }
  std::printf("%d of 2 exceptions passed\n", caught);
  return caught != 2 || stream->reset() != SST_STATUS_OK;
}
