// Conversion of element types, against the compiler's own conversions and known values.
#include "TestFiles.h"

#include <cfenv>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace sst_test;

namespace {

sst_tensor_t tensorOf(sst_dtype_t dtype, const std::string &bytes) {
  sst_tensor_t tensor{};
  tensor.name = "t";
  tensor.dtype = dtype;
  tensor.rank = 1;
  tensor.elements = tensor.shape[0] = bytes.size() / sst_dtype_bytes(dtype);
  tensor.bytes = bytes.size();
  tensor.data = bytes.data();
  return tensor;
}

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

template <typename T>
std::vector<float> convert(sst_dtype_t dtype, const std::vector<T> &values) {
  // One byte in front, so that the data are not aligned.
  std::string bytes = "x" + bytesOf(values);
  sst_tensor_t tensor = tensorOf(dtype, bytes.substr(1));
  tensor.data = bytes.data() + 1;
  std::vector<float> result(values.size());
  EXPECT_EQ(sst_tensor_to_f32(&tensor, result.data()), SST_STATUS_OK);
  return result;
}

/// The value of a binary16 number, from its definition.
double halfValue(unsigned half) {
  int exponent = int(half >> 10 & 31), fraction = int(half & 1023);
  double value = exponent == 31 ? (fraction ? std::nan("") : INFINITY)
                 : exponent     ? std::ldexp(1024 + fraction, exponent - 25)
                                : std::ldexp(fraction, -24);
  return half >> 15 ? -value : value;
}

} // namespace

TEST(Tensor, EveryHalfIsExact) {
  std::vector<uint16_t> halves;
  for (unsigned i = 0; i < 65536; ++i)
    halves.push_back(uint16_t(i));
  std::vector<float> floats = convert(SST_DTYPE_F16, halves);
  for (unsigned i = 0; i < 65536; ++i) {
    double want = halfValue(i);
    if (std::isnan(want))
      EXPECT_TRUE(std::isnan(floats[i])) << i;
    else
      EXPECT_EQ(bitsOf(floats[i]), bitsOf(float(want))) << i;
  }
}

TEST(Tensor, Bfloat16IsTheUpperHalfOfAFloat) {
  std::vector<float> floats = convert<uint16_t>(SST_DTYPE_BF16, {0x3f80, 0xc000, 0x0001, 0x7f80, 0x8000});
  EXPECT_EQ(floats[0], 1.0f);
  EXPECT_EQ(floats[1], -2.0f);
  EXPECT_EQ(bitsOf(floats[2]), 0x00010000u);
  EXPECT_EQ(floats[3], INFINITY);
  EXPECT_EQ(bitsOf(floats[4]), 0x80000000u);
}

TEST(Tensor, Float32IsCopiedBitForBit) {
  std::vector<uint32_t> bits = {0x7f800001u, 0xffc12345u, 0x00000001u, 0x80000000u};
  std::vector<float> floats = convert(SST_DTYPE_F32, bits);
  EXPECT_EQ(std::memcmp(floats.data(), bits.data(), bits.size() * 4), 0);
}

TEST(Tensor, DoublesAreRoundedToNearestEven) {
  std::mt19937_64 random(1);
  std::vector<double> doubles = {0.0,
                                 -0.0,
                                 1e300,
                                 -1e300,
                                 1e-300,
                                 3.4028235677973366e38,
                                 3.4028235677973362e38,
                                 std::ldexp(1, -149),
                                 std::ldexp(1, -150),
                                 std::ldexp(1.5, -150),
                                 std::ldexp(3, -150),
                                 std::ldexp(1, -126),
                                 std::ldexp(0x1fffffff, -155),
                                 1 + std::ldexp(1, -24),
                                 1 + std::ldexp(3, -24),
                                 INFINITY,
                                 -INFINITY,
                                 std::nan(""),
                                 5e-324};
  for (int i = 0; i < 200000; ++i) {
    uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    doubles.push_back(value);
    // Many of the numbers above are out of the range of a float: these are around its subnormals, and exact ties.
    doubles.push_back(std::ldexp(1 + double(bits >> 12) * 0x1p-52, -120 - int(bits % 40)));
    doubles.push_back(std::ldexp(double((bits >> 40 | 0x800000) * 2 + 1), int(bits % 250) - 150));
  }
  std::vector<float> floats = convert(SST_DTYPE_F64, doubles);
  for (size_t i = 0; i < doubles.size(); ++i) {
    if (std::isnan(doubles[i]))
      EXPECT_TRUE(std::isnan(floats[i]));
    else
      ASSERT_EQ(bitsOf(floats[i]), bitsOf(float(doubles[i]))) << doubles[i];
  }
}

TEST(Tensor, ConversionIgnoresTheRoundingMode) {
  int saved = std::fegetround();
  std::fesetround(FE_UPWARD);
  std::vector<float> floats = convert<double>(SST_DTYPE_F64, {1 + 0x1p-30});
  std::fesetround(saved);
  EXPECT_EQ(floats[0], 1.0f);
}

TEST(Tensor, WideningToDoubleIsExact) {
  std::mt19937 random(2);
  std::vector<uint32_t> bits = {0, 0x80000000u, 1, 0x007fffffu, 0x00800000u, 0x7f800000u, 0xff800000u, 0x7fc00000u};
  for (int i = 0; i < 100000; ++i)
    bits.push_back(i % 4 ? uint32_t(random()) : uint32_t(random()) & 0x807fffffu);
  std::string bytes = bytesOf(bits);
  sst_tensor_t tensor = tensorOf(SST_DTYPE_F32, bytes);
  std::vector<double> doubles(bits.size());
  ASSERT_EQ(sst_tensor_to_f64(&tensor, doubles.data()), SST_STATUS_OK);
  for (size_t i = 0; i < bits.size(); ++i) {
    float value;
    std::memcpy(&value, &bits[i], sizeof value);
    double want = double(value);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(doubles[i]));
    else
      ASSERT_EQ(std::memcmp(&doubles[i], &want, sizeof want), 0) << value;
  }
}

TEST(Tensor, OtherTypesAreUnsupportedAndWriteNothing) {
  std::string bytes(8, '\1');
  for (int dtype = SST_DTYPE_I64; dtype < SST_DTYPE_COUNT; ++dtype) {
    sst_tensor_t tensor = tensorOf(sst_dtype_t(dtype), bytes);
    std::vector<float> floats(8, 42.0f);
    std::vector<double> doubles(8, 42.0);
    EXPECT_EQ(sst_tensor_to_f32(&tensor, floats.data()), SST_STATUS_UNSUPPORTED);
    EXPECT_EQ(sst_tensor_to_f64(&tensor, doubles.data()), SST_STATUS_UNSUPPORTED);
    EXPECT_EQ(floats, std::vector<float>(8, 42.0f));
    EXPECT_EQ(doubles, std::vector<double>(8, 42.0));
  }
}

TEST(Tensor, ShapesAsText) {
  size_t large[SST_MAX_RANK];
  std::fill(large, large + SST_MAX_RANK, SIZE_MAX);
  char buffer[SST_SHAPE_TEXT_BYTES];
  EXPECT_STREQ(sst_shape_text(nullptr, 0, buffer), "[]");
  EXPECT_EQ(std::strlen(sst_shape_text(large, SST_MAX_RANK, buffer)), 8 * 20 + 7 * 2 + 2u);
}
