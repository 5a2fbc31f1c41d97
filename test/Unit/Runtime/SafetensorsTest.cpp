// The safetensors reader: what it accepts, and the whole message for each way to be malformed.
#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace sst_test;

namespace {

struct File {
  explicit File(std::string content) : bytes(std::move(content)) {
    status = sst_safetensors_parse(bytes.data(), bytes.size(), "f", &value, &report);
  }
  ~File() { sst_safetensors_free(value); }
  std::string bytes;
  sst_safetensors_t *value = nullptr;
  Report report;
  sst_status_t status;
};

using Messages = std::vector<std::string>;

/// A header with one tensor 'a'.
std::string entry(const std::string &dtype, const std::string &shape, const std::string &offsets) {
  return "{\"a\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
}

std::string bytes(size_t count) { return std::string(count, '\0'); }

/// The message of a file that must be refused for just one reason.
std::string refusal(const std::string &content) {
  File file(content);
  EXPECT_NE(file.status, SST_STATUS_OK);
  EXPECT_EQ(file.value, nullptr);
  EXPECT_EQ(file.report.count, 1u);
  EXPECT_EQ(file.report.status, file.status);
  return file.report.kept ? file.report.messages[0] : "";
}

} // namespace

TEST(Safetensors, ReadsTensorsAndMetadata) {
  File file(safetensors("{\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[2,10]},"
                        "\"__metadata__\":{\"k\":\"v\",\"\":\"\"},"
                        "\"a\":{\"data_offsets\":[0,2],\"shape\":[],\"dtype\":\"BF16\"},"
                        "\"e\":{\"dtype\":\"I64\",\"shape\":[0,5],\"data_offsets\":[10,10]}}   ",
                        bytes(2) + bytesOf<float>({1, 2})));
  ASSERT_EQ(file.status, SST_STATUS_OK) << file.report.texts()[0];
  EXPECT_EQ(sst_safetensors_count(file.value), 3u);
  const sst_tensor_t *b = sst_safetensors_tensor(file.value, 0);
  EXPECT_STREQ(b->name, "b");
  EXPECT_EQ(b->rank, 2u);
  EXPECT_EQ(b->bytes, 8u);
  float values[2];
  EXPECT_EQ(sst_tensor_to_f32(b, values), SST_STATUS_OK);
  EXPECT_EQ(values[1], 2.0f);
  EXPECT_EQ(sst_safetensors_find(file.value, "b"), b);
  EXPECT_EQ(sst_safetensors_find(file.value, "a")->elements, 1u);
  EXPECT_EQ(sst_safetensors_find(file.value, "e")->elements, 0u);
  EXPECT_EQ(sst_safetensors_find(file.value, "c"), nullptr);
  EXPECT_EQ(sst_safetensors_tensor(file.value, 3), nullptr);
  EXPECT_EQ(sst_safetensors_metadata_count(file.value), 2u);
  const char *key = nullptr, *text = nullptr;
  EXPECT_EQ(sst_safetensors_metadata(file.value, 0, &key, &text), 1);
  EXPECT_STREQ(key, "k");
  EXPECT_STREQ(text, "v");
  EXPECT_EQ(sst_safetensors_metadata(file.value, 2, &key, &text), 0);
  EXPECT_STREQ(sst_safetensors_metadata_find(file.value, ""), "");
  EXPECT_EQ(sst_safetensors_metadata_find(file.value, "x"), nullptr);
}

TEST(Safetensors, AcceptsTheEmptyFileAndEveryType) {
  EXPECT_EQ(File(safetensors("{}")).status, SST_STATUS_OK);
  for (int dtype = 0; dtype < SST_DTYPE_COUNT; ++dtype) {
    std::string name = sst_dtype_name(sst_dtype_t(dtype));
    size_t size = 3 * sst_dtype_bytes(sst_dtype_t(dtype));
    File file(safetensors(entry("\"" + name + "\"", "[3]", "[0," + std::to_string(size) + "]"), bytes(size)));
    ASSERT_EQ(file.status, SST_STATUS_OK) << name;
    EXPECT_EQ(sst_safetensors_tensor(file.value, 0)->dtype, sst_dtype_t(dtype));
  }
}

TEST(Safetensors, RefusesABrokenPrefix) {
  EXPECT_EQ(refusal(""), "f: is empty; expects a safetensors file");
  EXPECT_EQ(refusal(std::string("\x07\0\0\0\0\0\0", 7)),
            "f: expects 8 bytes of header length, but the file has only 7 bytes; it is cut short or no "
            "safetensors file");
  EXPECT_EQ(refusal(bytes(8)), "f: expects the header to start with '{'; the file is no safetensors file");
  EXPECT_EQ(refusal(bytesOf<uint64_t>({3}) + "{}"),
            "f: expects a header of 3 bytes, but only 2 bytes follow its length; the "
            "file is cut short or no safetensors file");
  EXPECT_EQ(
      refusal(bytesOf<uint64_t>({100000001}) + "{}"),
      "f: expects a header of at most 100000000 bytes, but its length is given as 100000001; the file is damaged or no "
      "safetensors file");
  EXPECT_EQ(
      refusal(bytesOf<uint64_t>({UINT64_MAX}) + "{}"),
      "f: expects a header of at most 100000000 bytes, but its length is given as 18446744073709551615; the file is "
      "damaged or no safetensors file");
  EXPECT_EQ(refusal(safetensors(" {}")), "f: expects the header to start with '{'; the file is no safetensors file");
  EXPECT_EQ(refusal(safetensors("[]")), "f: expects the header to start with '{'; the file is no safetensors file");
}

TEST(Safetensors, RefusesABrokenHeader) {
  EXPECT_EQ(refusal(safetensors("{")), "f: header:1:2: expects a key in double quotes, but got the end of the text");
  EXPECT_EQ(refusal(safetensors("{}x")), "f: header:1:3: expects the end of the text, but got 'x'");
  EXPECT_EQ(refusal(safetensors(std::string("{}\0", 3))),
            "f: header:1:3: expects the end of the text, but got '\\x00'");
  EXPECT_EQ(refusal(safetensors("{}\n")), "f: expects nothing but spaces behind the header's last '}'");
  EXPECT_EQ(refusal(safetensors("{\"a\":1,}")), "f: header:1:8: expects a key in double quotes, but got '}'");
  EXPECT_EQ(refusal(safetensors("{\"\xff\":1}")), "f: header:1:3: expects UTF-8, but got the byte 0xff");
  EXPECT_EQ(refusal(safetensors("{\"\\ud800\":1}")), "f: header:1:3: expects \\ud800 to be half of a surrogate pair");
  std::string deep = "{\"__metadata__\":{\"k\":";
  EXPECT_EQ(refusal(safetensors(deep + std::string(63, '[') + std::string(63, ']') + "}}")),
            "f: header:1:84: expects at most 64 nested arrays and objects");
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":{},\"__metadata__\":{}}")),
            "f: header:1:35: expects every key once, but got '__metadata__' again (first at 1:17)");
  EXPECT_EQ(refusal(safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
                                bytes(2))),
            "f: header:1:63: expects every key once, but got 'a' again (first at 1:6)");
}

TEST(Safetensors, RefusesBrokenMetadata) {
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":[]}")), "f: expects '__metadata__' to be an object, but got array");
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":{\"k\":1}}")),
            "f: expects metadata 'k' to be a string, but got number");
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":{\"k\":null}}")),
            "f: expects metadata 'k' to be a string, but got null");
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":{\"k\":\"a\\u0000\"}}")),
            "f: expects metadata 'k' to have no NUL in its key or value");
  EXPECT_EQ(refusal(safetensors("{\"__metadata__\":{\"k\\u0000\":\"a\"}}")),
            "f: expects metadata 'k\\x00' to have no NUL in its key or value");
}

TEST(Safetensors, RefusesBrokenEntries) {
  const std::string u8 = "\"U8\"";
  EXPECT_EQ(refusal(safetensors("{\"a\":7}")), "f: tensor 'a': expects an object, but got number");
  EXPECT_EQ(refusal(safetensors("{\"a\\u0000\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", bytes(1))),
            "f: tensor 'a\\x00': expects a name without NUL");
  EXPECT_EQ(refusal(safetensors("{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", bytes(1))),
            "f: tensor 'a': 'dtype' is missing");
  EXPECT_EQ(refusal(safetensors("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", bytes(1))),
            "f: tensor 'a': 'shape' is missing");
  EXPECT_EQ(refusal(safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", bytes(1))),
            "f: tensor 'a': 'data_offsets' is missing");
  EXPECT_EQ(refusal(safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":1}}", bytes(1))),
            "f: tensor 'a': unknown member 'x'");
  EXPECT_EQ(refusal(safetensors(entry("3", "[1]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects 'dtype' to be a string, but got 3");
  EXPECT_EQ(refusal(safetensors(entry("\"F33\"", "[1]", "[0,1]"), bytes(1))),
            "f: tensor 'a': unknown dtype 'F33'; convert it to F32");
  EXPECT_EQ(refusal(safetensors(entry("\"f32\"", "[1]", "[0,4]"), bytes(4))),
            "f: tensor 'a': unknown dtype 'f32'; convert it to F32");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\\u0000\"", "[1]", "[0,1]"), bytes(1))),
            "f: tensor 'a': unknown dtype 'U8\\x00'; convert it to F32");
  EXPECT_EQ(refusal(safetensors(entry(u8, "1", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects 'shape' to be an array, but got 1");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[-1]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects shape[0] to be an integer in [0, 2^64), but got -1");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[1,1.0]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects shape[1] to be an integer in [0, 2^64), but got 1.0");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[1e0]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects shape[0] to be an integer in [0, 2^64), but got 1e0");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[18446744073709551617]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects shape[0] to be an integer in [0, 2^64), but got 18446744073709551617");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[\"1\"]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects shape[0] to be an integer in [0, 2^64), but got '1'");
  EXPECT_EQ(refusal(safetensors(entry(u8, "[1,1,1,1,1,1,1,1,1]", "[0,1]"), bytes(1))),
            "f: tensor 'a': expects at most 8 dimensions, but got 9");
}

TEST(Safetensors, RefusesSizesThatOverflow) {
  // 2^32 * 2^32 wraps to 0, 2^62 * 4 bytes too: neither may pass for an empty tensor.
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[4294967296,4294967296]", "[0,0]"))),
            "f: tensor 'a': the number of elements of shape [4294967296, 4294967296] overflows");
  EXPECT_EQ(refusal(safetensors(entry("\"F32\"", "[4611686018427387904]", "[0,0]"))),
            "f: tensor 'a': the size of F32 [4611686018427387904] overflows");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[4294967296,0,4294967296]", "[0,0]"))),
            "f: tensor 'a': the number of elements of shape [4294967296, 0, 4294967296] overflows");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[18446744073709551615,3]", "[0,0]"))),
            "f: tensor 'a': the number of elements of shape [18446744073709551615, 3] overflows");
}

TEST(Safetensors, RefusesBrokenOffsets) {
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[1]", "7"), bytes(1))),
            "f: tensor 'a': expects 'data_offsets' to be an array, but got 7");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[1]", "[0]"), bytes(1))),
            "f: tensor 'a': expects 'data_offsets' to have 2 elements, but got 1");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[1]", "[0,1,2]"), bytes(1))),
            "f: tensor 'a': expects 'data_offsets' to have 2 elements, but got 3");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[1]", "[-0,1]"), bytes(1))),
            "f: tensor 'a': expects data_offsets[0] to be an integer in [0, 2^64), but got -0");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[1]", "[1,0]"), bytes(1))),
            "f: tensor 'a': expects 'data_offsets' to be [begin, end], but got [1, 0]");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[2]", "[0,2]"), bytes(1))),
            "f: tensor 'a': its data end at byte 2, but the file has only 1 bytes of data; it is cut short or damaged");
  EXPECT_EQ(refusal(safetensors(entry("\"U8\"", "[18446744073709551615]", "[0,18446744073709551615]"), bytes(1))),
            "f: tensor 'a': its data end at byte 18446744073709551615, but the file has only 1 bytes of data; it is "
            "cut short "
            "or damaged");
  EXPECT_EQ(refusal(safetensors(entry("\"F32\"", "[2]", "[0,2]"), bytes(2))),
            "f: tensor 'a': expects 8 bytes for F32 [2], but data_offsets [0, 2] give 2");
  EXPECT_EQ(refusal(safetensors(entry("\"F64\"", "[]", "[0,4]"), bytes(4))),
            "f: tensor 'a': expects 8 bytes for F64 [], but data_offsets [0, 4] give 4");
  EXPECT_EQ(refusal(safetensors(entry("\"F64\"", "[0]", "[0,8]"), bytes(8))),
            "f: tensor 'a': expects 0 bytes for F64 [0], but data_offsets [0, 8] give 8");
}

TEST(Safetensors, RefusesOverlapsAndHoles) {
  auto two = [](const std::string &a, const std::string &aSize, const std::string &b, const std::string &bSize) {
    return "{\"a\":{\"dtype\":\"U8\",\"shape\":[" + aSize + "],\"data_offsets\":" + a +
           "},\"b\":{\"dtype\":\"U8\",\"shape\":[" + bSize + "],\"data_offsets\":" + b + "}}";
  };
  EXPECT_EQ(refusal(safetensors(two("[0,4]", "4", "[3,6]", "3"), bytes(6))),
            "f: tensor 'b': its data [3, 6) overlap those of tensor 'a'");
  EXPECT_EQ(refusal(safetensors(two("[0,4]", "4", "[0,4]", "4"), bytes(4))),
            "f: tensor 'b': its data [0, 4) overlap those of tensor 'a'");
  EXPECT_EQ(refusal(safetensors(two("[0,6]", "6", "[2,3]", "1"), bytes(6))),
            "f: tensor 'b': its data [2, 3) overlap those of tensor 'a'");
  EXPECT_EQ(refusal(safetensors(two("[0,6]", "6", "[3,3]", "0"), bytes(6))),
            "f: tensor 'b': its data [3, 3) overlap those of tensor 'a'");
  EXPECT_EQ(refusal(safetensors(two("[0,2]", "2", "[4,6]", "2"), bytes(6))),
            "f: bytes [2, 4) of the data, before tensor 'b', belong to no tensor");
  EXPECT_EQ(refusal(safetensors(two("[3,6]", "3", "[1,3]", "2"), bytes(6))),
            "f: bytes [0, 1) of the data, before tensor 'b', belong to no tensor");
  EXPECT_EQ(refusal(safetensors(two("[0,2]", "2", "[2,4]", "2"), bytes(6))),
            "f: the last 2 bytes of the data belong to no tensor");
  EXPECT_EQ(refusal(safetensors("{}", bytes(1))), "f: the last 1 bytes of the data belong to no tensor");
}

TEST(Safetensors, OneReportHasAllProblems) {
  File file(safetensors("{\"__metadata__\":{\"x\":1,\"y\":\"ok\",\"z\":[]},"
                        "\"a\":{\"dtype\":\"F9\",\"shape\":[-1,2.5],\"data_offsets\":[0]},"
                        "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]},"
                        "\"c\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]},"
                        "\"d\":[]}",
                        bytes(6)));
  EXPECT_EQ(file.status, SST_STATUS_CORRUPT);
  EXPECT_EQ(file.report.texts(), (Messages{"f: expects metadata 'x' to be a string, but got number",
                                           "f: expects metadata 'z' to be a string, but got array",
                                           "f: tensor 'a': unknown dtype 'F9'; convert it to F32",
                                           "f: tensor 'a': expects shape[0] to be an integer in [0, 2^64), but got -1",
                                           "f: tensor 'a': expects shape[1] to be an integer in [0, 2^64), but got 2.5",
                                           "f: tensor 'a': expects 'data_offsets' to have 2 elements, but got 1",
                                           "f: tensor 'b': expects 8 bytes for F32 [2], but data_offsets [0, 4] give 4",
                                           "f: tensor 'd': expects an object, but got array",
                                           "f: tensor 'c': its data [2, 6) overlap those of tensor 'b'"}));
}

TEST(Safetensors, MessagesAreShortAndPrintable) {
  std::string name(5000, 'n');
  std::string message =
      refusal(safetensors("{\"\\u001b[31m" + name + "\":{\"dtype\":\"U8\",\"shape\":[1]}}", bytes(1)));
  EXPECT_LT(message.size(), 200u);
  EXPECT_EQ(message.substr(0, 30), "f: tensor '\\x1b[31mnnnnnnnnnnn");
}

TEST(Safetensors, EveryPrefixAndEveryChangedByteIsSafe) {
  std::string whole =
      safetensors("{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
                  "\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[8,10]}}  ",
                  bytes(10));
  ASSERT_EQ(File(whole).status, SST_STATUS_OK);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(File(whole.substr(0, size)).status, SST_STATUS_OK) << size;
  for (size_t i = 0; i < whole.size() - 10; ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[i] = char(value);
      File file(changed);
      EXPECT_EQ(file.status == SST_STATUS_OK, file.report.count == 0) << i << " " << value;
    }
  }
}

TEST(Safetensors, OpensFilesAndRefusesOthers) {
  Folder folder;
  sst_safetensors_t *file = nullptr;
  Report report;
  std::string good = folder.write("good", safetensors(entry("\"U8\"", "[1]", "[0,1]"), "\x2a"));
  ASSERT_EQ(sst_safetensors_open(good.c_str(), &file, &report), SST_STATUS_OK);
  std::filesystem::remove(good);
  EXPECT_EQ(*static_cast<const char *>(sst_safetensors_tensor(file, 0)->data), 42);
  sst_safetensors_free(file);

  EXPECT_EQ(sst_safetensors_open(good.c_str(), &file, &report), SST_STATUS_NOT_FOUND);
  EXPECT_EQ(file, nullptr);
  EXPECT_EQ(sst_safetensors_open(folder.path.c_str(), &file, &report), SST_STATUS_IO_ERROR);
  std::string empty = folder.write("empty", "");
  EXPECT_EQ(sst_safetensors_open(empty.c_str(), &file, &report), SST_STATUS_CORRUPT);
  EXPECT_EQ(report.texts(), (Messages{good + ": cannot be opened: No such file or directory",
                                      folder.path.string() + ": is a directory; name a file in it: none is called "
                                                             "*.safetensors or *.safetensors.index.json",
                                      empty + ": is empty; expects a safetensors file"}));
}
