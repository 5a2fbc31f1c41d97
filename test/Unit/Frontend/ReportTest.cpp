//===- ReportTest.cpp - printing of reports ---------------------------------------------------------------------===//

#include "sst/Compiler/Report.h"

#include "sst/Runtime/sst_report.h"

#include "gtest/gtest.h"

using namespace sst;

TEST(Report, EmptyPrintsNothing) {
  Report report;
  EXPECT_TRUE(report.empty());
  EXPECT_EQ(0, report.getExitCode());
  EXPECT_EQ("", report.str());
}

TEST(Report, OneProblemIsOneLine) {
  Report report;
  report.add("m.safetensors", "tensor 'a'", "is missing", "export it");
  EXPECT_FALSE(report.empty());
  EXPECT_EQ(1, report.getExitCode());
  EXPECT_EQ("sst-compile: error: m.safetensors: tensor 'a': is missing; export it\n", report.str());
}

TEST(Report, SeveralProblemsAreCounted) {
  Report report;
  report.add("m.safetensors", "", "is bad");
  report.addUsage("--name", "is bad", "give another");
  EXPECT_EQ(1, report.getExitCode());
  EXPECT_EQ("tool: error: m.safetensors: is bad\ntool: error: command line: --name: is bad; give another\n"
            "tool: 2 problems\n",
            report.str("tool"));
}

TEST(Report, ExitCodeIsTwoIfAllIsWrongUsage) {
  Report report;
  report.addUsage("--name", "is bad");
  report.addUsage("--dropout", "is bad");
  EXPECT_EQ(2, report.getExitCode());
}

TEST(Report, ControlCharactersAreEscaped) {
  Report report;
  report.add("a\nb", "\x1b[31m", "is bad");
  EXPECT_EQ("sst-compile: error: a\\x0ab: \\x1b[31m: is bad\n", report.str());
}

TEST(Report, MessagesOfTheRuntimeAreSplit) {
  sst_report_t problems = {};
  sst_report_add(&problems, SST_STATUS_CORRUPT, "dir/o.json:3:7: expects a value");
  sst_report_add(&problems, SST_STATUS_CORRUPT, "dir/o.json: is empty: really");
  sst_report_add(&problems, SST_STATUS_CORRUPT, "out of memory");
  Report report;
  report.add("dir/o.json", problems);
  sst_report_free(&problems);
  ASSERT_EQ(3u, report.size());
  EXPECT_EQ("dir/o.json:3:7", report.getProblems()[0].file);
  EXPECT_EQ("expects a value", report.getProblems()[0].what);
  EXPECT_EQ("dir/o.json", report.getProblems()[1].file);
  EXPECT_EQ("is empty: really", report.getProblems()[1].what);
  EXPECT_EQ("dir/o.json", report.getProblems()[2].file);
  EXPECT_EQ("out of memory", report.getProblems()[2].what);
}

TEST(Report, FurtherProblemsOfTheRuntimeAreCounted) {
  sst_report_t problems = {};
  for (unsigned i = 0; i < SST_REPORT_MAX_MESSAGES + 5; ++i)
    sst_report_add(&problems, SST_STATUS_CORRUPT, "f: bad");
  Report report;
  report.add("f", problems);
  sst_report_free(&problems);
  ASSERT_EQ(SST_REPORT_MAX_MESSAGES + 1, report.size());
  EXPECT_EQ("has 5 further problems", report.getProblems().back().what);
}

TEST(Report, QuoteMakesPrintable) {
  EXPECT_EQ("'a\\x0ab'", quote("a\nb"));
  EXPECT_LT(quote(std::string(1000, 'x')).size(), 130u);
}

TEST(Report, NearestName) {
  llvm::StringRef names[] = {"num_heads", "head_dim", "num_layers"};
  EXPECT_EQ("num_heads", findNearest("num_headz", names));
  EXPECT_EQ("num_heads", findNearest("numHeads", names));
  EXPECT_EQ("head_dim", findNearest("head-dim", names));
  EXPECT_EQ("", findNearest("foo", names));
  EXPECT_EQ("", findNearest("", names));
}
