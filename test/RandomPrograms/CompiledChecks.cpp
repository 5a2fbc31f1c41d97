//===- CompiledChecks.cpp - compiled code computes what the interpreter does ------------------------------------===//

#include "CompiledChecks.h"

#include "Guarded.h"
#include "StreamChecks.h"

#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Pass/PassManager.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sst;

namespace {
/// A folder that goes with its files.
class TemporaryFolder {
public:
  TemporaryFolder() { failed = static_cast<bool>(llvm::sys::fs::createUniqueDirectory("sst-random-programs", path)); }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }
  std::string file(StringRef name) const { return (path + "/" + name).str(); }

  bool failed;

private:
  llvm::SmallString<128> path;
};

/// The checks of one model.
class CompiledChecks {
public:
  CompiledChecks(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log)
      : program(program), random(seed), sabotage(sabotage), log(log), diagnostics(*program.module.get()->getContext()) {
  }
  void run();

private:
  bool compileModel(StringRef input, StringRef output);
  bool writeModule(StringRef path);
  void checkFunction(const CompiledModel &model, StringRef name);
  std::vector<float> call(const CompiledModel &model, bool isWindow, size_t batch, size_t rows, ArrayRef<float> input,
                          StringRef what);
  void checkAgainstInterpreter(const CompiledModel &model, bool isWindow, ArrayRef<float> input,
                               ArrayRef<float> output);
  void report(StringRef kind, const Twine &what, StringRef text) {
    log.finding(kind, what.str(), text, *program.module);
  }

  const RandomProgram &program;
  Random random;
  CompiledModel::Random callRandom{random.next()};
  const Sabotage &sabotage;
  Log &log;
  DiagnosticText diagnostics;
};
} // namespace

bool CompiledChecks::writeModule(StringRef path) {
  OwningOpRef<ModuleOp> module = program.module.get().clone();
  if (sabotage.compiled)
    breakModule(*module);
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  file << printModuleText(*module);
  file.close();
  return !error && !file.has_error();
}

/// What a report says, on one line.
static std::string getText(const Report &report) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  report.print(stream, "");
  return text;
}

bool CompiledChecks::compileModel(StringRef input, StringRef output) {
  CompileOptions options;
  options.frontend.inputFile = input.str();
  options.compileFrom = Stage::Import;
  options.emit = EmitKind::Shared;
  options.output = output.str();
  options.noHeader = true;
  options.targets = {"x86-64-v3"};
  if (sst_variant_supported(SST_VARIANT_X86_64_V4))
    options.targets.insert(options.targets.begin(), "x86-64-v4");
  Report report;
  log.doing("sst-compile");
  ExitCode code = compile(options, report);
  if (code == ExitCode::Done)
    return true;
  std::string text = getText(report);
  log.count("refused by sst-compile");
  if (code != ExitCode::BadInput || !isKnownRefusal(text))
    this->report("compile", "exit code " + Twine(static_cast<int>(code)), text);
  return false;
}

/// Calls `window` or `sequence`, each buffer with exact ends, on some threads and some variant.
std::vector<float> CompiledChecks::call(const CompiledModel &model, bool isWindow, size_t batch, size_t rows,
                                        ArrayRef<float> input, StringRef what) {
  bool inputAtEnd = random.chance(0.5), outputAtEnd = random.chance(0.5);
  Guarded x(input.size() * sizeof(float), inputAtEnd, sizeof(float));
  Guarded y(batch * (isWindow ? 1 : rows) * model.hidden() * sizeof(float), outputAtEnd, sizeof(float));
  std::memcpy(x.as<float>(), input.data(), x.bytes());
  sst_call_t call = model.makeCall(batch, rows, x.as<float>(), y.as<float>());
  sst_status_t status = model.run(isWindow ? model.functions->window : model.functions->sequence, call, callRandom);
  if (status != SST_STATUS_OK)
    report("run", what, sst_status_text(status));
  if (!x.intact() || !y.intact() || std::memcmp(x.as<float>(), input.data(), x.bytes()) != 0)
    report("run", what, "writes what is not its output");
  return std::vector<float>(y.as<float>(), y.as<float>() + y.bytes() / sizeof(float));
}

/// Rows that `window` computes over: with others in front where the model asks for that.
static HostTensor padRows(const sst_info_t &info, bool isWindow, size_t batch, size_t rows, ArrayRef<float> input) {
  size_t channels = info.embed_dim;
  size_t front = isWindow && info.cold != SST_COLD_SHORT && rows < info.window_size ? info.window_size - rows : 0;
  HostTensor tensor;
  tensor.shape = {static_cast<int64_t>(batch), static_cast<int64_t>(front + rows), static_cast<int64_t>(channels)};
  for (size_t b = 0; b < batch; ++b) {
    const float *own = input.data() + b * rows * channels;
    for (size_t t = 0; t < front; ++t)
      for (size_t c = 0; c < channels; ++c)
        tensor.data.push_back(info.cold == SST_COLD_FIRST ? own[c] : 0);
    tensor.data.insert(tensor.data.end(), own, own + rows * channels);
  }
  return tensor;
}

void CompiledChecks::checkAgainstInterpreter(const CompiledModel &model, bool isWindow, ArrayRef<float> input,
                                             ArrayRef<float> output) {
  StringRef name = isWindow ? "window" : "sequence";
  HostTensor tensor = padRows(model.info, isWindow, program.batch, program.rows, input);
  // A block has its scale in float64, the compiled ops in float32.
  OwningOpRef<ModuleOp> module = program.module.get().clone();
  PassManager expand(module->getContext());
  buildExpandPipeline(expand);
  if (failed(expand.run(*module)))
    return report("refusal", "sst-expand-pipeline", diagnostics.take());
  double largest = 0;
  auto interpret = [&](InterpreterNoise noise) -> std::optional<Outputs> {
    Interpreter interpreter(*module, {}, noise);
    auto results = interpreter.run(name, {tensor}, [&](const ProbePoint &point) {
      for (double value : point.value.data)
        largest = std::max(largest, std::isnan(value) ? 0 : std::fabs(value));
    });
    if (failed(results))
      return std::nullopt;
    results->truncate(1);
    return Outputs{std::move(*results)};
  };
  std::optional<Outputs> want = interpret({});
  if (!want)
    return report("interpreter", name, diagnostics.take());
  if (largest > 1e30) { // beyond what f32 can square
    log.count("too large to compare with the interpreter");
    return;
  }
  Outputs got = *want;
  got[0][0].data.assign(output.begin(), output.end());
  std::string difference = findUnexplained(got, *want, 1e-5, 1e-5, interpret, {kRounding, kRounding, 0});
  if (!difference.empty())
    report("interpreter", name, difference);
}

/// Runs `window` or `sequence` over sequences of some length, alone and together.
void CompiledChecks::checkFunction(const CompiledModel &model, StringRef name) {
  bool isWindow = name == "window";
  size_t batch = program.batch, rows = program.rows, channels = model.embed();
  std::vector<float> input(batch * rows * channels);
  for (float &value : input)
    value = static_cast<float>(random.uniform(-2, 2));
  log.doing("run " + name);
  std::vector<float> output = call(model, isWindow, batch, rows, input, name);
  for (int i = 0; i < 3; ++i)
    if (std::vector<float> again = call(model, isWindow, batch, rows, input, name);
        !hasSameBits(output.data(), again.data(), output.size()))
      report("bits", name, "differ on other threads or another CPU variant");
  size_t one = random.below(batch), perSequence = output.size() / batch;
  std::vector<float> alone =
      call(model, isWindow, 1, rows, ArrayRef(input).slice(one * rows * channels, rows * channels), name);
  if (!hasSameBits(output.data() + one * perSequence, alone.data(), perSequence))
    report("bits", name, "of a sequence alone differ");
  for (size_t length : {size_t(1), size_t(random.between(2, 100))}) {
    std::vector<float> other(length * channels, 0.25f);
    call(model, isWindow, 1, length, other, name);
  }
  log.count("ran " + name.str());
  log.doing("interpret " + name);
  checkAgainstInterpreter(model, isWindow, input, output);
}

void CompiledChecks::run() {
  TemporaryFolder folder;
  std::string input = folder.file("model.mlir"), output = folder.file("model.so");
  if (folder.failed || !writeModule(input))
    return report("system", "", "no temporary file can be written");
  if (!compileModel(input, output))
    return;
  log.count("compiled");
  sst_model_t *loaded = nullptr;
  sst_error_t error = {};
  if (sst_model_load(output.c_str(), &loaded, &error) != SST_STATUS_OK)
    return report("load", "", error.message);
  {
    CompiledModel model(loaded);
    if (!model.isUsable())
      return report("load", "", "this CPU runs no variant of the artefact");
    checkFunction(model, "window");
    checkFunction(model, "sequence");
    if (program.hasStreams) {
      log.doing("run streams");
      for (int i = 0; i < 3; ++i)
        checkStreams(model, random.next());
      log.count("ran streams");
    }
    for (const std::string &failure : model.counts.failures)
      report("streams", "", failure);
  }
  sst_model_unload(loaded);
}

void sst::checkCompiled(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log) {
  CompiledChecks(program, seed, sabotage, log).run();
}
