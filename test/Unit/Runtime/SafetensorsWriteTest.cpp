// The safetensors writer: its output reads back, and nothing contradictory is written.
#include "TestFiles.h"

#include <gtest/gtest.h>

using namespace sst_test;

namespace {

sst_tensor_t floatTensor(const char *name, const std::vector<float> &values) {
  sst_tensor_t tensor{};
  tensor.name = name;
  tensor.dtype = SST_DTYPE_F32;
  tensor.rank = 1;
  tensor.shape[0] = tensor.elements = values.size();
  tensor.bytes = values.size() * sizeof(float);
  tensor.data = values.data();
  return tensor;
}

} // namespace

TEST(SafetensorsWrite, ReadsBack) {
  Folder folder;
  std::string path = folder.file("x.safetensors"), again = folder.file("y.safetensors");
  std::vector<float> one = {1, 2, 3}, none;
  sst_tensor_t tensors[] = {floatTensor("z \"quoted\" gr\xc3\xbc\xc3\x9f", one), floatTensor("a", none)};
  sst_metadata_t metadata[] = {{"key\n", "value\\"}, {"b", ""}};
  sst_error_t error;
  ASSERT_EQ(sst_safetensors_write(path.c_str(), tensors, 2, metadata, 2, &error), SST_STATUS_OK) << error.message;
  ASSERT_EQ(sst_safetensors_write(again.c_str(), tensors, 2, metadata, 2, &error), SST_STATUS_OK);
  EXPECT_EQ(readFile(path), readFile(again));

  sst_safetensors_t *file = nullptr;
  Report report;
  ASSERT_EQ(sst_safetensors_open(path.c_str(), &file, &report), SST_STATUS_OK) << report.messages[0];
  ASSERT_EQ(sst_safetensors_count(file), 2u);
  EXPECT_STREQ(sst_safetensors_tensor(file, 0)->name, tensors[0].name);
  EXPECT_EQ(std::memcmp(sst_safetensors_tensor(file, 0)->data, one.data(), 12), 0);
  EXPECT_STREQ(sst_safetensors_metadata_find(file, "key\n"), "value\\");
  EXPECT_EQ(sst_safetensors_metadata_count(file), 2u);
  sst_safetensors_free(file);
  EXPECT_EQ(readFile(path).size() % 4, 0u);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"x.safetensors", "y.safetensors"}));
}

TEST(SafetensorsWrite, WritesTheEmptyFile) {
  Folder folder;
  std::string path = folder.file("x");
  ASSERT_EQ(sst_safetensors_write(path.c_str(), nullptr, 0, nullptr, 0, nullptr), SST_STATUS_OK);
  EXPECT_EQ(readFile(path), safetensors("{}      "));
}

TEST(SafetensorsWrite, RefusesContradictions) {
  Folder folder;
  std::string path = folder.file("x");
  std::vector<float> values = {1, 2};
  auto refusal = [&](std::vector<sst_tensor_t> tensors, std::vector<sst_metadata_t> metadata = {}) {
    sst_error_t error{};
    EXPECT_EQ(
        sst_safetensors_write(path.c_str(), tensors.data(), tensors.size(), metadata.data(), metadata.size(), &error),
        SST_STATUS_INVALID_ARGUMENT);
    std::string message = error.message;
    EXPECT_EQ(message.substr(0, path.size() + 2), path + ": ");
    return message.substr(path.size() + 2);
  };
  sst_tensor_t good = floatTensor("a", values), wrongBytes = good, wrongElements = good, wrongRank = good,
               noData = good;
  wrongBytes.bytes = 4;
  wrongElements.elements = 3;
  wrongRank.rank = 9;
  noData.data = nullptr;
  for (const sst_tensor_t &tensor : {wrongBytes, wrongElements, wrongRank, noData})
    EXPECT_EQ(refusal({tensor}), "tensor 'a': its shape, type, sizes and data contradict each other");
  const std::string noName = "expects tensor 0 to have a name other than '__metadata__'";
  EXPECT_EQ(refusal({floatTensor("", values)}), noName);
  EXPECT_EQ(refusal({floatTensor(nullptr, values)}), noName);
  EXPECT_EQ(refusal({floatTensor("__metadata__", values)}), noName);
  EXPECT_EQ(refusal({good, floatTensor("b", values), good}), "expects every tensor once, but got 'a' twice");
  EXPECT_EQ(refusal({floatTensor("\xff", values)}), "expects the name of tensor '\\xff' to be UTF-8");
  EXPECT_EQ(refusal({good}, {{"k", "1"}, {"k", "2"}}), "expects every metadata key once, but got 'k' twice");
  EXPECT_EQ(refusal({good}, {{"k", "\xff"}}), "expects the value of metadata 'k' to be UTF-8");
  EXPECT_TRUE(folder.names().empty());
}
