//===- Tensors.cpp - tensors from files, to files, and compared -------------------------------------------------===//

#include "Tensors.h"
#include "common/Shapes.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <limits>

using namespace sst;

std::optional<HostTensor> sst::loadTensor(const std::string &source, const char *defaultName, Report &report) {
  sst_report_t problems = {};
  sst_array_t array;
  if (sst_array_load(source.c_str(), defaultName, &array, &problems) != SST_STATUS_OK) {
    report.add(source, problems);
    sst_report_free(&problems);
    return std::nullopt;
  }
  HostTensor result;
  result.shape.assign(array.shape, array.shape + array.rank);
  result.data.assign(array.data, array.data + array.elements);
  sst_array_free(&array);
  return result;
}

void sst::saveTensor(const std::string &path, const HostTensor &tensor, bool single, Report &report) {
  std::vector<float> rounded;
  if (single)
    rounded.assign(tensor.data.begin(), tensor.data.end());
  sst_tensor_t view = {};
  view.name = "";
  view.dtype = single ? SST_DTYPE_F32 : SST_DTYPE_F64;
  view.rank = static_cast<uint32_t>(tensor.shape.size());
  llvm::copy(tensor.shape, view.shape);
  view.elements = tensor.data.size();
  view.bytes = view.elements * sst_dtype_bytes(view.dtype);
  view.data = single ? static_cast<const void *>(rounded.data()) : tensor.data.data();
  sst_error_t error;
  if (sst_npy_write(path.c_str(), &view, &error) != SST_STATUS_OK)
    report.add(path, error);
}

/// SplitMix64.
static uint64_t nextRandom(uint64_t &state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

HostTensor sst::makeRandomTensor(llvm::ArrayRef<int64_t> shape, uint64_t &state) {
  HostTensor result;
  result.shape.assign(shape.begin(), shape.end());
  uint64_t elements = 1;
  for (int64_t size : shape)
    elements *= static_cast<uint64_t>(size);
  result.data.resize(elements);
  // 24 bits of fraction fit a float32.
  for (double &value : result.data)
    value = static_cast<double>(nextRandom(state) >> 40) / (1 << 22) - 2;
  return result;
}

std::string sst::formatDimensions(llvm::ArrayRef<int64_t> shape) {
  return "[" + llvm::join(llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }), ", ") + "]";
}

/// Nine digits; a NaN without its sign, which machines choose differently.
static std::string formatNumber(double value) {
  if (std::isnan(value))
    return "nan";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

void sst::summarize(const HostTensor &tensor, uint64_t count, llvm::raw_ostream &stream) {
  stream << formatDimensions(tensor.shape);
  if (tensor.data.empty()) {
    stream << "\n";
    return;
  }
  double least = std::numeric_limits<double>::infinity(), greatest = -least, sum = 0;
  for (double value : tensor.data) {
    least = value < least ? value : least;
    greatest = value > greatest ? value : greatest;
    sum += value;
  }
  stream << " min " << formatNumber(least) << " max " << formatNumber(greatest) << " mean "
         << formatNumber(sum / static_cast<double>(tensor.data.size())) << " values";
  for (uint64_t i = 0; i < count && i < tensor.data.size(); ++i)
    stream << " " << formatNumber(tensor.data[i]);
  stream << (count < tensor.data.size() ? " ...\n" : "\n");
}

//===------------------------------------------------------------------------------------------------------------===//
// Comparison
//===------------------------------------------------------------------------------------------------------------===//

static double absoluteDifference(double got, double want) {
  if (got == want || (std::isnan(got) && std::isnan(want)))
    return 0;
  double result = std::fabs(got - want);
  return std::isnan(result) ? std::numeric_limits<double>::infinity() : result;
}

static llvm::SmallVector<int64_t> unravel(uint64_t position, llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> index(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    index[i] = static_cast<int64_t>(position % static_cast<uint64_t>(shape[i]));
    position /= static_cast<uint64_t>(shape[i]);
  }
  return index;
}

/// The last rows of [batch, rows, channels]; `rows` is not 0.
static HostTensor takeLastRows(const HostTensor &tensor) {
  int64_t batch = tensor.shape[0], rows = tensor.shape[1], channels = tensor.shape[2];
  HostTensor result;
  result.shape = {batch, channels};
  for (int64_t b = 0; b < batch; ++b) {
    const double *row = tensor.data.data() + (b * rows + rows - 1) * channels;
    result.data.insert(result.data.end(), row, row + channels);
  }
  return result;
}

std::optional<Difference> sst::compareTensors(const HostTensor &got, const HostTensor &want, double atol, double rtol) {
  if (squeezed(got.shape) != squeezed(want.shape)) {
    bool lastRows = got.shape.size() == 3 && got.shape[1] > 0 &&
                    squeezed(want.shape) == squeezed(std::vector<int64_t>{got.shape[0], got.shape[2]});
    if (!lastRows)
      return std::nullopt;
    return compareTensors(takeLastRows(got), want, atol, rtol);
  }
  Difference result;
  result.count = got.data.size();
  for (uint64_t i = 0; i < result.count; ++i) {
    double delta = absoluteDifference(got.data[i], want.data[i]);
    double tolerance = std::isfinite(want.data[i]) ? atol + rtol * std::fabs(want.data[i]) : atol;
    result.beyond += !(delta <= tolerance);
    if (i == 0 || delta > result.largest) {
      result.largest = delta;
      result.got = got.data[i];
      result.want = want.data[i];
      result.index = unravel(i, want.shape);
    }
  }
  return result;
}

void sst::describe(const Difference &difference, double atol, double rtol, llvm::raw_ostream &stream) {
  stream << llvm::format("largest difference %.3g", difference.largest);
  if (difference.count != 0)
    stream << " at " << formatDimensions(difference.index) << " (got " << formatNumber(difference.got) << ", want "
           << formatNumber(difference.want) << ")";
  if (difference.beyond == 0)
    stream << llvm::format(": all %llu values within", static_cast<unsigned long long>(difference.count));
  else
    stream << llvm::format(": %llu of %llu values beyond", static_cast<unsigned long long>(difference.beyond),
                           static_cast<unsigned long long>(difference.count));
  stream << llvm::format(" %.3g + %.3g * |want|\n", atol, rtol);
}
