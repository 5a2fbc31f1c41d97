/*
 * Run.cpp - one call after another of a loaded artefact.
 */
#include "Run.h"

#include "common/Shapes.h"
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

  std::vector<size_t> shape() const { return {value.shape, value.shape + value.rank}; }

  std::string shapeText() const {
    char buffer[SST_SHAPE_TEXT_BYTES];
    return sst_shape_text(value.shape, value.rank, buffer);
  }
};

std::string shapeText(const std::vector<size_t> &shape) {
  char buffer[SST_SHAPE_TEXT_BYTES];
  return sst_shape_text(shape.data(), uint32_t(shape.size()), buffer);
}

using Memory = std::unique_ptr<void, MemoryDeleter>;
using Clock = std::chrono::steady_clock;

/// One run in the making.
struct Runner {
  const RunOptions &options;
  RunResult &result;
  sst_report_t *report;
  Array input, want;
  std::unique_ptr<Team> team;  ///< of several threads
  Memory workspace, stateData; ///< of all streams
  Memory gathered, pieces;     ///< input and output as the calls of several sequences have them; else null
  size_t workspaceBytes = 0, outputBytes = 0;
  std::vector<void *> states;  ///< empty: no streams
  std::vector<uint64_t> ticks; ///< as sst_call_t::profile; empty: do not profile

  bool fail(sst_status_t status, const std::string &what) {
    sst_report_add(report, status, "%s", what.c_str());
    return false;
  }

  const sst_artefact_t *functions() const { return result.artefact.functions(); }

  bool checkInput();
  bool checkCapacity();
  bool checkWant();
  bool startThreads();
  bool allocate();
  bool allocateStates();
  bool allocatePieces();
  bool resetStates();
  bool checkPositions();
  sst_call_t makeCall(size_t threads) const;
  bool call(const PlannedCall &planned, float *output, size_t threads, bool profiled);
  bool runCalls(float *output, size_t threads, bool timed);
  bool run(float *output, size_t threads, bool timed);
  void note(Clock::time_point start);
  bool sameBits(const float *output);
  bool time();
  bool endProfile();
  void compare();
  bool measureDrift();
};

bool Runner::checkInput() {
  const sst_array_t &array = input.value;
  std::vector<size_t> shape = input.shape();
  if (!readRowsShape(shape, result.batch, result.rows))
    return fail(SST_STATUS_INVALID_ARGUMENT,
                options.input + ": expects the input to be [batch, rows, embed_dim] or [rows, embed_dim], but got " +
                    input.shapeText());
  if (array.elements == 0)
    return fail(SST_STATUS_INVALID_ARGUMENT, options.input +
                                                 ": expects at least one sequence of at least one row, but "
                                                 "the input is empty: its shape is " +
                                                 input.shapeText());
  bool hasStreams = result.artefact.info.state_bytes > 0 && result.artefact.info.max_rows > 0;
  if (array.shape[array.rank - 1] != result.artefact.info.embed_dim)
    return fail(SST_STATUS_INVALID_ARGUMENT, options.input + ": expects the last dimension of the input to be " +
                                                 std::to_string(result.artefact.info.embed_dim) +
                                                 " (embed_dim), but got " + input.shapeText());
  if (options.needsStreams() && !hasStreams)
    return fail(SST_STATUS_UNSUPPORTED, options.artefact + ": has no streams, so that only window and sequence run");
  result.plan = makePlan(options, *functions(), result.rows);
  if (!checkCapacity())
    return false;
  if (result.plan.everyRow)
    result.shape = {result.batch, result.rows, result.artefact.info.hidden_size};
  else
    result.shape = {result.batch, result.artefact.info.hidden_size};
  return true;
}

/// Whether the streams of the plan can have their rows.
bool Runner::checkCapacity() {
  size_t mostRows = result.artefact.info.max_rows, attentionWindow = result.artefact.info.attention_window;
  auto refuse = [&](size_t most, const std::string &where, size_t got, const std::string &remedy) {
    return fail(SST_STATUS_CAPACITY_EXCEEDED, options.input + ": expects at most " + std::to_string(most) + " rows " +
                                                  where + ", but got " + std::to_string(got) + "; " + remedy);
  };
  if (!result.plan.streams)
    return true;
  if (attentionWindow == 0 && result.rows > mostRows)
    return refuse(mostRows, "in a stream (max_rows of the model)", result.rows,
                  "compile the model with --max-rows=" + std::to_string(result.rows));
  if (attentionWindow > 0 && options.mode == Mode::Ahead && result.rows > attentionWindow)
    return refuse(attentionWindow, "ahead of time (attention_window of the model)", result.rows,
                  "a stream with more is not what window computes");
  if (result.plan.longestPiece() > mostRows)
    return refuse(mostRows, "in a call with states (max_rows of the model)", result.plan.longestPiece(),
                  "give --chunks=" + std::to_string(mostRows));
  return true;
}

/// Finds out which rows of the output the expected tensor has.
bool Runner::checkWant() {
  std::vector<size_t> lastRows = {result.batch, result.artefact.info.hidden_size};
  // A batch of 1 may be left out, and the one row of each sequence may have an axis.
  auto is = [&](const std::vector<size_t> &expected) { return squeezed(want.shape()) == squeezed(expected); };
  result.compared = true;
  if (is(result.shape)) {
    result.comparedShape = result.shape;
    return true;
  }
  if (result.plan.everyRow && is(lastRows)) {
    result.comparedLastRows = true;
    result.comparedShape = lastRows;
    return true;
  }
  return fail(SST_STATUS_INVALID_ARGUMENT, options.compare + ": expects the tensor to compare with to be " +
                                               shapeText(result.shape) +
                                               (result.plan.everyRow ? " or " + shapeText(lastRows) : std::string()) +
                                               ", but got " + want.shapeText());
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
  size_t mostRows = result.plan.mostRows();
  if (options.drift)
    mostRows = std::max<size_t>(mostRows, result.artefact.info.window_size);
  sst_status_t status = functions()->workspace_bytes(result.batch, mostRows, options.threads, &workspaceBytes);
  if (status != SST_STATUS_OK)
    return fail(status, options.artefact + ": no workspace for this input: " + sst_status_text(status));
  outputBytes = sizeof(float);
  for (size_t size : result.shape)
    if (!sst_mul_size(outputBytes, size, &outputBytes))
      return fail(SST_STATUS_SIZE_OVERFLOW, options.input + ": the output would be too large");
  workspace = allocateAligned(workspaceBytes);
  result.output.reset(static_cast<float *>(std::malloc(outputBytes)));
  if (!workspace || !result.output)
    return fail(SST_STATUS_OUT_OF_MEMORY, options.artefact + ": no memory for " + std::to_string(workspaceBytes) +
                                              " bytes of workspace and " + std::to_string(outputBytes) +
                                              " bytes of output");
  return allocateStates() && allocatePieces();
}

bool Runner::allocateStates() {
  if (!result.plan.streams)
    return true;
  size_t stateBytes = functions()->state_bytes();
  if (!sst::allocateStates(stateBytes, result.batch, stateData, states))
    return fail(SST_STATUS_OUT_OF_MEMORY, options.artefact + ": no memory for " + std::to_string(result.batch) +
                                              " states of " + std::to_string(stateBytes) + " bytes");
  for (void *state : states) {
    sst_status_t status = functions()->state_init(state, stateBytes);
    if (status != SST_STATUS_OK)
      return fail(status, options.artefact + ": state_init fails: " + sst_status_text(status));
  }
  return true;
}

/// The rows of one call must lie together: with several calls over several sequences they do not yet.
bool Runner::allocatePieces() {
  if (result.plan.calls.size() == 1 || result.batch == 1)
    return true;
  size_t width = result.artefact.info.embed_dim;
  gathered = allocateAligned(input.value.elements * sizeof(float));
  if (result.plan.everyRow)
    pieces = allocateAligned(outputBytes);
  if (!gathered || (result.plan.everyRow && !pieces))
    return fail(SST_STATUS_OUT_OF_MEMORY, options.input + ": no memory for its pieces");
  gatherRows(result.plan, result.batch, result.rows, width, input.value.data, static_cast<float *>(gathered.get()));
  return true;
}

bool Runner::resetStates() {
  for (void *state : states) {
    sst_status_t status = functions()->state_reset(state);
    if (status != SST_STATUS_OK)
      return fail(status, options.artefact + ": state_reset fails: " + sst_status_text(status));
  }
  return true;
}

/// Checks that every stream has the rows that it was given.
bool Runner::checkPositions() {
  for (const void *state : states) {
    size_t position = 0;
    sst_status_t status = functions()->state_position(state, &position);
    if (status != SST_STATUS_OK)
      return fail(status, options.artefact + ": state_position fails: " + sst_status_text(status));
    if (position != result.rows)
      return fail(SST_STATUS_CORRUPT, options.artefact + ": expects a stream to have " + std::to_string(result.rows) +
                                          " rows after a run, but it has " + std::to_string(position) +
                                          "; the artefact or this machine is faulty");
  }
  return true;
}

/// A call without sequences.
sst_call_t Runner::makeCall(size_t threads) const {
  sst_call_t call{};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.variant = result.variant;
  call.flags = SST_CALL_VARIANT_CHECKED;
  call.workspace = workspace.get();
  call.workspace_bytes = workspaceBytes;
  call.threads = threads;
  if (team) {
    call.parallel = team->hook();
    call.parallel_context = team->context();
  }
  return call;
}

bool Runner::call(const PlannedCall &planned, float *output, size_t threads, bool profiled) {
  const float *from = gathered ? static_cast<const float *>(gathered.get()) : input.value.data;
  sst_call_t call = makeCall(threads);
  call.batch = result.batch;
  call.rows = planned.rows;
  call.input = from + result.batch * planned.first * result.artefact.info.embed_dim;
  call.output = output;
  if (result.plan.everyRow)
    call.output += result.batch * planned.first * result.artefact.info.hidden_size;
  call.states = states.empty() ? nullptr : states.data();
  call.row_budget = planned.rowBudget;
  if (profiled) {
    call.profile = ticks.data();
    call.profile_count = ticks.size();
  }
  sst_status_t status = planned.function(&call);
  return status == SST_STATUS_OK || fail(status, options.artefact + ": the call fails: " + sst_status_text(status));
}

/// Adds the time since `start`, and the ticks of the ops in it.
void Runner::note(Clock::time_point start) {
  result.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  if (!ticks.empty())
    result.profile.add(ticks);
  std::fill(ticks.begin(), ticks.end(), 0);
}

/// Makes all calls of one run, and notes the times if they are `timed`.
bool Runner::runCalls(float *output, size_t threads, bool timed) {
  const Plan &plan = result.plan;
  bool together = plan.timed == Timed::Call || plan.timed == Timed::Pieces;
  Clock::time_point start = Clock::now();
  if (!resetStates())
    return false;
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    bool isTimed = timed && plan.isTimed(i);
    if (!together)
      start = Clock::now();
    if (!call(plan.calls[i], output, threads, isTimed && !ticks.empty()))
      return false;
    if (isTimed && (!together || i + 1 == plan.calls.size()))
      note(start);
  }
  return checkPositions();
}

bool Runner::run(float *output, size_t threads, bool timed) {
  if (!pieces)
    return runCalls(output, threads, timed);
  float *parts = static_cast<float *>(pieces.get());
  if (!runCalls(parts, threads, timed))
    return false;
  scatterRows(result.plan, result.batch, result.rows, result.artefact.info.hidden_size, parts, output);
  return true;
}

/// Checks that a result is that of the first run.
bool Runner::sameBits(const float *output) {
  // The same input gives the same bits: anything else is a fault of the artefact or the machine.
  if (std::memcmp(output, result.output.get(), outputBytes) != 0)
    return fail(SST_STATUS_CORRUPT,
                options.artefact + ": two runs over the same input differ; the artefact or this machine is faulty");
  return true;
}

bool Runner::time() {
  std::unique_ptr<float, MemoryDeleter> again(static_cast<float *>(std::malloc(outputBytes)));
  if (!again)
    return fail(SST_STATUS_OUT_OF_MEMORY, options.artefact + ": no memory for the output");
  // The first run is of one thread: so the others are compared with that.
  if (!run(result.output.get(), 1, false) || (options.threads > 1 && !run(again.get(), options.threads, false)) ||
      (options.threads > 1 && !sameBits(again.get())))
    return false;
  const sst_info_t &info = result.artefact.info;
  if (options.profile)
    ticks.resize(result.profile.begin(info, info.functions[result.plan.function], options.threads));
  for (size_t i = 0; i < options.repeat; ++i)
    if (!run(again.get(), options.threads, true) || !sameBits(again.get()))
      return false;
  std::sort(result.milliseconds.begin(), result.milliseconds.end());
  return !options.profile || endProfile();
}

bool Runner::endProfile() {
  sst_machine_peaks_t peaks;
  sst_status_t status = sst_measure_peaks(options.threads, options.pin.empty() ? nullptr : options.pin.data() + 1,
                                          result.variant, &peaks);
  if (status != SST_STATUS_OK)
    return fail(status, std::string("--profile: this machine's peak cannot be measured: ") + sst_status_text(status));
  std::vector<CallSize> calls;
  for (const PlannedCall &call : result.plan.timedCalls())
    calls.push_back(
        {result.batch, call.rows, call.first, attentionWindowOf(result.artefact.info, result.plan.function)});
  result.profile.end(peaks, calls);
  return true;
}

void Runner::compare() {
  size_t width = result.artefact.info.hidden_size;
  Rows got{result.output.get(), result.batch * (result.plan.everyRow ? result.rows : 1), width, width};
  if (result.comparedLastRows)
    got = {got.data + (result.rows - 1) * width, result.batch, width, result.rows * width};
  result.comparison = compareRows(got, want.value.data, options.atol, options.rtol);
}

/// Compares every row of the output with that of the window that ends there.
bool Runner::measureDrift() {
  const sst_info_t &info = result.artefact.info;
  size_t most = std::max<size_t>(1, info.window_size);
  // A window that puts rows in front of short sequences is not about these rows alone.
  size_t first = info.cold == SST_COLD_SHORT ? 0 : most - 1;
  if (first >= result.rows)
    return fail(SST_STATUS_INVALID_ARGUMENT, options.input + ": expects at least " + std::to_string(most) +
                                                 " rows (window_size; the model puts rows in front of fewer) for "
                                                 "--drift, but got " +
                                                 std::to_string(result.rows));
  std::vector<float> window(info.hidden_size);
  for (size_t b = 0; b < result.batch; ++b)
    for (size_t row = first; row < result.rows; ++row) {
      size_t index = b * result.rows + row, rows = std::min(row + 1, most);
      sst_call_t call = makeCall(options.threads);
      call.batch = 1;
      call.rows = rows;
      call.input = input.value.data + (index + 1 - rows) * info.embed_dim;
      call.output = window.data();
      sst_status_t status = functions()->window(&call);
      if (status != SST_STATUS_OK)
        return fail(status, options.artefact + ": the call of window fails: " + sst_status_text(status));
      result.drift.add(b, row, result.output.get() + index * info.hidden_size, window.data(), info.hidden_size);
    }
  result.drift.finish();
  return true;
}

} // namespace

bool runModel(const RunOptions &options, RunResult &result, sst_report_t *report) {
  Runner runner{options, result, report, {}, {}, {}, {}, {}, {}, {}, 0, 0, {}, {}};
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
  return !options.drift || runner.measureDrift();
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
  sst_files_remove_abandoned(options.output.c_str());
  sst_error_t error;
  sst_status_t status;
  const std::string ending = ".safetensors";
  bool isSafetensors = options.output.size() > ending.size() &&
                       options.output.compare(options.output.size() - ending.size(), ending.size(), ending) == 0;
  if (isSafetensors) {
    sst_metadata_t metadata[] = {{"name", result.artefact.info.name}, {"mode", modeName(options.mode)}};
    status = sst_safetensors_write(options.output.c_str(), &tensor, 1, metadata, 2, &error);
  } else {
    status = sst_npy_write(options.output.c_str(), &tensor, &error);
  }
  if (status != SST_STATUS_OK)
    sst_report_add_error(report, &error);
  return status == SST_STATUS_OK;
}

} // namespace sst
