//===- RandomWeights.cpp - weights of an untrained model --------------------------------------------------------===//
//
// Every tensor has its own stream of SplitMix64 (Steele, Lea, Flood 2014), seeded by the seed and the tensor's name.
// Values are integers scaled by one float, so that they are the same on every machine: a single multiplication has no
// room for a fused one, and the sqrt that families compute scales with is rounded correctly everywhere.
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Weights.h"

#include "llvm/ADT/StringRef.h"

using namespace sst;
using llvm::StringRef;

namespace {
class RandomStream {
public:
  RandomStream(uint64_t seed, StringRef name) : state(seed) {
    for (char c : name)
      state = next() ^ static_cast<unsigned char>(c);
  }

  uint64_t next() {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// An integer in [-2^23, 2^23).
  int32_t nextInteger() { return static_cast<int32_t>(next() >> 40) - (1 << 23); }

private:
  uint64_t state;
};
} // namespace

/// 2^-23: nextInteger() times this is in [-1, 1).
static constexpr float unit = 1.0f / (1 << 23);
static void fillUniform(Weight &weight, RandomStream &stream, float range) {
  float scale = range * unit;
  for (float &value : weight.values)
    value = static_cast<float>(stream.nextInteger()) * scale;
}

static void fillSigned(Weight &weight, RandomStream &stream) {
  for (float &value : weight.values) {
    int32_t magnitude = stream.nextInteger() + (1 << 24); // [2^23, 3 * 2^23)
    bool negative = (stream.next() >> 62) == 0;
    value = static_cast<float>(negative ? -magnitude : magnitude) * (0.5f * unit);
  }
}

static void fillTogether(Weight &weight, RandomStream &stream, float range) {
  int64_t columns = weight.shape[1];
  float scale = range * unit * 0.5f;
  for (int64_t row = 0; row < weight.shape[0]; ++row) {
    int32_t common = stream.nextInteger();
    for (int64_t column = 0; column < columns; ++column)
      weight.values[static_cast<size_t>(row * columns + column)] =
          static_cast<float>(common + (stream.nextInteger() >> 2)) * scale;
  }
}

std::vector<Weight> sst::makeRandomWeights(const OptionValues &options, uint64_t seed) {
  std::vector<Weight> weights;
  WeightTable table(options);
  for (const WeightInfo &info : table.getWeights()) {
    Weight weight;
    weight.name = info.name;
    weight.shape = info.shape;
    int64_t elements = 1;
    for (int64_t size : weight.shape)
      elements *= size;
    weight.values.resize(static_cast<size_t>(elements));
    RandomStream stream(seed, weight.name);
    switch (info.random.kind) {
    case RandomScale::Uniform:
      fillUniform(weight, stream, info.random.range);
      break;
    case RandomScale::Signed:
      fillSigned(weight, stream);
      break;
    case RandomScale::Together:
      fillTogether(weight, stream, info.random.range);
      break;
    }
    weights.push_back(std::move(weight));
  }
  return weights;
}
