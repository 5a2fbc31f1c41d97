/*
 * Compare.cpp - in double, so that the difference of two floats is exact where it matters.
 */
#include "Compare.h"

#include <cmath>
#include <limits>

namespace sst {

/// |got - want| under the rules of Comparison::largest.
static double difference(float got, float want) {
  if (got == want || (std::isnan(got) && std::isnan(want)))
    return 0;
  double result = std::fabs(double(got) - double(want));
  return std::isnan(result) ? std::numeric_limits<double>::infinity() : result;
}

Comparison compareRows(const Rows &got, const float *want, double atol, double rtol) {
  Comparison result;
  result.count = got.count * got.width;
  for (size_t i = 0; i < result.count; ++i) {
    float value = got.data[i / got.width * got.stride + i % got.width];
    double delta = difference(value, want[i]);
    // An infinite `want` must not make the tolerance infinite.
    double tolerance = std::isfinite(want[i]) ? atol + rtol * std::fabs(double(want[i])) : atol;
    result.different += !(delta <= tolerance);
    if (delta > result.largest || i == 0) {
      result.largest = delta;
      result.index = i;
      result.got = value;
      result.want = want[i];
    }
  }
  return result;
}

} // namespace sst
