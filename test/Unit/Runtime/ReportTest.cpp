// Status text, errors, reports and quoting.
#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace sst_test;

TEST(Status, EveryValueHasItsOwnText) {
  std::vector<std::string> texts;
  for (int i = 0; i <= SST_STATUS_ROLLBACK_EXCEEDED; ++i)
    texts.push_back(sst_status_text(sst_status_t(i)));
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(std::unique(texts.begin(), texts.end()), texts.end());
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "unknown status"), 0);
  EXPECT_STREQ(sst_status_text(sst_status_t(999)), "unknown status");
}

TEST(Error, CutsOffWhatDoesNotFit) {
  sst_error_t error;
  std::string longText(2000, 'x');
  EXPECT_EQ(sst_error_set(&error, SST_STATUS_CORRUPT, "%s", longText.c_str()), SST_STATUS_CORRUPT);
  EXPECT_EQ(std::strlen(error.message), size_t(SST_ERROR_MESSAGE_BYTES - 1));
  EXPECT_EQ(sst_error_set(nullptr, SST_STATUS_IO_ERROR, "x"), SST_STATUS_IO_ERROR);
}

TEST(Report, KeepsTheFirstMessagesAndCountsTheRest) {
  Report report;
  for (unsigned i = 0; i < SST_REPORT_MAX_MESSAGES + 5; ++i)
    sst_report_add(&report, i ? SST_STATUS_IO_ERROR : SST_STATUS_CORRUPT, "problem %u", i);
  EXPECT_EQ(sst_report_count(&report), size_t(SST_REPORT_MAX_MESSAGES + 5));
  EXPECT_EQ(report.kept, size_t(SST_REPORT_MAX_MESSAGES));
  EXPECT_EQ(report.status, SST_STATUS_CORRUPT);
  EXPECT_STREQ(sst_report_message(&report, 7), "problem 7");
  EXPECT_EQ(sst_report_message(&report, SST_REPORT_MAX_MESSAGES), nullptr);

  Folder folder;
  std::string path = folder.file("out");
  FILE *stream = std::fopen(path.c_str(), "w");
  sst_report_print(&report, stream, "tool: error: ");
  std::fclose(stream);
  std::string text = readFile(path);
  EXPECT_EQ(text.substr(0, 23), "tool: error: problem 0\n");
  EXPECT_EQ(text.substr(text.size() - 29), "tool: error: 5 more problems\n");
}

TEST(Report, PrintsNoControlCharacters) {
  Report report;
  // A name of a file can hold what clears a terminal, forges a line, or is no UTF-8.
  sst_report_add(&report, SST_STATUS_NOT_FOUND, "%s",
                 "\x1b[2Ja\nb\r\xc2\x9b"
                 "31m gr\xc3\xbc\xc3\x9f 'q' \\ \xff\x9b\x7f: cannot be read");
  Folder folder;
  std::string path = folder.file("out");
  FILE *stream = std::fopen(path.c_str(), "w");
  sst_report_print(&report, stream, "tool: error: ");
  std::fclose(stream);
  EXPECT_EQ(readFile(path), "tool: error: \\x1b[2Ja\\x0ab\\x0d\\xc2\\x9b"
                            "31m gr\xc3\xbc\xc3\x9f 'q' \\ "
                            "\\xff\\x9b\\x7f: cannot be read\n");
}

TEST(Report, NullIsAnEmptyReport) {
  EXPECT_EQ(sst_report_add(nullptr, SST_STATUS_CORRUPT, "x"), SST_STATUS_CORRUPT);
  EXPECT_EQ(sst_report_count(nullptr), 0u);
  EXPECT_EQ(sst_report_message(nullptr, 0), nullptr);
  sst_report_print(nullptr, stderr, "x");
  sst_report_free(nullptr);
}

static std::string quote(const std::string &text, size_t size = 200) {
  std::vector<char> buffer(size);
  return sst_quote(buffer.data(), buffer.size(), text.data(), text.size());
}

TEST(Quote, MakesTextPrintable) {
  EXPECT_EQ(quote("abc"), "'abc'");
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("a'b\\c"), "'a\\x27b\\x5cc'");
  EXPECT_EQ(quote(std::string("\0\n\x1b[2J\x7f", 7)), "'\\x00\\x0a\\x1b[2J\\x7f'");
  EXPECT_EQ(quote("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
            "'gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80'");
  EXPECT_EQ(quote("\xc2\x9b"), "'\\xc2\\x9b'");          // a C1 control
  EXPECT_EQ(quote("\xff\xc0\x80"), "'\\xff\\xc0\\x80'"); // no UTF-8
}

TEST(Quote, ShortensWithoutCuttingACharacter) {
  EXPECT_EQ(quote("0123456789abcdefghij", 16), "'0123456789...'");
  for (size_t size = 16; size < 40; ++size) {
    std::string text =
        quote("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", size);
    EXPECT_LT(text.size(), size);
    EXPECT_EQ(text.find('\\'), std::string::npos) << text;
    EXPECT_EQ(text.back(), '\'');
  }
}
