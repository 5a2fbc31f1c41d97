/*
 * Run.cpp - one call after another of a loaded artefact.
 */
#include "Run.h"

#include "common/Team.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace sst {

namespace {

/// An array that frees itself.
struct Array {
  sst_array_t value{};
  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { sst_array_free(&value); }

  std::string shapeText() const {
    char buffer[SST_SHAPE_TEXT_BYTES];
    return sst_shape_text(value.shape, value.rank, buffer);
  }
};

std::string shapeText(const std::vector<size_t> &shape) {
  char buffer[SST_SHAPE_TEXT_BYTES];
  return sst_shape_text(shape.data(), uint32_t(shape.size()), buffer);
}

/// One run in the making.
struct Runner {
  const RunOptions &options;
  RunResult &result;
  sst_report_t *report;
  Array input, want;
  std::unique_ptr<Team> team; ///< of several threads
  std::unique_ptr<void, MemoryDeleter> workspace;
  size_t workspaceBytes = 0;
  std::vector<uint64_t> ticks; ///< of one call, as sst_call_t::profile

  bool fail(sst_status_t status, const std::string &what) {
    sst_report_add(report, status, "%s", what.c_str());
    return false;
  }

  const sst_artefact_t *functions() const { return result.artefact.functions(); }

  bool checkInput();
  bool checkWant();
  bool startThreads();
  bool allocate();
  bool call(float *output, size_t threads);
  bool sameBits(const float *output);
  bool time();
  void compare();
};

bool Runner::checkInput() {
  const sst_array_t &array = input.value;
  if (array.rank < 2 || array.rank > 3 || array.elements == 0)
    return fail(SST_STATUS_INVALID_ARGUMENT,
                options.input + ": expects the input to be [batch, rows, embed_dim] or [rows, embed_dim], but got " +
                    input.shapeText());
  result.batch = array.rank == 3 ? array.shape[0] : 1;
  result.rows = array.shape[array.rank - 2];
  if (array.shape[array.rank - 1] != result.artefact.info.embed_dim)
    return fail(SST_STATUS_INVALID_ARGUMENT, options.input + ": expects the last dimension of the input to be " +
                                                 std::to_string(result.artefact.info.embed_dim) +
                                                 " (embed_dim), but got " + input.shapeText());
  if (options.sequence)
    result.shape = {result.batch, result.rows, result.artefact.info.hidden_size};
  else
    result.shape = {result.batch, result.artefact.info.hidden_size};
  return true;
}

/// Finds out which rows of the output the expected tensor has.
bool Runner::checkWant() {
  std::vector<size_t> shape(want.value.shape, want.value.shape + want.value.rank);
  std::vector<size_t> lastRows = {result.batch, result.artefact.info.hidden_size};
  // A batch of 1 may be left out.
  auto is = [&](std::vector<size_t> expected) {
    return shape == expected ||
           (result.batch == 1 && shape == std::vector<size_t>(expected.begin() + 1, expected.end()));
  };
  result.compared = true;
  if (is(result.shape)) {
    result.comparedShape = result.shape;
    return true;
  }
  if (options.sequence && is(lastRows)) {
    result.comparedLastRows = true;
    result.comparedShape = lastRows;
    return true;
  }
  return fail(SST_STATUS_INVALID_ARGUMENT,
              options.compare + ": expects the tensor to compare with to be " + shapeText(result.shape) +
                  (options.sequence ? " or " + shapeText(lastRows) : std::string()) + ", but got " + want.shapeText());
}

bool Runner::startThreads() {
  sst_error_t error;
  if (!options.pin.empty() && sst_thread_pin(options.pin[0], &error) != SST_STATUS_OK) {
    sst_report_add_error(report, &error);
    return false;
  }
  if (options.threads > 1)
    team = Team::create(options.threads, options.pin, report);
  return options.threads == 1 || team;
}

bool Runner::allocate() {
  sst_status_t status = functions()->workspace_bytes(result.batch, result.rows, options.threads, &workspaceBytes);
  if (status != SST_STATUS_OK)
    return fail(status, options.artefact + ": no workspace for this input: " + sst_status_text(status));
  size_t outputBytes = sizeof(float);
  for (size_t size : result.shape)
    if (!sst_mul_size(outputBytes, size, &outputBytes))
      return fail(SST_STATUS_SIZE_OVERFLOW, options.input + ": the output would be too large");
  workspace = allocateAligned(workspaceBytes);
  result.output.reset(static_cast<float *>(std::malloc(outputBytes)));
  if (!workspace || !result.output)
    return fail(SST_STATUS_OUT_OF_MEMORY, options.artefact + ": no memory for " + std::to_string(workspaceBytes) +
                                              " bytes of workspace and " + std::to_string(outputBytes) +
                                              " bytes of output");
  return true;
}

bool Runner::call(float *output, size_t threads) {
  sst_call_t call{};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.variant = result.variant;
  call.flags = SST_CALL_VARIANT_CHECKED;
  call.batch = result.batch;
  call.rows = result.rows;
  call.input = input.value.data;
  call.output = output;
  call.workspace = workspace.get();
  call.workspace_bytes = workspaceBytes;
  call.threads = threads;
  if (team) {
    call.parallel = team->hook();
    call.parallel_context = team->context();
  }
  if (!ticks.empty()) {
    std::fill(ticks.begin(), ticks.end(), 0);
    call.profile = ticks.data();
    call.profile_count = ticks.size();
  }
  sst_status_t status = (options.sequence ? functions()->sequence : functions()->window)(&call);
  return status == SST_STATUS_OK || fail(status, options.artefact + ": the call fails: " + sst_status_text(status));
}

/// Checks that a result is that of the first call.
bool Runner::sameBits(const float *output) {
  size_t bytes = sizeof(float);
  for (size_t size : result.shape)
    bytes *= size;
  // The same input gives the same bits: anything else is a fault of the artefact or the machine.
  if (std::memcmp(output, result.output.get(), bytes) != 0)
    return fail(SST_STATUS_CORRUPT,
                options.artefact + ": two runs over the same input differ; the artefact or this machine is faulty");
  return true;
}

bool Runner::time() {
  using Clock = std::chrono::steady_clock;
  size_t bytes = sizeof(float);
  for (size_t size : result.shape)
    bytes *= size;
  std::unique_ptr<float, MemoryDeleter> again(static_cast<float *>(std::malloc(bytes)));
  if (!again)
    return fail(SST_STATUS_OUT_OF_MEMORY, options.artefact + ": no memory for the output");
  // The first call is of one thread: so the others are compared with that.
  if (!call(result.output.get(), 1) || (options.threads > 1 && !call(again.get(), options.threads)) ||
      (options.threads > 1 && !sameBits(again.get())))
    return false;
  Profile &profile = result.profile;
  if (options.profile)
    ticks.resize(profile.begin(result.artefact.info, options.sequence, options.threads));
  for (size_t i = 0; i < options.repeat; ++i) {
    Clock::time_point start = Clock::now();
    if (!call(again.get(), options.threads))
      return false;
    result.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    if (!sameBits(again.get()))
      return false;
    if (options.profile)
      profile.add(ticks);
  }
  std::sort(result.milliseconds.begin(), result.milliseconds.end());
  if (options.profile) {
    sst_machine_peaks_t peaks;
    sst_status_t status = sst_measure_peaks(options.threads, options.pin.empty() ? nullptr : options.pin.data() + 1,
                                            result.variant, &peaks);
    if (status != SST_STATUS_OK)
      return fail(status, std::string("--profile: this machine's peak cannot be measured: ") + sst_status_text(status));
    profile.end(peaks, result.batch, result.rows, result.artefact.info.weights_bytes);
  }
  return true;
}

void Runner::compare() {
  size_t width = result.artefact.info.hidden_size;
  Rows got{result.output.get(), result.batch * (options.sequence ? result.rows : 1), width, width};
  if (result.comparedLastRows)
    got = {got.data + (result.rows - 1) * width, result.batch, width, result.rows * width};
  result.comparison = compareRows(got, want.value.data, options.atol, options.rtol);
}

} // namespace

bool runModel(const RunOptions &options, RunResult &result, sst_report_t *report) {
  Runner runner{options, result, report, {}, {}, {}, {}, 0, {}};
  // All three files are read before giving up, so that one report has the problems of each.
  bool good = loadArtefact(options.artefact, result.artefact, report);
  if (good) {
    result.variant = chooseVariant(result.artefact, options.variant, report);
    good = result.variant != SST_VARIANT_AUTO;
  }
  good &= sst_array_load(options.input.c_str(), "input.state_sequence", &runner.input.value, report) == SST_STATUS_OK;
  if (!options.compare.empty())
    good &= sst_array_load(options.compare.c_str(), "output", &runner.want.value, report) == SST_STATUS_OK;
  if (!good || !runner.checkInput())
    return false;
  if (!options.compare.empty() && !runner.checkWant())
    return false;
  if (!runner.startThreads() || !runner.allocate() || !runner.time())
    return false;
  if (!options.compare.empty())
    runner.compare();
  return true;
}

bool writeOutput(const RunOptions &options, const RunResult &result, sst_report_t *report) {
  sst_tensor_t tensor{};
  tensor.name = "output";
  tensor.dtype = SST_DTYPE_F32;
  tensor.rank = uint32_t(result.shape.size());
  tensor.elements = 1;
  for (size_t i = 0; i < result.shape.size(); ++i) {
    tensor.shape[i] = result.shape[i];
    tensor.elements *= result.shape[i];
  }
  tensor.bytes = tensor.elements * sizeof(float);
  tensor.data = result.output.get();
  sst_error_t error;
  sst_status_t status;
  const std::string ending = ".safetensors";
  bool isSafetensors = options.output.size() > ending.size() &&
                       options.output.compare(options.output.size() - ending.size(), ending.size(), ending) == 0;
  if (isSafetensors) {
    sst_metadata_t metadata[] = {{"name", result.artefact.info.name},
                                 {"mode", options.sequence ? "sequence" : "window"}};
    status = sst_safetensors_write(options.output.c_str(), &tensor, 1, metadata, 2, &error);
  } else {
    status = sst_npy_write(options.output.c_str(), &tensor, &error);
  }
  if (status != SST_STATUS_OK)
    sst_report_add_error(report, &error);
  return status == SST_STATUS_OK;
}

} // namespace sst
