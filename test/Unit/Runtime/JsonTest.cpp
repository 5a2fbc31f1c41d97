// The JSON reader: what it accepts, what it refuses and with which words.
#include "TestFiles.h"

#include "sst/Runtime/sst_json.h"

#include <clocale>
#include <gtest/gtest.h>

using namespace sst_test;

namespace {

struct Document {
  explicit Document(const std::string &text) {
    status = sst_json_parse(text.data(), text.size(), "t", &value, &report);
  }
  ~Document() { sst_json_free(value); }
  const sst_json_value_t *root() const { return sst_json_root(value); }

  sst_json_document_t *value = nullptr;
  Report report;
  sst_status_t status;
};

std::string stringOf(const std::string &json) {
  Document document(json);
  const char *text = "";
  size_t size = 0;
  if (document.status != SST_STATUS_OK || !sst_json_get_string(document.root(), &text, &size))
    return "no string";
  return {text, size};
}

} // namespace

TEST(Json, KeepsOrderKindsAndPlaces) {
  Document document("{ \"a\": [1, -2.5e1, true, false, null],\n  \"b\" : {\"\": \"x\"} }");
  ASSERT_EQ(document.status, SST_STATUS_OK);
  const sst_json_value_t *root = document.root();
  EXPECT_EQ(sst_json_kind(root), SST_JSON_OBJECT);
  EXPECT_EQ(sst_json_count(root), 2u);
  const sst_json_value_t *a = sst_json_first(root);
  EXPECT_STREQ(sst_json_key(a, nullptr), "a");
  EXPECT_EQ(sst_json_count(a), 5u);
  std::string kinds;
  for (const sst_json_value_t *item = sst_json_first(a); item; item = sst_json_next(item)) {
    kinds += sst_json_kind_name(sst_json_kind(item));
    kinds += ' ';
    EXPECT_EQ(sst_json_key(item, nullptr), nullptr);
  }
  EXPECT_EQ(kinds, "number number boolean boolean null ");
  const sst_json_value_t *b = sst_json_next(a);
  EXPECT_EQ(sst_json_line(b), 2u);
  EXPECT_EQ(sst_json_column(b), 9u);
  EXPECT_EQ(sst_json_next(b), nullptr);
  EXPECT_EQ(sst_json_find(root, "b"), b);
  EXPECT_EQ(sst_json_find(root, "c"), nullptr);
  EXPECT_EQ(sst_json_find(a, "a"), nullptr);
  size_t size = 9;
  EXPECT_STREQ(sst_json_key(sst_json_first(b), &size), "");
  EXPECT_EQ(size, 0u);
}

TEST(Json, UnescapesStrings) {
  EXPECT_EQ(stringOf(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(stringOf(R"("\u0041\u00e9\u20AC\ud83d\ude00")"), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(stringOf(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(stringOf("\"\xf4\x8f\xbf\xbf\x7f\""), "\xf4\x8f\xbf\xbf\x7f");
}

TEST(Json, ReadsIntegersExactly) {
  Document document("[0, -0, 9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551615, "
                    "18446744073709551616, 1.0, 1e3, \"1\"]");
  ASSERT_EQ(document.status, SST_STATUS_OK);
  std::string signedText, unsignedText;
  for (const sst_json_value_t *item = sst_json_first(document.root()); item; item = sst_json_next(item)) {
    int64_t s;
    uint64_t u;
    signedText += (sst_json_get_int64(item, &s) ? std::to_string(s) : "-") + " ";
    unsignedText += (sst_json_get_uint64(item, &u) ? std::to_string(u) : "-") + " ";
  }
  EXPECT_EQ(signedText, "0 0 9223372036854775807 -9223372036854775808 - - - - - - ");
  EXPECT_EQ(unsignedText, "0 - 9223372036854775807 - 9223372036854775808 18446744073709551615 - - - - ");
}

TEST(Json, ReadsDoubles) {
  Document document("[0.1, -1e-3, 12, 5e-324, 1e999, true]");
  ASSERT_EQ(document.status, SST_STATUS_OK);
  std::vector<double> values;
  for (const sst_json_value_t *item = sst_json_first(document.root()); item; item = sst_json_next(item)) {
    double value = -7;
    sst_json_get_double(item, &value);
    values.push_back(value);
  }
  EXPECT_EQ(values, (std::vector<double>{0.1, -1e-3, 12, 5e-324, -7, -7}));
}

TEST(Json, GettersRefuseOtherKinds) {
  Document document("[1, \"x\", true]");
  const sst_json_value_t *number = sst_json_first(document.root()), *string = sst_json_next(number),
                         *boolean = sst_json_next(string);
  int flag = 5;
  const char *text = nullptr;
  EXPECT_EQ(sst_json_get_bool(number, &flag), 0);
  EXPECT_EQ(flag, 5);
  EXPECT_EQ(sst_json_get_bool(boolean, &flag), 1);
  EXPECT_EQ(flag, 1);
  EXPECT_EQ(sst_json_get_string(number, &text, nullptr), 0);
  EXPECT_EQ(sst_json_get_number_text(string, &text), 0);
  EXPECT_EQ(sst_json_get_number_text(number, &text), 1);
  EXPECT_STREQ(text, "1");
}

TEST(Json, RefusesWhatIsNotJson) {
  const std::pair<std::string, const char *> cases[] = {
      {"", "t:1:1: expects a value, but got the end of the text"},
      {"  \n ", "t:2:2: expects a value, but got the end of the text"},
      {"\xef\xbb\xbf{}", "t:1:1: starts with a byte order mark of UTF-8; save the text as UTF-8 without one"},
      {std::string("\xff\xfe{\0}\0", 6),
       "t:1:1: starts with a byte order mark of UTF-16; save the text as UTF-8 without one"},
      {"[1,]", "t:1:4: expects a value, but got ']'"},
      {"{\"a\":1,}", "t:1:8: expects a key in double quotes, but got '}'"},
      {"{a:1}", "t:1:2: expects a key in double quotes, but got 'a'"},
      {"{\"a\" 1}", "t:1:6: expects ':', but got '1'"},
      {"{\"a\":}", "t:1:6: expects a value, but got '}'"},
      {"[1 2]", "t:1:4: expects ',' or ']', but got '2'"},
      {"{\"a\":1", "t:1:7: expects ',' or '}', but got the end of the text"},
      {"[1}", "t:1:3: expects ',' or ']', but got '}'"},
      {"[", "t:1:2: expects a value, but got the end of the text"},
      {"1 1", "t:1:3: expects the end of the text, but got '1'"},
      {std::string("1\0", 2), "t:1:2: expects the end of the text, but got '\\x00'"},
      {"01", "t:1:1: expects a number without leading zeros"},
      {"-", "t:1:2: expects a digit, but got the end of the text"},
      {"+1", "t:1:1: expects a value, but got '+'"},
      {"1.", "t:1:3: expects a digit, but got the end of the text"},
      {".5", "t:1:1: expects a value, but got '.'"},
      {"1e+", "t:1:4: expects a digit, but got the end of the text"},
      {"NaN", "t:1:1: expects a value, but got 'N'"},
      {"nul", "t:1:1: expects a value, but got 'n'"},
      {"truex", "t:1:5: expects the end of the text, but got 'x'"},
      {"// c\n1", "t:1:1: expects a value, but got '/'"},
      {"\"abc", "t:1:1: expects the string that starts here to end with a quote"},
      {"\"a\nb\"", "t:1:3: expects control characters in a string to be escaped, but got the byte 0x0a"},
      {"\"\\x\"", "t:1:3: expects one of \"\\/bfnrtu after a backslash, but got 'x'"},
      {"\"\\", "t:1:3: expects one of \"\\/bfnrtu after a backslash, but got the end of the text"},
      {"\"\\u12g4\"", "t:1:2: expects four hexadecimal digits after \\u"},
      {"\"\\u12", "t:1:2: expects four hexadecimal digits after \\u"},
      {"\"\\ud800\"", "t:1:2: expects \\ud800 to be half of a surrogate pair"},
      {"\"\\ud800\\u0041\"", "t:1:2: expects \\ud800 to be half of a surrogate pair"},
      {"\"\\udc00\\ud800\"", "t:1:2: expects \\udc00 to be half of a surrogate pair"},
      {"\"\x80\"", "t:1:2: expects UTF-8, but got the byte 0x80"},
      {"\"\xc0\xaf\"", "t:1:2: expects UTF-8, but got the byte 0xc0"},
      {"\"\xe0\x80\x80\"", "t:1:2: expects UTF-8, but got the byte 0xe0"},
      {"\"\xed\xa0\x80\"", "t:1:2: expects UTF-8, but got the byte 0xed"},
      {"\"\xf4\x90\x80\x80\"", "t:1:2: expects UTF-8, but got the byte 0xf4"},
      {"\"\xe2\x82", "t:1:2: expects UTF-8, but got the byte 0xe2"},
  };
  for (const auto &[text, message] : cases) {
    Document document(text);
    EXPECT_EQ(document.status, SST_STATUS_CORRUPT) << text;
    EXPECT_EQ(document.value, nullptr);
    EXPECT_EQ(document.report.texts(), std::vector<std::string>{message});
  }
}

TEST(Json, ReportsEveryDuplicateKey) {
  Document document("{\"a\":1, \"b\":{\"x\":1,\"\\u0078\":2},\n\"a\":2, \"c\":3, \"a\":4}");
  EXPECT_EQ(document.status, SST_STATUS_CORRUPT);
  EXPECT_EQ(document.report.texts(),
            (std::vector<std::string>{"t:1:29: expects every key once, but got 'x' again (first at 1:18)",
                                      "t:2:5: expects every key once, but got 'a' again (first at 1:6)",
                                      "t:2:19: expects every key once, but got 'a' again (first at 2:5)"}));
}

TEST(Json, BoundsTheDepth) {
  std::string deepest = std::string(SST_JSON_MAX_DEPTH, '[') + std::string(SST_JSON_MAX_DEPTH, ']');
  EXPECT_EQ(Document(deepest).status, SST_STATUS_OK);
  Document deeper("[" + deepest + "]");
  EXPECT_EQ(deeper.status, SST_STATUS_UNSUPPORTED);
  EXPECT_EQ(deeper.report.texts(), std::vector<std::string>{"t:1:65: expects at most 64 nested arrays and objects"});
  EXPECT_EQ(Document(std::string(10000000, '[')).status, SST_STATUS_UNSUPPORTED);
}

TEST(Json, BoundsTheNumberOfValues) {
  std::string text = "[0";
  for (unsigned i = 0; i < SST_JSON_MAX_VALUES; ++i)
    text += ",0";
  Document document(text + "]");
  EXPECT_EQ(document.status, SST_STATUS_UNSUPPORTED);
  EXPECT_EQ(document.report.texts(), std::vector<std::string>{"t:1:8388608: expects at most 4194304 values"});
}

TEST(Json, ManyKeysTakeNoQuadraticTime) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 200000; ++i)
    text += ",\"" + std::to_string(i) + "\":0";
  Document document(text + "}");
  ASSERT_EQ(document.status, SST_STATUS_OK);
  EXPECT_EQ(sst_json_count(document.root()), 200001u);
}

TEST(Json, PrintsStringsThatReadBack) {
  Folder folder;
  std::string text = "a\"b\\c\n\x01\x7f gr\xc3\xbc\xc3\x9f", path = folder.file("s");
  FILE *stream = std::fopen(path.c_str(), "w");
  sst_json_print_string(stream, text.c_str());
  std::fclose(stream);
  EXPECT_EQ(stringOf(readFile(path)), text);
  stream = std::fopen(path.c_str(), "w");
  sst_json_print_string(stream, "x\xffy");
  std::fclose(stream);
  EXPECT_EQ(stringOf(readFile(path)), "x\xef\xbf\xbdy");
}
