// `window` with rows in front of sequences that are shorter than the window (sst_info_t::cold).
#include "FakeModel.h"

#include <algorithm>

using namespace fake;

namespace {

class Cold : public Fixture, public ::testing::WithParamInterface<sst_cold_t> {
protected:
  void SetUp() override { model.info.cold = GetParam(); }
  /// The sum over sequence `b` of `rows` rows.
  float expected(const Call &c, size_t b, size_t rows) const {
    float front = GetParam() == SST_COLD_FIRST && rows < windowSize ? float(windowSize - rows) * c.sum(b, 0) : 0;
    return front + c.sum(b, rows - 1);
  }
  int64_t rowsOf(size_t rows) const {
    return int64_t(GetParam() == SST_COLD_SHORT ? rows : std::max(rows, windowSize));
  }
};

std::string name(const ::testing::TestParamInfo<sst_cold_t> &info) {
  return info.param == SST_COLD_SHORT ? "Short" : info.param == SST_COLD_FIRST ? "First" : "Zero";
}

size_t bytes(size_t batch, size_t rows, size_t threads) {
  size_t result = 0;
  EXPECT_EQ(sst_model_workspace_bytes(batch, rows, threads, &result), SST_STATUS_OK);
  return result;
}

} // namespace

TEST_P(Cold, FillsAllSequencesOfACall) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {1, 2, 3, 5}) {
      for (size_t batch : {1, 2, 5, 17}) {
        for (size_t rows : {size_t(1), size_t(2), windowSize - 1, windowSize, windowSize + 1}) {
          Call c(batch, rows, window, threads, hook);
          std::vector<float> input = c.input;
          ASSERT_EQ(c.run(), SST_STATUS_OK);
          EXPECT_EQ(c.input, input);
          for (size_t b = 0; b < batch; ++b)
            for (size_t h = 0; h < hidden; ++h)
              ASSERT_EQ(c.output[b * hidden + h], expected(c, b, rows) * float(h + 1));
          if (threads > 1)
            continue;
          std::vector<KernelCall> want;
          int64_t group = std::min<int64_t>(int64_t(batch), int64_t(groupRows) / rowsOf(rows));
          for (int64_t first = 0; first < int64_t(batch); first += group)
            want.push_back({std::min(group, int64_t(batch) - first), rowsOf(rows), window, 1});
          EXPECT_EQ(calls, want);
        }
      }
    }
  }
}

TEST_P(Cold, FillsShortSequencesByTheirLengths) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {1, 2, 3}) {
      for (size_t rows : {windowSize - 1, windowSize, size_t(9)}) {
        Call c(7, rows, window, threads, hook);
        c.setLengths({rows, 1, 5, rows, 2, 4, rows - 1});
        ASSERT_EQ(c.run(), SST_STATUS_OK);
        for (size_t b = 0; b < 7; ++b)
          EXPECT_EQ(c.output[b * hidden], expected(c, b, c.lengths[b]));
        if (threads > 1)
          continue;
        std::vector<KernelCall> want;
        for (size_t length : c.lengths)
          want.push_back({1, rowsOf(length), window, 1});
        EXPECT_EQ(calls, want);
      }
    }
  }
}

TEST_P(Cold, ConcernsOnlyTheWindow) {
  Call every(2, 3, sequence), streams(2, 3, prefill);
  ASSERT_EQ(every.run(), SST_STATUS_OK);
  for (size_t b = 0; b < 2; ++b)
    for (size_t t = 0; t < 3; ++t)
      EXPECT_EQ(every.output[(b * 3 + t) * hidden], every.sum(b, t));
  ASSERT_EQ(streams.run(), SST_STATUS_OK);
  EXPECT_EQ(streams.output[0], streams.sum(0, 2));
  EXPECT_EQ(streams.streams[0].position(), 3u);
}

TEST_P(Cold, WorkspaceGrowsWithAllSizes) {
  for (size_t batch = 1; batch < 40; ++batch) {
    for (size_t rows = 1; rows < 30; ++rows) {
      for (size_t threads : {1, 2, 3, 8, 63}) {
        size_t here = bytes(batch, rows, threads);
        EXPECT_LE(here, bytes(batch + 1, rows, threads));
        EXPECT_LE(here, bytes(batch, rows + 1, threads));
        EXPECT_LE(here, bytes(batch, rows, threads + 1));
        // As much as without, for the rows that are computed, and the input of these.
        size_t filled = GetParam() == SST_COLD_SHORT ? 0 : (batch * windowSize * embed * 4 + 63) / 64 * 64;
        model.info.cold = SST_COLD_SHORT;
        EXPECT_EQ(here, bytes(batch, size_t(rowsOf(0 + rows)), threads) + filled);
        model.info.cold = GetParam();
      }
    }
  }
}

TEST_P(Cold, SizesThatDoNotFit) {
  size_t untouched = 5, batch = size_t(1) << 59;
  EXPECT_EQ(sst_model_workspace_bytes(batch, 1, 1, &untouched),
            GetParam() == SST_COLD_SHORT ? SST_STATUS_OK : SST_STATUS_SIZE_OVERFLOW);
  if (GetParam() != SST_COLD_SHORT) {
    EXPECT_EQ(untouched, 5u);
    Call c(1, 1, window);
    c.call.workspace_bytes -= 64;
    EXPECT_EQ(c.runRefused(), SST_STATUS_WORKSPACE_TOO_SMALL);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cold, ::testing::Values(SST_COLD_SHORT, SST_COLD_FIRST, SST_COLD_ZERO), name);
