/*
 * Rows.cpp - what is done row by row between the products.
 */
#include "Rows.h"

#include "Math.h"

namespace peers {

void normalize(const float *x, float *y, const Norm &norm, int channels) {
  float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < channels; ++i)
    sum += x[i];
  float mean = sum / channels;
#pragma omp simd reduction(+ : squares)
  for (int i = 0; i < channels; ++i)
    squares += (x[i] - mean) * (x[i] - mean);
  float scale = 1.0f / std::sqrt(squares / channels + 1e-5f);
  const float *gamma = norm.gamma.data(), *beta = norm.beta.data();
#pragma omp simd
  for (int i = 0; i < channels; ++i)
    y[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
}

/// Row `row` of a sequence, which is among those before it if that is negative; null if there is none.
static const float *rowOf(const Model &model, const float *before, const float *x, int stride, int row) {
  if (row >= 0)
    return x + size_t(row) * stride;
  return before ? before + size_t(model.taps - 1 + row) * model.inner : nullptr;
}

void convolve(const Model &model, const Block &block, const float *before, const float *x, int stride, float *result,
              int begin, int end) {
  const int channels = model.inner, taps = model.taps;
  const float *kernel = block.conv.data(), *bias = block.convBias.data();
  for (int row = begin; row < end; ++row) {
    float *out = result + size_t(row) * channels;
    auto source = [&](int tap) { return rowOf(model, before, x, stride, row - taps + 1 + tap); };
    if (taps == 4 && source(0)) {
      const float *x0 = source(0), *x1 = source(1), *x2 = source(2), *x3 = source(3);
      const float *k0 = kernel, *k1 = k0 + channels, *k2 = k1 + channels, *k3 = k2 + channels;
#pragma omp simd
      for (int c = 0; c < channels; ++c)
        out[c] = silu(bias[c] + k0[c] * x0[c] + k1[c] * x1[c] + k2[c] * x2[c] + k3[c] * x3[c]);
      continue;
    }
    std::memcpy(out, bias, 4 * size_t(channels));
    for (int tap = 0; tap < taps; ++tap) {
      const float *in = source(tap), *k = kernel + size_t(tap) * channels;
      if (!in)
        continue;
#pragma omp simd
      for (int c = 0; c < channels; ++c)
        out[c] += k[c] * in[c];
    }
#pragma omp simd
    for (int c = 0; c < channels; ++c)
      out[c] = silu(out[c]);
  }
}

void carryRows(const Model &model, const float *before, const float *x, int stride, int rows, float *after) {
  for (int i = 0; i < model.taps - 1; ++i)
    std::memcpy(after + size_t(i) * model.inner, rowOf(model, before, x, stride, rows - model.taps + 1 + i),
                4 * size_t(model.inner));
}

void scanFactors(const Model &model, const float *bcdt, float factors[2]) {
  const float *b = bcdt, *c = b + model.state, *dt = c + model.state;
  float sum = 0, product = 0;
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < model.inner; ++i)
    sum += softplus(dt[i]);
  for (int n = 0; n < model.state; ++n)
    product += b[n] * c[n];
  float decay = sigmoid(sum / model.inner);
  factors[0] = decay;
  factors[1] = (1 - decay) * decay * sigmoid(product);
}

void Scan::run(int begin, int end) const {
  constexpr int most = 128;
  alignas(64) float h[most] = {};
  const int count = std::min(most, end - begin);
  if (before)
    std::memcpy(h, before + begin, 4 * size_t(count));
  for (int row = 0; row < rows; ++row) {
    const float decay = factors[2 * row], factor = factors[2 * row + 1];
    const float *in = u + size_t(row) * inner + begin;
    if (!gate) {
#pragma omp simd
      for (int i = 0; i < count; ++i)
        h[i] = decay * h[i] + factor * in[i];
      continue;
    }
    const float *z = gate + size_t(row) * gateStride + begin;
    float *out = y + size_t(row) * inner + begin;
#pragma omp simd
    for (int i = 0; i < count; ++i) {
      h[i] = decay * h[i] + factor * in[i];
      out[i] = h[i] * silu(z[i]);
    }
  }
  if (!gate)
    std::memcpy(y + begin, h, 4 * size_t(count));
  if (after)
    std::memcpy(after + begin, h, 4 * size_t(count));
}

void mixBranches(float *x, const float *gate, const float *ssm, const float *attention, int channels) {
#pragma omp simd
  for (int i = 0; i < channels; ++i) {
    float share = sigmoid(gate[i]);
    x[i] += share * ssm[i] + (1 - share) * attention[i];
  }
}

} // namespace peers
