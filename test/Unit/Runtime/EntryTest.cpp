// The entry code of artefacts with kernels of the test's own: checks, groups, workspace, variants, environment.
#include "sst/Runtime/sst_entry.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <vector>
#include <xmmintrin.h>

namespace {

constexpr size_t embed = 3, hidden = 2;
constexpr uint64_t rowBytes = 100, sequenceBytes = 40, fixedBytes = 8, groupRows = 16;

/// What the kernels were asked to do.
struct KernelCall {
  int64_t batch, rows;
  bool sequence;
  uint64_t variant;
  unsigned mxcsr;
  bool operator==(const KernelCall &other) const {
    return batch == other.batch && rows == other.rows && sequence == other.sequence;
  }
};
std::vector<KernelCall> calls;

size_t roundUp(size_t size) { return (size + 63) / 64 * 64; }

/// Uses all the workspace that the group is entitled to, and computes output[h] = (h + 1) * sum of all inputs so far.
template <bool isSequence, uint64_t variant>
void kernel(const float *input, float *output, void *workspace, const void *weights, int64_t batch, int64_t rows) {
  calls.push_back({batch, rows, isSequence, variant, _mm_getcsr()});
  EXPECT_EQ(weights, static_cast<const void *>(sst_model_weights));
  size_t groupRowCount = size_t(batch * rows);
  std::memset(workspace, 0xab,
              roundUp(rowBytes * groupRowCount) + roundUp(sequenceBytes * size_t(batch)) + roundUp(fixedBytes));
  for (int64_t b = 0; b < batch; ++b) {
    // The distance between sequences is what the caller's sizes say; groups of one have the distance of no other.
    const float *in = input + b * rows * int64_t(embed);
    float sum = 0;
    for (int64_t t = 0; t < rows; ++t) {
      for (size_t e = 0; e < embed; ++e)
        sum += in[size_t(t) * embed + e];
      for (size_t h = 0; h < hidden; ++h)
        if (isSequence)
          output[(b * rows + t) * int64_t(hidden) + int64_t(h)] = sum * float(h + 1);
        else
          output[b * int64_t(hidden) + int64_t(h)] = sum * float(h + 1);
    }
  }
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
    groupRows,
    2,
    {0,        0,
     "test",   "0.1.0",
     "digest", "axon-0.8.1",
     embed,    hidden,
     16,       6,
     4,        64,
     2,        4,
     60,       1u << SST_VARIANT_X86_64_V3 | 1u << SST_VARIANT_X86_64_V4,
     0,        0,
     77,       3},
};
}

namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};

/// A call with exactly the memory that it needs, so that a sanitizer sees every byte too many.
struct Call {
  Call(size_t batch, size_t rows, bool isSequence) : sequence(isSequence) {
    calls.clear();
    input.resize(batch * rows * embed);
    for (size_t i = 0; i < input.size(); ++i)
      input[i] = float(i % 7) - 2;
    output.assign(batch * (isSequence ? rows : 1) * hidden, -1.0f);
    size_t bytes = 0;
    EXPECT_EQ(sst_model_workspace_bytes(batch, rows, &bytes), SST_STATUS_OK);
    workspace.reset(std::aligned_alloc(64, bytes));
    call.size = sizeof call;
    call.abi_version = SST_ABI_VERSION;
    call.batch = batch;
    call.rows = rows;
    call.input = input.data();
    call.output = output.data();
    call.workspace = workspace.get();
    call.workspace_bytes = bytes;
  }
  sst_status_t run() { return sequence ? sst_model_sequence(&call) : sst_model_window(&call); }

  bool sequence;
  sst_call_t call{};
  std::vector<float> input, output;
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
          want.push_back({int64_t(std::min(group, batch - first)), int64_t(rows), sequence, 0, 0});
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
  EXPECT_EQ(calls, (std::vector<KernelCall>{
                       {1, 9, false, 0, 0}, {1, 1, false, 0, 0}, {1, 4, false, 0, 0}, {1, 8, false, 0, 0}}));
}

TEST_F(Entry, WorkspaceGrowsWithBothSizesAndThenNotWithTheBatch) {
  auto bytes = [](size_t batch, size_t rows) {
    size_t result = 0;
    EXPECT_EQ(sst_model_workspace_bytes(batch, rows, &result), SST_STATUS_OK);
    return result;
  };
  for (size_t batch = 1; batch < 40; ++batch) {
    for (size_t rows = 1; rows < 60; ++rows) {
      size_t group = std::min(batch, std::max<size_t>(1, groupRows / rows));
      EXPECT_GE(bytes(batch, rows),
                roundUp(rowBytes * group * rows) + roundUp(sequenceBytes * group) + roundUp(fixedBytes));
      EXPECT_LE(bytes(batch, rows), bytes(batch + 1, rows));
      EXPECT_LE(bytes(batch, rows), bytes(batch, rows + 1));
    }
  }
  EXPECT_EQ(bytes(1000, 60), bytes(1000000, 60));
  size_t untouched = 5;
  EXPECT_EQ(sst_model_workspace_bytes(0, 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 0, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, nullptr), SST_STATUS_INVALID_ARGUMENT);
  for (size_t huge : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / embed / 4, size_t(1) << 58}) {
    EXPECT_EQ(sst_model_workspace_bytes(1, huge, &untouched), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(sst_model_workspace_bytes(huge, huge, &untouched), SST_STATUS_SIZE_OVERFLOW);
  }
  EXPECT_EQ(sst_model_workspace_bytes(size_t(1) << 32, size_t(1) << 32, &untouched), SST_STATUS_SIZE_OVERFLOW);
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
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = 2; }), SST_STATUS_BAD_VERSION);
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
