/*
 * Attention.cpp - causal attention by tiles.
 */
#include "Attention.h"

#include "Math.h"

namespace peers {

size_t attentionScratch(int headDim) { return size_t(queryTile) * (keyTile + headDim + 2); }

/// Turns the first `valid` scores into exponentials and clears the rest. Updates the running maximum and sum; returns
/// the factor for what was summed before.
static float exponentials(float *scores, int valid, int count, float &maximum, float &sum, bool first) {
  float largest = maximum;
#pragma omp simd reduction(max : largest)
  for (int j = 0; j < valid; ++j)
    largest = std::max(largest, scores[j]);
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int j = 0; j < valid; ++j) {
    scores[j] = fastExp(scores[j] - largest);
    total += scores[j];
  }
  for (int j = std::max(0, valid); j < count; ++j)
    scores[j] = 0;
  float factor = first ? 0 : fastExp(std::max(maximum - largest, -80.0f));
  sum = sum * factor + total;
  maximum = largest;
  return factor;
}

void attend(Matrix query, Matrix key, Matrix value, int headDim, int first, int count, float *out, int outStride,
            float *scratch) {
  float *scores = scratch, *result = scores + queryTile * keyTile;
  float *maxima = result + size_t(queryTile) * headDim, *sums = maxima + queryTile;
  const float scale = 1.0f / std::sqrt(float(headDim));
  std::fill(maxima, maxima + count, -INFINITY);
  std::fill(sums, sums + count, 0.0f);
  for (int tile = 0; tile < first + count; tile += keyTile) {
    int keys = std::min(keyTile, first + count - tile);
    Matrix tileKeys{key.data + size_t(tile) * key.stride, key.stride};
    multiply(count, keys, headDim, scale, query, tileKeys, true, 0, scores, keyTile);
    for (int i = 0; i < count; ++i) {
      int valid = std::min(keys, first + i + 1 - tile);
      float factor = exponentials(scores + size_t(i) * keyTile, valid, keys, maxima[i], sums[i], tile == 0);
      if (tile > 0)
        for (int j = 0; j < headDim; ++j)
          result[size_t(i) * headDim + j] *= factor;
    }
    Matrix tileValues{value.data + size_t(tile) * value.stride, value.stride};
    multiply(count, headDim, keys, 1, {scores, keyTile}, tileValues, false, tile > 0, result, headDim);
  }
  for (int i = 0; i < count; ++i) {
    float factor = 1.0f / (sums[i] + 1e-8f);
    for (int j = 0; j < headDim; ++j)
      out[size_t(i) * outStride + j] = result[size_t(i) * headDim + j] * factor;
  }
}

} // namespace peers
