/*
 * peer_ort.cpp - runs an ONNX graph with ONNX Runtime.
 *
 *   peer-ort --library=libonnxruntime.so.1 --model=M.onnx --input=X.npy --output=Y.npy [--threads=N] [--seconds=S]
 *            [--step]
 *
 * With --step the graph is a step of a stream (make_onnx.py --step). It takes all rows of the input; what is timed is
 * the last one.
 *
 * The C interface of ONNX Runtime is a table of functions whose order never changes; those needed here are taken by
 * their position, so that no header of the runtime has to be installed.
 */
#include "Harness.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <vector>

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
  GetInputCount = 30,
  GetInputTypeInfo = 33,
  GetInputName = 36,
  GetOutputName = 37,
  CreateTensorWithData = 49,
  GetTensorMutableData = 51,
  CastTypeInfoToTensorInfo = 55,
  GetDimensionsCount = 61,
  GetDimensions = 62,
  CreateCpuMemoryInfo = 69,
  GetAllocator = 78,
  ReleaseValue = 96,
  AddSessionConfigEntry = 130,
};
constexpr int apiVersion = 16, logErrors = 3, optimizeAll = 99, typeFloat = 1, typeInt32 = 6;

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

using Shape = std::vector<int64_t>;

size_t elements(const Shape &shape) {
  size_t count = 1;
  for (int64_t size : shape)
    count *= size_t(size);
  return count;
}

/// A tensor over `data`.
void *wrap(void *data, const Shape &shape, int type) {
  void *memory, *value;
  call(CreateCpuMemoryInfo, 0, 0, &memory);
  call(CreateTensorWithData, memory, data, 4 * elements(shape), shape.data(), shape.size(), type, &value);
  return value;
}

/// A call over all rows; the runtime allocates the output.
class Window {
public:
  Window(void *session, const Input &input) : session(session) {
    value = wrap(const_cast<float *>(input.data), {input.batch, input.rows, input.channels}, typeFloat);
  }

  const float *run() {
    if (result)
      reinterpret_cast<void (*)(void *)>(table[ReleaseValue])(result);
    result = nullptr;
    const char *inputName = "input", *outputName = "output";
    float *data;
    call(Run, session, nullptr, &inputName, &value, size_t(1), &outputName, size_t(1), &result);
    call(GetTensorMutableData, result, &data);
    return data;
  }

private:
  void *session, *value, *result = nullptr;
};

/// A step of a stream, with all tensors in memory of its own. The first two inputs are the new row and the position.
class Step {
public:
  Step(void *session, int channels, int hidden) : session(session), row(channels), output(hidden) {
    size_t count;
    call(GetInputCount, session, &count);
    call(GetAllocator, &allocator);
    for (size_t i = 0; i < count; ++i)
      inputNames.push_back(name(GetInputName, i));
    for (size_t i = 0; i + 1 < count; ++i)
      outputNames.push_back(name(GetOutputName, i));
    for (int turn : {0, 1}) {
      inputs[turn] = {wrap(row.data(), {1, 1, channels}, typeFloat), wrap(&position, {1}, typeInt32)};
      outputs[turn] = {wrap(output.data(), {1, hidden}, typeFloat)};
    }
    for (size_t i = 2; i < count; ++i)
      addState(i);
  }

  const float *run(const float *input) {
    std::copy(input, input + row.size(), row.begin());
    call(Run, session, nullptr, inputNames.data(), inputs[turn].data(), inputs[turn].size(), outputNames.data(),
         outputNames.size(), outputs[turn].data());
    return output.data();
  }

  /// Makes the row of the last call part of the stream.
  void advance() {
    turn = 1 - turn;
    ++position;
  }

private:
  const char *name(Function function, size_t index) {
    char *text;
    call(function, session, index, allocator, &text);
    return text;
  }

  Shape shape(size_t input) {
    void *type;
    const void *tensor;
    size_t rank;
    call(GetInputTypeInfo, session, input, &type);
    call(CastTypeInfoToTensorInfo, type, &tensor);
    call(GetDimensionsCount, tensor, &rank);
    Shape sizes(rank);
    call(GetDimensions, tensor, sizes.data(), rank);
    return sizes;
  }

  /// Two tensors, of which each call reads one and writes the other, or a single one that grows.
  void addState(size_t input) {
    const Shape sizes = shape(input);
    const bool grows = std::string(outputNames[input - 1]) == std::string(inputNames[input]) + "_grown";
    void *first = std::calloc(elements(sizes), 4);
    void *second = grows ? first : std::calloc(elements(sizes), 4);
    inputs[0].push_back(wrap(first, sizes, typeFloat));
    outputs[0].push_back(wrap(second, sizes, typeFloat));
    inputs[1].push_back(wrap(second, sizes, typeFloat));
    outputs[1].push_back(wrap(first, sizes, typeFloat));
  }

  void *session, *allocator = nullptr;
  std::vector<float> row, output;
  int32_t position = 0;
  int turn = 0;
  std::vector<const char *> inputNames, outputNames;
  std::vector<void *> inputs[2], outputs[2];
};

} // namespace

int main(int argc, char **argv) {
  Options options(argc, argv,
                  {{"--library", ""},
                   {"--model", ""},
                   {"--input", ""},
                   {"--output", ""},
                   {"--hidden", ""},
                   {"--threads", "1"},
                   {"--seconds", "1"},
                   {"--step", "0"}});
  std::string version = loadLibrary(options.text("--library"));
  void *session = createSession(options.text("--model"), int(options.number("--threads")));
  Input input = loadInput(options.text("--input"));
  const int hidden = int(options.number("--hidden"));
  auto report = [&](auto run) {
    writeOutput(options.text("--output"), run(), input.batch, hidden);
    measure([&] { run(); }, options.number("--seconds"), {{"library", "\"ONNX Runtime " + version + "\""}});
  };
  if (options.text("--step") == "1") {
    if (input.batch > 1)
      fail("--step: expects one sequence");
    Step step(session, input.channels, hidden);
    const float *last = input.data + size_t(input.rows - 1) * input.channels;
    for (const float *row = input.data; row < last; row += input.channels) {
      step.run(row);
      step.advance();
    }
    report([&] { return step.run(last); });
  } else {
    Window window(session, input);
    report([&] { return window.run(); });
  }
  std::_Exit(0); // without the runtime's own end, which takes longer than the measurement
}
