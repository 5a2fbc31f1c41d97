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

void convolve(const Model &model, const Block &block, const float *x, int stride, float *result, int begin, int end) {
  const int channels = model.inner, taps = model.taps;
  const float *kernel = block.conv.data(), *bias = block.convBias.data();
  for (int row = begin; row < end; ++row) {
    float *out = result + size_t(row) * channels;
    if (taps == 4 && row >= 3) {
      const float *x0 = x + size_t(row - 3) * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride;
      const float *k0 = kernel, *k1 = k0 + channels, *k2 = k1 + channels, *k3 = k2 + channels;
#pragma omp simd
      for (int c = 0; c < channels; ++c)
        out[c] = silu(bias[c] + k0[c] * x0[c] + k1[c] * x1[c] + k2[c] * x2[c] + k3[c] * x3[c]);
      continue;
    }
    std::memcpy(out, bias, 4 * size_t(channels));
    for (int tap = std::max(0, taps - 1 - row); tap < taps; ++tap) {
      const float *in = x + size_t(row - taps + 1 + tap) * stride, *k = kernel + size_t(tap) * channels;
#pragma omp simd
      for (int c = 0; c < channels; ++c)
        out[c] += k[c] * in[c];
    }
#pragma omp simd
    for (int c = 0; c < channels; ++c)
      out[c] = silu(out[c]);
  }
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
}

void mixBranches(float *x, const float *gate, const float *ssm, const float *attention, int channels) {
#pragma omp simd
  for (int i = 0; i < channels; ++i) {
    float share = sigmoid(gate[i]);
    x[i] += share * ssm[i] + (1 - share) * attention[i];
  }
}

} // namespace peers
