//===- Random.h - random choices that are the same on every machine ---------------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_RANDOM_H
#define SST_TEST_RANDOMPROGRAMS_RANDOM_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <utility>

namespace sst {

/// SplitMix64. Call it once per expression: the order in which C++ evaluates arguments is not fixed.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// In [0, count).
  uint64_t below(uint64_t count) { return next() % count; }
  /// In [least, most].
  int64_t between(int64_t least, int64_t most) { return least + static_cast<int64_t>(below(most - least + 1)); }
  bool chance(double probability) { return uniform(0, 1) < probability; }
  /// In [least, most).
  double uniform(double least, double most) {
    return least + (most - least) * (static_cast<double>(next() >> 11) / static_cast<double>(uint64_t(1) << 53));
  }
  template <typename T>
  const T &pick(llvm::ArrayRef<T> values) {
    return values[below(values.size())];
  }
  template <typename T>
  T oneOf(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  template <typename Range>
  void shuffle(Range &range) {
    for (size_t i = range.size(); i > 1; --i)
      std::swap(range[i - 1], range[below(i)]);
  }

private:
  uint64_t state;
};

/// The seed of module `number` of `seed`.
inline uint64_t mixSeed(uint64_t seed, uint64_t number) { return Random(Random(seed).next() + number).next(); }

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_RANDOM_H
