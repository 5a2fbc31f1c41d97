//===- ArgumentsTest.cpp - command lines --------------------------------------------------------------------------===//

#include "common/Arguments.h"

#include <gtest/gtest.h>

using namespace sst;

namespace {

/// Options of every kind, and what became of them.
struct ArgumentsTest : testing::Test {
  sst_report_t report{};
  Arguments arguments{"tool", &report};
  bool flag = false;
  std::string path;
  double tolerance = 1;
  size_t count = 1;
  std::vector<size_t> counts;
  std::vector<uint32_t> cpus;
  std::vector<std::string> rest;

  ArgumentsTest() {
    arguments.flag("--flag", flag);
    arguments.path("--path", path);
    arguments.notNegative("--tolerance", tolerance);
    arguments.count("--count", 100, count);
    arguments.counts("--counts", 100, counts);
    arguments.cpus("--cpus", cpus);
  }
  ~ArgumentsTest() override { sst_report_free(&report); }

  void parse(std::vector<std::string> words) {
    std::vector<char *> argv = {nullptr};
    for (std::string &word : words)
      argv.push_back(word.data());
    arguments.parse(int(argv.size()), argv.data(), [this](const std::string &word) { rest.push_back(word); });
  }

  std::string messages() const {
    std::string text;
    for (size_t i = 0; i < report.kept; ++i)
      text += std::string(i ? "\n" : "") + sst_report_message(&report, i);
    return text;
  }
};

} // namespace

TEST_F(ArgumentsTest, ReadsValuesInBothForms) {
  parse({"a", "--count=7", "--path", "x=y", "--flag", "--counts", "1,20,3", "-", "--tolerance=0.5"});
  EXPECT_EQ(messages(), "");
  EXPECT_EQ(count, 7u);
  EXPECT_EQ(path, "x=y");
  EXPECT_TRUE(flag);
  EXPECT_EQ(counts, (std::vector<size_t>{1, 20, 3}));
  EXPECT_EQ(rest, (std::vector<std::string>{"a", "-"}));
  EXPECT_EQ(tolerance, 0.5);
  EXPECT_TRUE(arguments.given("--flag"));
  EXPECT_FALSE(arguments.given("--other"));
}

TEST_F(ArgumentsTest, RefusesNumbers) {
  parse({"--count=0", "--counts=1,,x,101,1", "--tolerance=nan"});
  EXPECT_EQ(messages(),
            "--count: expects an integer in [1, 100], but got '0'; see tool --help\n"
            "--counts: expects integers in [1, 100] with commas between them, but got ''; see tool --help\n"
            "--counts: expects integers in [1, 100] with commas between them, but got 'x'; see tool --help\n"
            "--counts: expects integers in [1, 100] with commas between them, but got '101'; see tool --help\n"
            "--counts: names '1' twice; see tool --help\n"
            "--tolerance: expects a number that is not negative, but got 'nan'; see tool --help");
  EXPECT_EQ(count, 1u);
}

TEST_F(ArgumentsTest, RefusesWhatIsNoOption) {
  parse({"--other", "--flag=1", "--flag", "--path=", "--count"});
  EXPECT_EQ(messages(), "unknown option '--other'; see tool --help\n"
                        "--flag: expects no value; see tool --help\n"
                        "--flag: is given twice; see tool --help\n"
                        "--path: expects the name of a file; see tool --help\n"
                        "--count: expects a value; see tool --help");
}

TEST_F(ArgumentsTest, ReadsNumbersOfCpus) {
  parse({"--cpus=3,0-2"});
  EXPECT_EQ(messages(), "");
  EXPECT_EQ(cpus, (std::vector<uint32_t>{3, 0, 1, 2}));
}

TEST_F(ArgumentsTest, RefusesWhatIsNoCpu) {
  for (const char *text : {"2-1", "-1", "x", "1-", "100000", "0-64", "", "0,,1"})
    parse({std::string("--cpus=") + text});
  // After the first one, all are given twice as well.
  EXPECT_EQ(sst_report_count(&report), 15u);
  EXPECT_STREQ(sst_report_message(&report, 0),
               "--cpus: expects numbers of CPUs as in 0,2 or 0-3, but got '2-1'; see tool --help");
}

TEST(ParseCount, RefusesNumbersThatDoNotFit) {
  size_t number = 5;
  EXPECT_FALSE(parseCount("99999999999999999999", SIZE_MAX, number));
  EXPECT_FALSE(parseCount("+1", 10, number));
  EXPECT_EQ(number, 5u);
  EXPECT_TRUE(parseCount("10", 10, number));
  EXPECT_EQ(number, 10u);
}
