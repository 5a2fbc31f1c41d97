// The .npy reader and writer.
#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace sst_test;

namespace {

/// A .npy file with this header text.
std::string npy(const std::string &header, const std::string &data, char major = 1) {
  std::string length = bytesOf<uint32_t>({uint32_t(header.size())});
  return std::string("\x93NUMPY") + major + '\0' + length.substr(0, major == 1 ? 2 : 4) + header + data;
}

struct Parsed {
  explicit Parsed(std::string content) : bytes(std::move(content)) {
    status = sst_npy_parse(bytes.data(), bytes.size(), "f.npy", &tensor, &error);
  }
  std::string bytes;
  sst_tensor_t tensor;
  sst_error_t error{};
  sst_status_t status;
};

const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }          \n";
const std::string eightBytes(8, '\0');

} // namespace

TEST(Npy, ReadsAllVersionsAndTypes) {
  for (char major : {'\1', '\2', '\3'}) {
    Parsed parsed(npy(good, bytesOf<float>({1.5f, -2.0f}), major));
    ASSERT_EQ(parsed.status, SST_STATUS_OK) << parsed.error.message;
    EXPECT_EQ(parsed.tensor.rank, 2u);
    EXPECT_EQ(parsed.tensor.shape[0], 2u);
    EXPECT_EQ(parsed.tensor.elements, 2u);
    EXPECT_STREQ(parsed.tensor.name, "");
    float values[2];
    EXPECT_EQ(sst_tensor_to_f32(&parsed.tensor, values), SST_STATUS_OK);
    EXPECT_EQ(values[0], 1.5f);
    EXPECT_EQ(values[1], -2.0f);
  }
  EXPECT_EQ(Parsed(npy("{\"shape\":(4,),\"fortran_order\":False,\"descr\":\"<f2\"}", eightBytes)).tensor.dtype,
            SST_DTYPE_F16);
  EXPECT_EQ(Parsed(npy("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", eightBytes)).tensor.dtype,
            SST_DTYPE_F64);
  // One dimension is the same in both orders.
  EXPECT_EQ(Parsed(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (1,)}", eightBytes)).status, SST_STATUS_OK);
  EXPECT_EQ(Parsed(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", "")).status, SST_STATUS_OK);
}

TEST(Npy, RefusesOthers) {
  auto with = [](const std::string &from, const std::string &to) {
    std::string header = good;
    header.replace(header.find(from), from.size(), to);
    return npy(header, eightBytes);
  };
  const std::string keys =
      "f.npy: expects the keys 'descr', 'fortran_order' and 'shape', each once; the .npy header is damaged";
  const std::string sizes = "f.npy: expects 'shape' to be a tuple of integers in [0, 2^64); the .npy header is damaged";
  const std::pair<std::string, std::string> cases[] = {
      {"", "f.npy: expects a .npy file, which starts with \\x93NUMPY"},
      {"\x93NUMPX" + std::string(20, '\0'), "f.npy: expects a .npy file, which starts with \\x93NUMPY"},
      {std::string("\x93NUMPY\1\0\2", 9), "f.npy: the .npy file is cut short in its header"},
      {npy(good, eightBytes, '\4'), "f.npy: expects .npy format 1.0, 2.0 or 3.0, but got 4.0"},
      {npy(good, "").substr(0, 40),
       "f.npy: expects a header of 70 bytes, but only 30 follow; the .npy file is cut short"},
      {with("<f4", ">f4"),
       "f.npy: expects elements of type '<f2', '<f4' or '<f8', but got '>f4'; save it with .astype('<f4')"},
      {with("<f4", "<i4"),
       "f.npy: expects elements of type '<f2', '<f4' or '<f8', but got '<i4'; save it with .astype('<f4')"},
      {with("'<f4'", "[('a', '<f4')]"),
       "f.npy: expects elements of type '<f2', '<f4' or '<f8', but got a type that is not a plain number; save it with "
       ".astype('<f4')"},
      {with("False", "True"), "f.npy: expects the elements in C order; save it with numpy.ascontiguousarray(...)"},
      {with("False", "0"), "f.npy: expects 'fortran_order' to be True or False; the .npy header is damaged"},
      {with("(2, 1)", "2"), "f.npy: expects 'shape' to be a tuple; the .npy header is damaged"},
      {with("(2, 1)", "(2)"), "f.npy: expects a tuple of one size to end with a comma; the .npy header is damaged"},
      {with("(2, 1)", "(2, -1)"), sizes},
      {with("(2, 1)", "(2, 18446744073709551616)"), sizes},
      {with("(2, 1)", "(1,1,1,1,1,1,1,1,1)"), "f.npy: expects at most 8 dimensions"},
      {with("(2, 1)", "(4294967296, 4294967296)"),
       "f.npy: the number of elements of shape [4294967296, 4294967296] overflows"},
      {with("(2, 1)", "(4611686018427387904,)"), "f.npy: the size of shape [4611686018427387904] overflows"},
      {with("(2, 1)", "(3, 1)"), "f.npy: expects 12 bytes of data for F32 [3, 1], but got 8; the .npy file is damaged"},
      {with("(2, 1)", "(1, 1)"), "f.npy: expects 4 bytes of data for F32 [1, 1], but got 8; the .npy file is damaged"},
      {with("'descr'", "'shape'"), "f.npy: expects 'shape' to be a tuple; the .npy header is damaged"},
      {with("'descr'", "'other'"), keys},
      {with("'descr': '<f4', ", ""), keys},
      {with("{", ""), "f.npy: expects the header to start with '{'; the .npy header is damaged"},
      {with("}", "} x"), "f.npy: expects nothing behind the last '}'; the .npy header is damaged"},
      {with("', ", "' "), "f.npy: expects ',' or '}'; the .npy header is damaged"},
      {with(", }", ""), "f.npy: expects ',' or '}'; the .npy header is damaged"},
      {with("'descr'", "descr"), "f.npy: expects a key, a colon and a value; the .npy header is damaged"},
  };
  for (const auto &[content, message] : cases) {
    Parsed parsed(content);
    EXPECT_NE(parsed.status, SST_STATUS_OK) << message;
    EXPECT_EQ(parsed.error.message, message);
    EXPECT_EQ(parsed.tensor.data, nullptr);
  }
}

TEST(Npy, EveryPrefixIsRefused) {
  std::string whole = npy(good, eightBytes);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(Parsed(whole.substr(0, size)).status, SST_STATUS_CORRUPT) << size;
}

TEST(Npy, WritesWhatNumpyWrites) {
  Folder folder;
  for (const std::vector<size_t> &shape : {std::vector<size_t>{}, {3}, {2, 3}, {1, 2, 3, 1}}) {
    sst_tensor_t tensor{};
    tensor.dtype = SST_DTYPE_F32;
    tensor.elements = 1;
    for (size_t size : shape) {
      tensor.shape[tensor.rank++] = size;
      tensor.elements *= size;
    }
    std::vector<float> values(tensor.elements, 0.25f);
    tensor.data = values.data();
    tensor.bytes = tensor.elements * 4;
    std::string path = folder.file("x.npy");
    sst_error_t error;
    ASSERT_EQ(sst_npy_write(path.c_str(), &tensor, &error), SST_STATUS_OK);
    Parsed parsed(readFile(path));
    ASSERT_EQ(parsed.status, SST_STATUS_OK) << parsed.error.message;
    EXPECT_EQ(parsed.tensor.rank, tensor.rank);
    EXPECT_TRUE(std::equal(shape.begin(), shape.end(), parsed.tensor.shape));
    EXPECT_EQ((parsed.bytes.size() - tensor.bytes) % 64, 0u);
    EXPECT_EQ(std::memcmp(parsed.tensor.data, values.data(), tensor.bytes), 0);
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x.npy"});
  sst_tensor_t integer{};
  integer.dtype = SST_DTYPE_I32;
  sst_error_t error;
  EXPECT_EQ(sst_npy_write(folder.file("i.npy").c_str(), &integer, &error), SST_STATUS_UNSUPPORTED);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x.npy"});
}
