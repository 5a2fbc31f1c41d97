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

static sst_op_t makeOp(double perRow, double perSequence, double perPair) {
  sst_op_t op{};
  op.flops[0] = perRow, op.flops[1] = perSequence, op.flops[2] = perPair;
  op.bytes[0] = 4 * perRow;
  op.weights_bytes = 100;
  return op;
}

TEST(Work, PerRow) { EXPECT_EQ(workOf(makeOp(10, 0, 0), 3, 5).flops, 150); }
TEST(Work, PerSequence) { EXPECT_EQ(workOf(makeOp(0, 10, 0), 3, 5).flops, 30); }

// Rows 1 to 5 see 1, 2, 3, 4 and 5 rows.
TEST(Work, PerPair) { EXPECT_EQ(workOf(makeOp(0, 0, 10), 3, 5).flops, 450); }

TEST(Work, OfOneRow) { EXPECT_EQ(workOf(makeOp(1, 10, 100), 1, 1).flops, 111); }

TEST(Work, WeightsAreReadOncePerCall) {
  Work work = workOf(makeOp(10, 0, 0), 3, 5);
  EXPECT_EQ(work.bytes, 600);
  EXPECT_EQ(work.weights, 100);
  EXPECT_EQ(work.allBytes(), 700);
}

TEST(Work, OfSeveralOpsIsTheSum) {
  sst_op_t ops[] = {makeOp(1, 0, 0), makeOp(0, 2, 0), makeOp(0, 0, 3)};
  Work work = workOf(ops, 3, 2, 4);
  EXPECT_EQ(work.flops, 8 + 4 + 60);
  EXPECT_EQ(work.weights, 300);
}

TEST(Work, OfNoOpIsNone) { EXPECT_EQ(workOf(nullptr, 0, 2, 4).allBytes(), 0); }

TEST(Work, IsExactBeyond32Bits) { EXPECT_EQ(workOf(makeOp(0, 0, 1), 1, 1000000).flops, 500000500000.0); }
