//===- StatisticsTest.cpp - quantiles and the work of ops ---------------------------------------------------------===//

#include "common/Statistics.h"

#include <gtest/gtest.h>

using namespace sst;

TEST(Quantile, OfOneValueIsTheValue) {
  for (double q : {0.0, 0.5, 0.99, 1.0})
    EXPECT_EQ(quantile({7}, q), 7);
}

TEST(Quantile, IsTheNearestRank) {
  std::vector<double> values;
  for (int i = 1; i <= 200; ++i)
    values.push_back(i);
  EXPECT_EQ(quantile(values, 0), 1);
  EXPECT_EQ(quantile(values, 0.5), 100);
  EXPECT_EQ(quantile(values, 0.99), 198);
  EXPECT_EQ(quantile(values, 1), 200);
}

TEST(Quantile, OfAnOddNumberIsTheMiddle) { EXPECT_EQ(quantile({1, 2, 10}, 0.5), 2); }

TEST(Quantile, OfFewValuesP99IsTheLargest) { EXPECT_EQ(quantile({1, 2, 3, 4}, 0.99), 4); }

static sst_work_t makeWork(double perRow, double perSequence, double perPair, double perLastPair = 0) {
  return {{perRow, perSequence, perPair, perLastPair}, {4 * perRow, 0, 0, 0}, 100};
}

TEST(Work, PerRow) { EXPECT_EQ(workOf(makeWork(10, 0, 0), {3, 5}).flops, 150); }
TEST(Work, PerSequence) { EXPECT_EQ(workOf(makeWork(0, 10, 0), {3, 5}).flops, 30); }

// Rows 1 to 5 see 1, 2, 3, 4 and 5 rows.
TEST(Work, PerPair) { EXPECT_EQ(workOf(makeWork(0, 0, 10), {3, 5}).flops, 450); }
TEST(Work, PerLastPair) { EXPECT_EQ(workOf(makeWork(0, 0, 0, 10), {3, 5}).flops, 150); }

// Two rows after 7: they see 8 and 9.
TEST(Work, OfAStream) { EXPECT_EQ(workOf(makeWork(0, 0, 1, 100), {1, 2, 7}).flops, 917); }

// Of a window of 3, the rows see 1, 2, 3, 3, 3; after 2 rows 3 each; of one larger than all nothing changes.
TEST(Work, OfAnAttentionWindow) {
  EXPECT_EQ(workOf(makeWork(0, 0, 1), {1, 5, 0, 3}).flops, 12);
  EXPECT_EQ(workOf(makeWork(0, 0, 0, 1), {1, 5, 0, 3}).flops, 3);
  EXPECT_EQ(workOf(makeWork(0, 0, 1), {1, 5, 2, 3}).flops, 15);
  EXPECT_EQ(workOf(makeWork(0, 0, 1), {1, 5, 1000000, 3}).flops, 15);
  EXPECT_EQ(workOf(makeWork(0, 0, 1, 100), {1, 2, 7, 9}).flops, 917);
}

TEST(Work, OfOneRow) { EXPECT_EQ(workOf(makeWork(1, 10, 100), {1, 1}).flops, 111); }

TEST(Work, WeightsAreReadOncePerCall) {
  Work work = workOf(makeWork(10, 0, 0), {3, 5});
  EXPECT_EQ(work.bytes, 600);
  EXPECT_EQ(work.weights, 100);
  EXPECT_EQ(work.allBytes(), 700);
}

TEST(Work, OfSeveralOpsIsTheSum) {
  sst_work_t works[] = {makeWork(1, 0, 0), makeWork(0, 2, 0), makeWork(0, 0, 3)};
  sst_op_t ops[] = {{0, 0, 0, 2}, {0, 0, 0, 0}, {0, 0, 0, 1}};
  sst_info_t info{};
  info.works = works;
  Work work = workOf(info, {3, ops}, {2, 4});
  EXPECT_EQ(work.flops, 8 + 4 + 60);
  EXPECT_EQ(work.weights, 300);
}

TEST(Work, OfNoOpIsNone) { EXPECT_EQ(workOf(sst_info_t{}, {}, {2, 4}).allBytes(), 0); }

TEST(Work, IsExactBeyond32Bits) { EXPECT_EQ(workOf(makeWork(0, 0, 1), {1, 1000000}).flops, 500000500000.0); }
