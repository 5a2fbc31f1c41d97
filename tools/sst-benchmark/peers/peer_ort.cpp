/*
 * peer_ort.cpp - runs an ONNX graph with ONNX Runtime.
 *
 *   peer-ort --library=libonnxruntime.so.1 --model=M.onnx --input=X.npy --output=Y.npy [--threads=N] [--seconds=S]
 *
 * The C interface of ONNX Runtime is a table of functions whose order never changes; those needed here are taken by
 * their position, so that no header of the runtime has to be installed.
 */
#include "Harness.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

using namespace peers;

namespace {

enum Function {
  GetErrorMessage = 2,
  CreateEnv = 3,
  CreateSession = 7,
  Run = 9,
  CreateSessionOptions = 10,
  SetGraphOptimizationLevel = 23,
  SetIntraOpNumThreads = 24,
  SetInterOpNumThreads = 25,
  CreateTensorWithData = 49,
  GetTensorMutableData = 51,
  CreateCpuMemoryInfo = 69,
  ReleaseValue = 96,
  AddSessionConfigEntry = 130,
};
constexpr int apiVersion = 16, logErrors = 3, optimizeAll = 99, typeFloat = 1;

void **table = nullptr;

template <typename... Arguments>
void call(Function function, Arguments... arguments) {
  auto pointer = reinterpret_cast<void *(*)(Arguments...)>(table[function]);
  if (void *status = pointer(arguments...))
    fail(reinterpret_cast<const char *(*)(void *)>(table[GetErrorMessage])(status));
}

struct Base {
  void **(*api)(uint32_t version);
  const char *(*version)();
};

const char *loadLibrary(const std::string &path) {
  void *library = dlopen(path.c_str(), RTLD_NOW);
  if (!library)
    fail(dlerror());
  auto base = reinterpret_cast<const Base *(*)()>(dlsym(library, "OrtGetApiBase"));
  if (!base || !(table = base()->api(apiVersion)))
    fail(path + ": not an ONNX Runtime with version " + std::to_string(apiVersion) + " of its interface");
  return base()->version();
}

void *createSession(const std::string &model, int threads) {
  void *environment, *options, *session;
  call(CreateEnv, logErrors, "sst", &environment);
  call(CreateSessionOptions, &options);
  call(SetGraphOptimizationLevel, options, optimizeAll);
  call(SetIntraOpNumThreads, options, threads);
  call(SetInterOpNumThreads, options, 1);
  call(AddSessionConfigEntry, options, "session.set_denormal_as_zero", "1");
  call(CreateSession, environment, model.c_str(), options, &session);
  return session;
}

} // namespace

int main(int argc, char **argv) {
  Options options(argc, argv,
                  {{"--library", ""},
                   {"--model", ""},
                   {"--input", ""},
                   {"--output", ""},
                   {"--hidden", ""},
                   {"--threads", "1"},
                   {"--seconds", "1"}});
  std::string version = loadLibrary(options.text("--library"));
  void *session = createSession(options.text("--model"), int(options.number("--threads")));
  Input input = loadInput(options.text("--input"));
  int64_t shape[3] = {input.batch, input.rows, input.channels};
  size_t bytes = 4 * size_t(shape[0] * shape[1] * shape[2]);
  void *memory, *value, *result = nullptr;
  call(CreateCpuMemoryInfo, 0, 0, &memory);
  call(CreateTensorWithData, memory, const_cast<float *>(input.data), bytes, &shape[0], size_t(3), typeFloat, &value);
  const char *inputName = "input", *outputName = "output";
  float *data = nullptr;
  auto run = [&] {
    if (result)
      reinterpret_cast<void (*)(void *)>(table[ReleaseValue])(result);
    result = nullptr;
    call(Run, session, nullptr, &inputName, &value, size_t(1), &outputName, size_t(1), &result);
    call(GetTensorMutableData, result, &data);
  };
  run();
  writeOutput(options.text("--output"), data, input.batch, size_t(options.number("--hidden")));
  measure(run, options.number("--seconds"), {{"library", "\"ONNX Runtime " + version + "\""}});
  std::_Exit(0); // without the runtime's own end, which takes longer than the measurement
}
