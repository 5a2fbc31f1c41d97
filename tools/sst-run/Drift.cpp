/*
 * Drift.cpp - norms in double.
 */
#include "Drift.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace sst {

void Drift::add(size_t sequence, size_t row, const float *got, const float *want, size_t width) {
  double distance = 0, length = 0;
  for (size_t i = 0; i < width; ++i) {
    double difference = double(got[i]) - double(want[i]);
    distance += difference * difference;
    length += double(want[i]) * double(want[i]);
    largestDifference = std::max(largestDifference, std::fabs(difference));
  }
  bool equal = std::memcmp(got, want, width * sizeof(float)) == 0;
  equalRows += equal;
  double share = equal || distance == 0 ? 0 : std::sqrt(distance / length);
  // What is not a number, in one of the two or differently in both, is as far away as can be.
  if (std::isnan(share))
    share = largestDifference = std::numeric_limits<double>::infinity();
  if (share > largest) {
    largest = share;
    this->sequence = sequence;
    this->row = row;
  }
  relative.push_back(share);
}

void Drift::finish() { std::sort(relative.begin(), relative.end()); }

} // namespace sst
