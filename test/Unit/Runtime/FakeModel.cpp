#include "FakeModel.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <xmmintrin.h>

namespace fake {

std::vector<KernelCall> calls;

namespace {

std::mutex callsMutex;

size_t roundUp(size_t size) { return (size + 63) / 64 * 64; }

/// One thread's part of a kernel call, as generated code does it: in phases of units that hand values on in the
/// workspace.
struct Part {
  const float *input;
  float *output;
  unsigned char *workspace;
  void *const *states;
  int64_t batch, rows, thread, threads;
  sst_team_t *team;
  int64_t phase = 0;

  size_t ownOffset() const {
    return roundUp(rowBytes * size_t(batch * rows)) + roundUp(sequenceBytes * size_t(batch)) + roundUp(fixedBytes);
  }
  float &rowSum(int64_t row) const { return *reinterpret_cast<float *>(workspace + size_t(row) * rowBytes); }

  template <typename Body>
  void forUnits(int64_t units, int64_t op, Body body) {
    for (int64_t u = sst_team_next(team, phase, units, -1); u >= 0; u = sst_team_next(team, phase, units, u)) {
      // What a thread has in its own part of the workspace stays there during a unit.
      unsigned char *own = workspace + ownOffset() + size_t(thread) * threadBytes;
      std::memset(own, int(thread + 1), threadBytes);
      body(u);
      bool changed = std::any_of(own, own + threadBytes, [&](unsigned char c) { return c != thread + 1; });
      EXPECT_FALSE(changed) << "another thread writes into this one's memory";
      sst_team_mark(team, op);
    }
    ++phase;
  }

  template <typename Body>
  void forRanges(int64_t count, int64_t most, int64_t op, Body body) {
    int64_t units = std::min(count, most);
    forUnits(units, op, [&](int64_t u) {
      for (int64_t i = u * count / units; i < (u + 1) * count / units; ++i)
        body(i);
    });
  }

  void run(int function) {
    // Junk in all that the group is entitled to, but for the threads' parts.
    forUnits(1, 0, [&](int64_t) { std::memset(workspace, 0xab, ownOffset()); });
    forRanges(batch * rows, 5, 0, [&](int64_t row) {
      float sum = 0;
      for (size_t e = 0; e < embed; ++e)
        sum += input[size_t(row) * embed + e];
      rowSum(row) = sum;
    });
    bool everyRow = function == SST_FUNCTION_SEQUENCE || function == SST_FUNCTION_SEQUENCE_FROM_STATE;
    forRanges(batch, 3, 1, [&](int64_t b) {
      addUp(b);
      for (int64_t t = 0; everyRow && t < rows; ++t)
        write(b * rows + t, b * rows + t);
    });
    if (!everyRow)
      forRanges(batch, 64, 2, [&](int64_t b) { write(b, b * rows + rows - 1); });
    if (function == SST_FUNCTION_STEP)
      forUnits(2, 3, [](int64_t) {});
  }

  /// Sums up to each row, going on where the stream is.
  void addUp(int64_t b) const {
    State *state = states ? static_cast<State *>(states[b]) : nullptr;
    size_t position = state ? state->header.position : 0;
    if (model.info.attention_window == 0) {
      EXPECT_LE(state ? position + size_t(rows) : 0, maxRows);
    }
    float sum = position > 0 ? state->totals[(position - 1) % std::size(state->totals)] : 0;
    for (int64_t t = 0; t < rows; ++t) {
      sum += rowSum(b * rows + t);
      rowSum(b * rows + t) = sum;
      if (state)
        state->totals[(position + size_t(t)) % std::size(state->totals)] = sum;
    }
  }

  void write(int64_t outputRow, int64_t row) const {
    for (size_t h = 0; h < hidden; ++h)
      output[size_t(outputRow) * hidden + h] = rowSum(row) * float(h + 1);
  }
};

template <int function, uint64_t variant>
void kernel(const float *input, float *output, void *workspace, const void *weights, void *firstState,
            void *const *states, int64_t batch, int64_t rows, int64_t thread, int64_t threads, sst_team_t *team) {
  bool stateful = function != SST_FUNCTION_WINDOW && function != SST_FUNCTION_SEQUENCE;
  EXPECT_EQ(weights, static_cast<const void *>(sst_model_weights));
  EXPECT_EQ(uintptr_t(workspace) % 64, 0u);
  EXPECT_EQ(thread, team->thread);
  EXPECT_EQ(threads, team->threads);
  EXPECT_EQ(states != nullptr, stateful);
  EXPECT_EQ(firstState, states ? states[0] : nullptr);
  for (int64_t b = 0; states && b < batch; ++b)
    EXPECT_EQ(static_cast<State *>(states[b])->header.in_call, 1u);
  if (thread == 0) {
    std::lock_guard<std::mutex> lock(callsMutex);
    calls.push_back({batch, rows, function, threads, variant, _mm_getcsr()});
  }
  EXPECT_EQ(_mm_getcsr() & 0xffc0u, 0x1f80u);
  Part part{input, output, static_cast<unsigned char *>(workspace), states, batch, rows, thread, threads, team};
  part.run(function);
  EXPECT_EQ(uint64_t(part.phase), phases[function]);
}

sst_model_data_t makeModel() {
  sst_model_data_t data{};
  data.row_bytes = rowBytes, data.sequence_bytes = sequenceBytes;
  data.fixed_bytes = fixedBytes, data.thread_bytes = threadBytes;
  data.group_rows = groupRows;
  data.variant_count = 2;
  data.state_model[0] = 0x0123456789abcdef, data.state_model[1] = 42;
  sst_info_t &info = data.info;
  info.name = "test", info.compiler_version = "0.1.0", info.weights_digest = "digest", info.layer_norm = "axon-0.8.1";
  info.embed_dim = embed, info.hidden_size = hidden, info.window_size = windowSize;
  info.variants = 1u << SST_VARIANT_X86_64_V3 | 1u << SST_VARIANT_X86_64_V4;
  info.max_rows = maxRows, info.rollback = rollback;
  info.parameters = 77, info.weights_bytes = 3, info.state_bytes = sizeof(State);
  for (size_t function = 0; function < SST_FUNCTION_COUNT; ++function) {
    data.phases[function] = phases[function];
    info.functions[function].count = ops[function];
  }
  return data;
}

} // namespace

sst_model_data_t model = makeModel();

std::unique_ptr<void, Free> allocate(size_t bytes) {
  void *memory = nullptr;
  EXPECT_EQ(posix_memalign(&memory, 64, bytes), 0);
  std::memset(memory, 0xcd, bytes);
  return std::unique_ptr<void, Free>(memory);
}

Stream::Stream() : memory(allocate(sizeof(State))) {
  EXPECT_EQ(sst_model_state_init(get(), sizeof(State)), SST_STATUS_OK);
}

size_t Stream::position() const {
  size_t rows = 0;
  EXPECT_EQ(sst_model_state_position(get(), &rows), SST_STATUS_OK);
  return rows;
}

std::vector<unsigned char> Stream::bytes() const {
  const auto *begin = static_cast<const unsigned char *>(memory.get());
  return {begin, begin + sizeof(State)};
}

void Stream::setBytes(const std::vector<unsigned char> &bytes) {
  std::memcpy(memory.get(), bytes.data(), sizeof(State));
}

Call::Call(size_t batch, size_t rows, Kind kind, size_t threads, sst_parallel_fn hook) : kind(kind) {
  calls.clear();
  input.resize(batch * rows * embed);
  for (size_t i = 0; i < input.size(); ++i)
    input[i] = float(i % 7) - 2;
  output.assign(batch * (hasEveryRow(kind) ? rows : 1) * hidden, -1.0f);
  EXPECT_EQ(sst_model_workspace_bytes(batch, rows, threads, &workspaceBytes), SST_STATUS_OK);
  workspace = allocate(workspaceBytes);
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  if (bestVariant() == SST_VARIANT_AUTO) {
    call.variant = SST_VARIANT_X86_64_V3;
    call.flags = SST_CALL_VARIANT_CHECKED;
  }
  call.batch = batch;
  call.rows = rows;
  call.input = input.data();
  call.output = output.data();
  call.workspace = workspace.get();
  call.workspace_bytes = workspaceBytes;
  if (threads > 1) {
    call.threads = threads;
    call.parallel = hook;
  }
  if (hasStates(kind)) {
    streams = std::vector<Stream>(batch);
    setStates(streams);
  }
}

void Call::addProfile() {
  profile.assign(std::max<size_t>(call.threads, 1) * (ops[functionOf(kind)] + 1) + 1, 0);
  call.profile = profile.data();
  call.profile_count = profile.size() - 1;
}

void Call::setLengths(std::vector<size_t> values) {
  lengths = std::move(values);
  call.lengths = lengths.data();
}

void Call::setStates(const std::vector<Stream> &others) {
  states.clear();
  for (const Stream &stream : others)
    states.push_back(stream.get());
  call.states = states.data();
}

sst_status_t Call::run() {
  static constexpr sst_run_fn functions[] = {sst_model_window,      sst_model_sequence, sst_model_prefill,
                                             sst_model_step,        sst_model_sequence, sst_model_ahead_prepare,
                                             sst_model_ahead_finish};
  return functions[kind](&call);
}

sst_status_t Call::runRefused() {
  const auto *scratch = static_cast<unsigned char *>(workspace.get());
  std::vector<unsigned char> scratchBefore(scratch, scratch + workspaceBytes);
  std::vector<float> outputBefore = output, inputBefore = input;
  std::vector<uint64_t> profileBefore = profile;
  std::vector<std::vector<unsigned char>> statesBefore;
  for (const Stream &stream : streams)
    statesBefore.push_back(stream.bytes());
  sst_status_t status = run();
  EXPECT_NE(status, SST_STATUS_OK);
  EXPECT_TRUE(calls.empty());
  EXPECT_EQ(std::memcmp(scratch, scratchBefore.data(), workspaceBytes), 0);
  EXPECT_EQ(input, inputBefore);
  EXPECT_EQ(output, outputBefore);
  EXPECT_EQ(profile, profileBefore);
  for (size_t b = 0; b < streams.size(); ++b)
    EXPECT_EQ(streams[b].bytes(), statesBefore[b]) << "state " << b;
  return status;
}

float Call::sum(size_t b, size_t row) const {
  float sum = 0;
  for (size_t i = 0; i < (row + 1) * embed; ++i)
    sum += input[b * call.rows * embed + i];
  return sum;
}

sst_variant_t bestVariant() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4")   ? SST_VARIANT_X86_64_V4
         : __builtin_cpu_supports("x86-64-v3") ? SST_VARIANT_X86_64_V3
                                               : SST_VARIANT_AUTO;
}

} // namespace fake

extern "C" {
const sst_model_ops_t sst_model_ops = {};
const uint64_t sst_model_variants[] = {SST_VARIANT_X86_64_V4, SST_VARIANT_X86_64_V3};
#define KERNELS(function) {fake::kernel<function, SST_VARIANT_X86_64_V4>, fake::kernel<function, SST_VARIANT_X86_64_V3>}
const sst_kernel_fn sst_window_kernels[] = KERNELS(SST_FUNCTION_WINDOW);
const sst_kernel_fn sst_sequence_kernels[] = KERNELS(SST_FUNCTION_SEQUENCE);
const sst_kernel_fn sst_prefill_kernels[] = KERNELS(SST_FUNCTION_PREFILL);
const sst_kernel_fn sst_step_kernels[] = KERNELS(SST_FUNCTION_STEP);
const sst_kernel_fn sst_sequence_from_state_kernels[] = KERNELS(SST_FUNCTION_SEQUENCE_FROM_STATE);
alignas(64) const unsigned char sst_model_weights[] = {1, 2, 3};
}
