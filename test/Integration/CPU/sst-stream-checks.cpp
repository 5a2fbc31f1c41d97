// A compiled model's streams against its own `sequence`, bit for bit: rows in random pieces, on random threads and CPU
// variants, in random company, with snapshots, forks, rollbacks and ahead of time.
//
// Usage: sst-stream-checks ARTEFACT.so [--seed=N] [--splits=N] [--steps=N]      last line: "N passed, N failed"
//
// Every buffer of a call lies between two pages that nobody may touch. `--steps` instead makes so many steps where
// every system call ends the process.
#include "Guarded.h"
#include "StreamChecks.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sst;

/// Many steps in a process that may do nothing but compute; by its exit code.
static void checkSteps(const CompiledModel &model, size_t count) {
  size_t bytes = 0;
  model.functions->workspace_bytes(1, 1, 1, &bytes);
  Guarded state(model.info.state_bytes), input(model.embed() * sizeof(float)), output(model.hidden() * sizeof(float)),
      workspace(bytes);
  std::fill_n(input.as<float>(), model.embed(), 0.5f);
  void *addresses[] = {state.as<void>()};
  sst_call_t call = model.makeCall(1, 1, input.as<float>(), output.as<float>());
  call.states = addresses;
  call.workspace = workspace.as<void>();
  call.workspace_bytes = bytes;
  model.functions->state_init(state.as<void>(), state.bytes());
  std::fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    bool good = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
    for (size_t i = 0; good && i < count; ++i) {
      if (i == 0 || (model.info.attention_window == 0 && i % model.info.max_rows == 0))
        good = model.functions->state_reset(addresses[0]) == SST_STATUS_OK;
      good = good && model.functions->step(&call) == SST_STATUS_OK;
    }
    good = good && state.intact() && input.intact() && output.intact() && workspace.intact();
    syscall(SYS_exit, good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  model.counts.check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                     std::to_string(count) + " steps without a system call, writing only the caller's buffers");
}

int main(int argc, char **argv) {
  const char *path = nullptr;
  size_t seed = 1, splits = 20, steps = 0;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto number = [&](const char *flag, size_t &value) {
      if (argument.rfind(flag, 0) != 0)
        return false;
      value = std::strtoull(argument.c_str() + std::strlen(flag), nullptr, 10);
      return true;
    };
    if (!number("--seed=", seed) && !number("--splits=", splits) && !number("--steps=", steps))
      path = argv[i];
  }
  sst_model_t *loaded = nullptr;
  sst_error_t error = {};
  if (!path || sst_model_load(path, &loaded, &error) != SST_STATUS_OK) {
    std::fprintf(stderr, "sst-stream-checks: error: %s\n", path ? error.message : "expects the name of an artefact");
    return 2;
  }
  CheckCounts counts;
  {
    CompiledModel model(loaded);
    if (!model.isUsable()) {
      std::fputs("sst-stream-checks: error: this CPU runs no variant of the artefact\n", stderr);
      return 2;
    }
    if (steps > 0)
      checkSteps(model, steps);
    for (size_t i = 0; steps == 0 && i < splits; ++i)
      checkStreams(model, seed * 1000 + i);
    counts = model.counts;
  }
  sst_model_unload(loaded);
  for (const std::string &failure : counts.failures)
    std::printf("FAILED: %s\n", failure.c_str());
  std::printf("%zu passed, %zu failed\n", counts.passed, counts.failed);
  return counts.failed != 0 || counts.passed == 0;
}
