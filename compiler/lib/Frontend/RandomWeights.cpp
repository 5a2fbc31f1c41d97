//===- RandomWeights.cpp - weights of an untrained model --------------------------------------------------------===//
//
// Every tensor has its own stream of SplitMix64 (Steele, Lea, Flood 2014), seeded by the seed and the tensor's name.
// Values are integers scaled by one float, so that they are the same on every machine: a single multiplication has no
// room for a fused one, and sqrt is rounded correctly everywhere.
//
// The scales keep an activation's variance near 1 through every projection (variance 1 / fan-in), with exceptions that
// make the model worth testing: the state-space path is as strong as the attention path, the scan's two gates, which
// are means and sums over many channels, really move from row to row, and what a block adds to the residual gets
// smaller with the number of blocks.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Weights.h"

#include "llvm/ADT/StringRef.h"

#include <cmath>

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
/// Largest magnitude of biases and shifts.
static constexpr float biasRange = 0.1f;
/// E[silu(x)^2] for normal x.
static constexpr double siluPower = 0.36;

/// Values in [-range, range).
static void fillUniform(Weight &weight, RandomStream &stream, float range) {
  float scale = range * unit;
  for (float &value : weight.values)
    value = static_cast<float>(stream.nextInteger()) * scale;
}

/// Magnitudes in [0.5, 1.5), one in four negative, as a trained gamma may be.
static void fillGamma(Weight &weight, RandomStream &stream) {
  for (float &value : weight.values) {
    int32_t magnitude = stream.nextInteger() + (1 << 24); // [2^23, 3 * 2^23)
    bool negative = (stream.next() >> 62) == 0;
    value = static_cast<float>(negative ? -magnitude : magnitude) * (0.5f * unit);
  }
}

/// A kernel whose outputs move together: to each row's uniform values a common one is added. Then the mean of the
/// outputs varies as much as a single one.
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

/// Largest magnitude of a kernel whose outputs have variance `power` if its inputs have variance `inputPower`.
static float getKernelRange(const Weight &weight, double power, double inputPower) {
  // Uniform values in [-r, r) have variance r * r / 3.
  return static_cast<float>(std::sqrt(3.0 * power / (inputPower * static_cast<double>(weight.shape[0]))));
}

static void fillKernel(Weight &weight, RandomStream &stream, const ModelOptions &options) {
  StringRef name = weight.name;
  double depth = static_cast<double>(options.numLayers);
  if (name.ends_with("_ssm_dt_proj.kernel"))
    fillTogether(weight, stream, getKernelRange(weight, 8.0, siluPower));
  else if (name.ends_with("_ssm_b_proj.kernel") || name.ends_with("_ssm_c_proj.kernel"))
    // The sum over state_size products gets variance 4.
    fillUniform(weight, stream,
                getKernelRange(weight, 2.0 / std::sqrt(static_cast<double>(options.stateSize)), siluPower));
  else if (name.ends_with("_ssm_out_proj.kernel"))
    // The scan's output times silu(z) has a variance of about 0.006.
    fillUniform(weight, stream, getKernelRange(weight, 1.0 / depth, 0.006));
  else if (name.ends_with("_attn_out_proj.kernel"))
    // Attention averages values of variance 1 over some rows.
    fillUniform(weight, stream, getKernelRange(weight, 1.0 / depth, 0.25));
  else if (name.ends_with("_ffn_down.kernel"))
    fillUniform(weight, stream, getKernelRange(weight, 1.0 / depth, siluPower));
  else
    fillUniform(weight, stream, getKernelRange(weight, 1.0, 1.0));
}

std::vector<Weight> sst::makeRandomWeights(const ModelOptions &options, uint64_t seed) {
  std::vector<Weight> weights;
  for (WeightShape &shape : getModelWeightShapes(options)) {
    Weight weight;
    weight.name = std::move(shape.name);
    weight.shape = std::move(shape.shape);
    int64_t elements = 1;
    for (int64_t size : weight.shape)
      elements *= size;
    weight.values.resize(static_cast<size_t>(elements));
    RandomStream stream(seed, weight.name);
    StringRef name = weight.name;
    if (name.ends_with(".gamma"))
      fillGamma(weight, stream);
    else if (name.ends_with(".kernel"))
      fillKernel(weight, stream, options);
    else
      fillUniform(weight, stream, biasRange);
    weights.push_back(std::move(weight));
  }
  return weights;
}
