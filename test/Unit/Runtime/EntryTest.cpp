// The entry code of artefacts with kernels of the test's own: checks, groups, workspace, variants, environment,
// threads.
#include "Hooks.h"

#include "sst/Runtime/sst_entry.h"
#include "sst/Runtime/sst_runtime.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <vector>
#include <xmmintrin.h>

namespace {

constexpr size_t embed = 3, hidden = 2;
constexpr uint64_t rowBytes = 100, sequenceBytes = 40, fixedBytes = 8, threadBytes = 72, groupRows = 16;
constexpr uint64_t windowPhases = 4, sequencePhases = 3, windowOps = 3, sequenceOps = 2;

/// What the kernels were asked to do, by the first of the threads that share a call.
struct KernelCall {
  int64_t batch, rows;
  bool sequence;
  int64_t threads;
  uint64_t variant;
  unsigned mxcsr;
  bool operator==(const KernelCall &other) const {
    return batch == other.batch && rows == other.rows && sequence == other.sequence && threads == other.threads;
  }
};
std::vector<KernelCall> calls;
std::mutex callsMutex;

size_t roundUp(size_t size) { return (size + 63) / 64 * 64; }

/// One thread's part of a kernel call, as generated code does it: computes output[h] = (h + 1) * sum of all inputs so
/// far, in phases of units that hand values on in the workspace.
struct Part {
  const float *input;
  float *output;
  unsigned char *workspace;
  int64_t batch, rows, thread, threads;
  sst_team_t *team;
  int64_t phase = 0;

  size_t groupRowCount() const { return size_t(batch * rows); }
  size_t ownOffset() const {
    return roundUp(rowBytes * groupRowCount()) + roundUp(sequenceBytes * size_t(batch)) + roundUp(fixedBytes);
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

  void run(bool isSequence) {
    // Junk in all that the group is entitled to, but for the threads' parts.
    forUnits(1, 0, [&](int64_t) { std::memset(workspace, 0xab, ownOffset()); });
    forRanges(batch * rows, 5, 0, [&](int64_t row) {
      float sum = 0;
      for (size_t e = 0; e < embed; ++e)
        sum += input[size_t(row) * embed + e];
      rowSum(row) = sum;
    });
    forRanges(batch, 3, 1, [&](int64_t b) {
      for (int64_t t = 1; t < rows; ++t)
        rowSum(b * rows + t) += rowSum(b * rows + t - 1);
      for (int64_t t = 0; isSequence && t < rows; ++t)
        write(b * rows + t, b * rows + t);
    });
    if (!isSequence)
      forRanges(batch, 64, 2, [&](int64_t b) { write(b, b * rows + rows - 1); });
  }

  void write(int64_t outputRow, int64_t row) const {
    for (size_t h = 0; h < hidden; ++h)
      output[size_t(outputRow) * hidden + h] = rowSum(row) * float(h + 1);
  }
};

template <bool isSequence, uint64_t variant>
void kernel(const float *input, float *output, void *workspace, const void *weights, int64_t batch, int64_t rows,
            int64_t thread, int64_t threads, sst_team_t *team) {
  EXPECT_EQ(weights, static_cast<const void *>(sst_model_weights));
  EXPECT_EQ(uintptr_t(workspace) % 64, 0u);
  EXPECT_EQ(thread, team->thread);
  EXPECT_EQ(threads, team->threads);
  if (thread == 0) {
    std::lock_guard<std::mutex> lock(callsMutex);
    calls.push_back({batch, rows, isSequence, threads, variant, _mm_getcsr()});
  }
  EXPECT_EQ(_mm_getcsr() & 0xffc0u, 0x1f80u);
  Part part{input, output, static_cast<unsigned char *>(workspace), batch, rows, thread, threads, team};
  part.run(isSequence);
  EXPECT_EQ(uint64_t(part.phase), isSequence ? sequencePhases : windowPhases);
}

} // namespace

extern "C" {
const sst_kernels_t sst_model_kernels[] = {
    {SST_VARIANT_X86_64_V4, kernel<false, SST_VARIANT_X86_64_V4>, kernel<true, SST_VARIANT_X86_64_V4>},
    {SST_VARIANT_X86_64_V3, kernel<false, SST_VARIANT_X86_64_V3>, kernel<true, SST_VARIANT_X86_64_V3>},
};
alignas(64) const unsigned char sst_model_weights[] = {1, 2, 3};
const sst_model_data_t sst_model_data = {
    rowBytes,
    sequenceBytes,
    fixedBytes,
    threadBytes,
    groupRows,
    windowPhases,
    sequencePhases,
    2,
    {0,         0,
     "test",    "0.1.0",
     "digest",  "axon-0.8.1",
     embed,     hidden,
     16,        6,
     4,         64,
     2,         4,
     60,        1u << SST_VARIANT_X86_64_V3 | 1u << SST_VARIANT_X86_64_V4,
     0,         0,
     windowOps, sequenceOps,
     nullptr,   nullptr,
     77,        3},
};
}

namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};

/// A call with exactly the memory that it needs, so that a sanitizer sees every byte too many.
struct Call {
  Call(size_t batch, size_t rows, bool isSequence, size_t threads = 1, sst_parallel_fn hook = runConcurrently)
      : sequence(isSequence) {
    calls.clear();
    input.resize(batch * rows * embed);
    for (size_t i = 0; i < input.size(); ++i)
      input[i] = float(i % 7) - 2;
    output.assign(batch * (isSequence ? rows : 1) * hidden, -1.0f);
    size_t bytes = 0;
    EXPECT_EQ(sst_model_workspace_bytes(batch, rows, threads, &bytes), SST_STATUS_OK);
    workspace.reset(std::aligned_alloc(64, bytes));
    call.size = sizeof call;
    call.abi_version = SST_ABI_VERSION;
    call.batch = batch;
    call.rows = rows;
    call.input = input.data();
    call.output = output.data();
    call.workspace = workspace.get();
    call.workspace_bytes = bytes;
    if (threads > 1) {
      call.threads = threads;
      call.parallel = hook;
    }
  }
  /// Adds a profile; one number more than needed must stay as it is.
  void addProfile() {
    size_t ops = sequence ? sequenceOps : windowOps;
    profile.assign(std::max<size_t>(call.threads, 1) * (ops + 1) + 1, 0);
    call.profile = profile.data();
    call.profile_count = profile.size() - 1;
  }
  sst_status_t run() { return sequence ? sst_model_sequence(&call) : sst_model_window(&call); }

  bool sequence;
  sst_call_t call{};
  std::vector<float> input, output;
  std::vector<uint64_t> profile;
  std::unique_ptr<void, Free> workspace;
};

/// What kernel() computes for row `row` of sequence `b`.
float expected(const Call &c, size_t b, size_t row, size_t h) {
  float sum = 0;
  for (size_t i = 0; i < (row + 1) * embed; ++i)
    sum += c.input[b * c.call.rows * embed + i];
  return sum * float(h + 1);
}

bool cpuRuns(const char *level) {
  __builtin_cpu_init();
  return std::strcmp(level, "v4") == 0 ? __builtin_cpu_supports("x86-64-v4") != 0
                                       : __builtin_cpu_supports("x86-64-v3") != 0;
}

class Entry : public ::testing::Test {
protected:
  void SetUp() override {
    if (!cpuRuns("v3"))
      GTEST_SKIP() << "needs a CPU of level x86-64-v3";
  }
};

} // namespace

TEST_F(Entry, WindowAndSequenceGoOverAllGroups) {
  for (size_t batch : {1, 2, 5, 8, 16, 17, 40}) {
    for (size_t rows : {1, 3, 8, 15, 16, 17, 50}) {
      for (bool sequence : {false, true}) {
        Call c(batch, rows, sequence);
        ASSERT_EQ(c.run(), SST_STATUS_OK);
        size_t outputRows = sequence ? rows : 1, group = std::min(batch, std::max<size_t>(1, groupRows / rows));
        for (size_t b = 0; b < batch; ++b)
          for (size_t r = 0; r < outputRows; ++r)
            for (size_t h = 0; h < hidden; ++h)
              ASSERT_EQ(c.output[(b * outputRows + r) * hidden + h], expected(c, b, sequence ? r : rows - 1, h));
        std::vector<KernelCall> want;
        for (size_t first = 0; first < batch; first += group)
          want.push_back({int64_t(std::min(group, batch - first)), int64_t(rows), sequence, 1, 0, 0});
        EXPECT_EQ(calls, want);
      }
    }
  }
}

TEST_F(Entry, LengthsShortenEachSequence) {
  Call c(4, 9, false);
  std::vector<size_t> lengths = {9, 1, 4, 8};
  c.call.lengths = lengths.data();
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  for (size_t b = 0; b < 4; ++b)
    EXPECT_EQ(c.output[b * hidden], expected(c, b, lengths[b] - 1, 0));
  EXPECT_EQ(calls,
            (std::vector<KernelCall>{
                {1, 9, false, 1, 0, 0}, {1, 1, false, 1, 0, 0}, {1, 4, false, 1, 0, 0}, {1, 8, false, 1, 0, 0}}));
}

TEST_F(Entry, WorkspaceGrowsWithAllSizesAndThenNotWithTheBatch) {
  auto bytes = [](size_t batch, size_t rows, size_t threads) {
    size_t result = 0;
    EXPECT_EQ(sst_model_workspace_bytes(batch, rows, threads, &result), SST_STATUS_OK);
    return result;
  };
  for (size_t batch = 1; batch < 40; ++batch) {
    for (size_t rows = 1; rows < 60; ++rows) {
      size_t group = std::min(batch, std::max<size_t>(1, groupRows / rows));
      size_t needed = roundUp(rowBytes * group * rows) + roundUp(sequenceBytes * group) + roundUp(fixedBytes);
      EXPECT_GE(bytes(batch, rows, 1), needed + roundUp(threadBytes));
      for (size_t threads : {1, 2, 3, 4, 7, 8, 30, 63}) {
        EXPECT_GE(bytes(batch, rows, threads), needed + roundUp(threads * threadBytes));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch + 1, rows, threads));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch, rows + 1, threads));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch, rows, threads + 1));
      }
    }
  }
  EXPECT_EQ(bytes(1, 60, 0), bytes(1, 60, 1));
  for (size_t threads : {1, 2, 64})
    EXPECT_EQ(bytes(1000, 60, threads), bytes(1000000, 60, threads));
  size_t untouched = 5;
  EXPECT_EQ(sst_model_workspace_bytes(0, 1, 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 0, 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, SST_MAX_THREADS + 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, SIZE_MAX, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, 1, nullptr), SST_STATUS_INVALID_ARGUMENT);
  for (size_t threads : {0, 1, 2, 64}) {
    for (size_t huge : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / embed / 4, size_t(1) << 58}) {
      EXPECT_EQ(sst_model_workspace_bytes(1, huge, threads, &untouched), SST_STATUS_SIZE_OVERFLOW);
      EXPECT_EQ(sst_model_workspace_bytes(huge, huge, threads, &untouched), SST_STATUS_SIZE_OVERFLOW);
    }
    EXPECT_EQ(sst_model_workspace_bytes(size_t(1) << 32, size_t(1) << 32, threads, &untouched),
              SST_STATUS_SIZE_OVERFLOW);
  }
  // What still fits for one thread need not for two.
  EXPECT_EQ(sst_model_workspace_bytes(2, size_t(1) << 56, 1, &untouched), SST_STATUS_OK);
  untouched = 5;
  EXPECT_EQ(sst_model_workspace_bytes(2, size_t(1) << 56, 2, &untouched), SST_STATUS_SIZE_OVERFLOW);
  EXPECT_EQ(untouched, 5u);
}

namespace {

/// Runs a call that `spoil` made wrong, and checks that nothing was written.
template <typename Spoil>
sst_status_t refused(bool sequence, Spoil spoil) {
  Call c(3, 8, sequence);
  std::vector<float> before = c.output;
  spoil(c);
  sst_status_t status = c.run();
  EXPECT_EQ(c.output, before);
  EXPECT_TRUE(calls.empty());
  return status;
}

} // namespace

TEST_F(Entry, RefusesBadCalls) {
  EXPECT_EQ(sst_model_window(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_sequence(nullptr), SST_STATUS_INVALID_ARGUMENT);
  for (bool sequence : {false, true}) {
    auto check = [&](auto spoil) { return refused(sequence, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.size = sizeof c.call - 8; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.size = sizeof c.call + 8; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = 0; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = 1; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = 3; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.flags = 2; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.flags = SST_CALL_VARIANT_CHECKED; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.batch = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.rows = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.input = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.output = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.workspace = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.weights = &c; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.weights_bytes = 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.batch = SIZE_MAX; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.rows = SIZE_MAX / 2; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.batch = c.call.rows = size_t(1) << 32; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.input = reinterpret_cast<float *>(UINTPTR_MAX - 15); }),
              SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.input = reinterpret_cast<float *>(uintptr_t(c.call.input) + 2); }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { c.call.output = reinterpret_cast<float *>(uintptr_t(c.call.output) + 1); }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { c.call.workspace = static_cast<char *>(c.call.workspace) + 32; }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { --c.call.workspace_bytes; }), SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.rows += 60; }), SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.output = c.input.data() + 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.input = static_cast<float *>(c.workspace.get()); }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.output = static_cast<float *>(c.workspace.get()) + 9; }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.variant = 7; }), SST_STATUS_UNSUPPORTED_VARIANT);
    EXPECT_EQ(check([](Call &c) { c.call.variant = 40; }), SST_STATUS_UNSUPPORTED_VARIANT);
  }
}

TEST_F(Entry, RefusesBadThreadsAndProfiles) {
  for (bool sequence : {false, true}) {
    auto check = [&](auto spoil) { return refused(sequence, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.threads = 2; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) {
                c.call.threads = SST_MAX_THREADS + 1;
                c.call.parallel = runInOrder;
              }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) {
                c.call.threads = 2;
                c.call.parallel = runInOrder;
              }),
              SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.profile_count = 1; }), SST_STATUS_INVALID_ARGUMENT);
    for (size_t threads : {1, 3}) {
      auto profiled = [&](auto spoil) {
        Call c(3, 8, sequence, threads);
        c.addProfile();
        std::vector<uint64_t> before = c.profile;
        spoil(c);
        sst_status_t status = c.run();
        EXPECT_EQ(c.profile, before);
        EXPECT_TRUE(calls.empty());
        return status;
      };
      EXPECT_EQ(profiled([](Call &c) { --c.call.profile_count; }), SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(
          profiled([](Call &c) { c.call.profile = reinterpret_cast<uint64_t *>(uintptr_t(c.profile.data()) + 4); }),
          SST_STATUS_MISALIGNED);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = reinterpret_cast<uint64_t *>(UINTPTR_MAX - 7); }),
                SST_STATUS_SIZE_OVERFLOW);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = static_cast<uint64_t *>(c.workspace.get()) + 1; }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.output = reinterpret_cast<float *>(c.profile.data()) + 1; }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.input = reinterpret_cast<float *>(c.profile.data()) - 71; }),
                SST_STATUS_INVALID_ARGUMENT);
      if (!sequence) {
        EXPECT_EQ(profiled([](Call &c) { c.call.lengths = reinterpret_cast<size_t *>(c.profile.data()); }),
                  SST_STATUS_INVALID_ARGUMENT);
      }
    }
  }
}

TEST_F(Entry, RefusesBadLengths) {
  std::vector<size_t> zero = {8, 0, 1}, tooLong = {8, 8, 9}, good = {1, 2, 3};
  EXPECT_EQ(refused(false, [&](Call &c) { c.call.lengths = zero.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(false, [&](Call &c) { c.call.lengths = tooLong.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(true, [&](Call &c) { c.call.lengths = good.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(false, [&](Call &c) { c.call.lengths = reinterpret_cast<size_t *>(uintptr_t(good.data()) + 4); }),
            SST_STATUS_MISALIGNED);
  EXPECT_EQ(refused(false, [&](Call &c) { c.call.lengths = static_cast<size_t *>(c.workspace.get()); }),
            SST_STATUS_INVALID_ARGUMENT);
}

TEST_F(Entry, BuffersMayTouch) {
  Call c(3, 8, false);
  std::vector<float> both(c.input.size() + c.output.size());
  std::copy(c.input.begin(), c.input.end(), both.begin());
  c.call.input = both.data();
  c.call.output = both.data() + c.input.size();
  EXPECT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(both[c.input.size()], expected(c, 0, 7, 0));
}

TEST_F(Entry, RunsTheVariantThatIsAskedFor) {
  Call c(1, 1, false);
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(calls[0].variant, uint64_t(cpuRuns("v4") ? SST_VARIANT_X86_64_V4 : SST_VARIANT_X86_64_V3));
  for (uint32_t flags : {0u, SST_CALL_VARIANT_CHECKED}) {
    Call forced(1, 1, true);
    forced.call.variant = SST_VARIANT_X86_64_V3;
    forced.call.flags = flags;
    ASSERT_EQ(forced.run(), SST_STATUS_OK);
    EXPECT_EQ(calls[0].variant, uint64_t(SST_VARIANT_X86_64_V3));
  }
  Call v4(1, 1, false);
  v4.call.variant = SST_VARIANT_X86_64_V4;
  EXPECT_EQ(v4.run(), cpuRuns("v4") ? SST_STATUS_OK : SST_STATUS_UNSUPPORTED_VARIANT);
  // These kernels are the same code, so that even an unchecked variant can run here.
  v4.call.flags = SST_CALL_VARIANT_CHECKED;
  EXPECT_EQ(v4.run(), SST_STATUS_OK);
  EXPECT_EQ(calls.back().variant, uint64_t(SST_VARIANT_X86_64_V4));
}

TEST_F(Entry, SetsAndRestoresTheFloatingPointEnvironment) {
  unsigned saved = _mm_getcsr();
  for (unsigned wanted : {0x1f80u, 0x9fc0u, 0x7f80u, 0x3fbfu}) {
    Call c(1, 1, false);
    _mm_setcsr(wanted);
    sst_status_t status = c.run();
    unsigned after = _mm_getcsr();
    _mm_setcsr(saved);
    EXPECT_EQ(status, SST_STATUS_OK);
    EXPECT_EQ(calls[0].mxcsr & 0xffc0u, 0x1f80u);
    EXPECT_EQ(after, wanted);
  }
}

TEST_F(Entry, EveryNumberOfThreadsGivesTheSameOnEveryHook) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {2, 3, 5, 16}) {
      for (size_t batch : {1, 2, 5, 17, 40}) {
        for (size_t rows : {1, 3, 8, 17}) {
          for (bool sequence : {false, true}) {
            Call one(batch, rows, sequence), many(batch, rows, sequence, threads, hook);
            ASSERT_EQ(one.run(), SST_STATUS_OK);
            ASSERT_EQ(many.run(), SST_STATUS_OK);
            ASSERT_EQ(one.output, many.output);
          }
        }
      }
    }
  }
}

TEST_F(Entry, MaximumOfThreads) {
  for (size_t batch : {1, 100}) {
    Call one(batch, 30, false), many(batch, 30, false, SST_MAX_THREADS);
    ASSERT_EQ(one.run(), SST_STATUS_OK);
    ASSERT_EQ(many.run(), SST_STATUS_OK);
    EXPECT_EQ(one.output, many.output);
  }
}

TEST_F(Entry, PoolAsHook) {
  for (size_t threads : {2, 5}) {
    sst_pool_t *pool = nullptr;
    ASSERT_EQ(sst_pool_create(threads, nullptr, SST_POOL_SPIN_MICROSECONDS, &pool, nullptr), SST_STATUS_OK);
    for (size_t batch : {1, 3, 40}) {
      Call one(batch, 30, true), many(batch, 30, true, threads, sst_pool_run);
      many.call.parallel_context = pool;
      ASSERT_EQ(one.run(), SST_STATUS_OK);
      for (int round = 0; round < 100; ++round) {
        std::fill(many.output.begin(), many.output.end(), -1.0f);
        ASSERT_EQ(many.run(), SST_STATUS_OK);
        ASSERT_EQ(one.output, many.output);
      }
    }
    sst_pool_destroy(pool);
  }
}

TEST_F(Entry, ThreadsComputeWholeGroupsAndShareTheRest) {
  // 5 groups of one sequence on 2 threads: 4 alone, the last one together.
  Call c(5, 16, false, 2, runInOrder);
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  // In this order the first thread computes everything, and the second one finds that.
  EXPECT_EQ(calls, (std::vector<KernelCall>{{1, 16, false, 1, 0, 0},
                                            {1, 16, false, 1, 0, 0},
                                            {1, 16, false, 1, 0, 0},
                                            {1, 16, false, 1, 0, 0},
                                            {1, 16, false, 2, 0, 0}}));
  // 2 groups on 3 threads: both together. 17 sequences of 8 rows are 9 groups, the last one smaller.
  Call shared(2, 16, true, 3, runInReverse);
  ASSERT_EQ(shared.run(), SST_STATUS_OK);
  EXPECT_EQ(calls, (std::vector<KernelCall>{{1, 16, true, 3, 0, 0}, {1, 16, true, 3, 0, 0}}));
  Call uneven(17, 8, false, 4);
  ASSERT_EQ(uneven.run(), SST_STATUS_OK);
  ASSERT_EQ(calls.size(), 9u);
  EXPECT_EQ(calls.back(), (KernelCall{1, 8, false, 4, 0, 0}));
}

TEST_F(Entry, LengthsAndThreads) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {2, 3, 4}) {
      Call one(7, 40, false), many(7, 40, false, threads, hook);
      std::vector<size_t> lengths = {40, 1, 17, 5, 40, 39, 2};
      one.call.lengths = many.call.lengths = lengths.data();
      ASSERT_EQ(one.run(), SST_STATUS_OK);
      ASSERT_EQ(many.run(), SST_STATUS_OK);
      EXPECT_EQ(one.output, many.output);
    }
  }
}

TEST_F(Entry, EveryThreadHasTheDefaultEnvironmentAndGetsItsOwnBack) {
  // Kernels check the environment that they run in.
  auto hook = [](void *, size_t count, sst_task_fn task, void *context) {
    unsigned saved = _mm_getcsr();
    for (size_t i = 0; i < count; ++i) {
      _mm_setcsr(0x9fc0u);
      task(context, i, count);
      EXPECT_EQ(_mm_getcsr(), 0x9fc0u);
    }
    _mm_setcsr(saved);
  };
  Call c(5, 16, false, 3, hook);
  EXPECT_EQ(c.run(), SST_STATUS_OK);
}

TEST_F(Entry, TheHookIsCalledOnceWithItsContext) {
  size_t counts[2] = {0, 0};
  auto hook = [](void *context, size_t count, sst_task_fn task, void *taskContext) {
    static_cast<size_t *>(context)[0] += 1;
    static_cast<size_t *>(context)[1] = count;
    runInOrder(nullptr, count, task, taskContext);
  };
  Call c(40, 16, true, 3, hook);
  c.call.parallel_context = counts;
  EXPECT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(counts[0], 1u);
  EXPECT_EQ(counts[1], 3u);
  // One thread needs none, even if there is one.
  Call one(1, 1, true);
  one.call.parallel = hook;
  one.call.parallel_context = counts;
  EXPECT_EQ(one.run(), SST_STATUS_OK);
  EXPECT_EQ(counts[0], 1u);
}

TEST_F(Entry, ProfileAddsUp) {
  for (size_t threads : {1, 2, 3}) {
    for (bool sequence : {false, true}) {
      Call c(4, 16, sequence, threads, runInOrder);
      c.addProfile();
      uint64_t start = __builtin_ia32_rdtsc();
      ASSERT_EQ(c.run(), SST_STATUS_OK);
      uint64_t all = __builtin_ia32_rdtsc() - start, sum = 0;
      for (uint64_t ticks : c.profile)
        sum += ticks;
      EXPECT_LE(sum, all);
      EXPECT_EQ(c.profile.back(), 0u);
      size_t ops = sequence ? sequenceOps : windowOps;
      for (size_t op = 0; op < ops; ++op)
        EXPECT_GT(c.profile[op], 0u);
      // A later call adds to it.
      std::vector<uint64_t> before = c.profile;
      ASSERT_EQ(c.run(), SST_STATUS_OK);
      EXPECT_GT(c.profile[0], before[0]);
    }
  }
}

TEST_F(Entry, InfoSaysWhatTheModelIs) {
  sst_info_t info{};
  EXPECT_EQ(sst_model_info(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
  info.size = sizeof info;
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
  info.abi_version = SST_ABI_VERSION;
  ASSERT_EQ(sst_model_info(&info), SST_STATUS_OK);
  EXPECT_EQ(info.size, sizeof info);
  EXPECT_EQ(info.abi_version, SST_ABI_VERSION);
  EXPECT_STREQ(info.name, "test");
  EXPECT_EQ(info.hidden_size, hidden);
  EXPECT_EQ(info.parameters, 77u);
  EXPECT_EQ(info.variant, uint32_t(cpuRuns("v4") ? SST_VARIANT_X86_64_V4 : SST_VARIANT_X86_64_V3));
  info.size += 8;
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
}

TEST_F(Entry, TheTableHasAllFunctions) {
  EXPECT_EQ(sst_model_artefact.size, sizeof(sst_artefact_t));
  EXPECT_EQ(sst_model_artefact.abi_version, SST_ABI_VERSION);
  EXPECT_EQ(sst_model_artefact.info, &sst_model_info);
  EXPECT_EQ(sst_model_artefact.workspace_bytes, &sst_model_workspace_bytes);
  EXPECT_EQ(sst_model_artefact.window, &sst_model_window);
  EXPECT_EQ(sst_model_artefact.sequence, &sst_model_sequence);
}
