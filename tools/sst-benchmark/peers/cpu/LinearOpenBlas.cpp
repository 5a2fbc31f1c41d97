/*
 * LinearOpenBlas.cpp - products by cblas_sgemm. Each thread runs a single-threaded one on its part of the result, which
 * is faster than OpenBLAS's own threads at these sizes.
 */
#include "Linear.h"
#include "Math.h"

#include <algorithm>
#include <cblas.h>
#include <cstring>
#include <omp.h>

namespace peers {

struct Linear::Cache {};

namespace {

int threadCount = 1;

/// The bias and gelu over a block of results that is still in the cache.
constexpr int blockRows = 256;

} // namespace

void startLibrary(int threads) {
  threadCount = threads;
  openblas_set_num_threads(1);
  omp_set_num_threads(threads); // after OpenBLAS, which sets it too
}

std::string libraryName() { return std::string(openblas_get_config()) + ", kernels " + openblas_get_corename(); }

void Linear::run(const float *x, int xStride, float *y, int yStride, int rows, Epilogue epilogue) {
  auto block = [&](int row, int rowEnd, int column, int columnEnd) {
    int height = rowEnd - row, width = columnEnd - column;
    if (epilogue != Epilogue::Accumulate)
      for (int r = row; r < rowEnd; ++r)
        std::memcpy(y + size_t(r) * yStride + column, biases + column, 4 * size_t(width));
    const float *left = x + size_t(row) * xStride;
    float *result = y + size_t(row) * yStride + column;
    if (height == 1)
      cblas_sgemv(CblasRowMajor, CblasTrans, inputs, width, 1, weights + column, outputs, left, 1, 1, result, 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, height, width, inputs, 1, left, xStride, weights + column,
                  outputs, 1, result, yStride);
    if (epilogue != Epilogue::Gelu)
      return;
    for (int r = 0; r < height; ++r) {
      float *line = result + size_t(r) * yStride;
#pragma omp simd
      for (int c = 0; c < width; ++c)
        line[c] = gelu(line[c]);
    }
  };
#pragma omp parallel num_threads(threadCount) if (threadCount > 1)
  {
    long thread = omp_get_thread_num(), team = omp_get_num_threads();
    bool byRows = rows >= blockRows * team;
    int row = byRows ? rows * thread / team : 0, rowEnd = byRows ? rows * (thread + 1) / team : rows;
    int column = byRows ? 0 : outputs * thread / team / 16 * 16;
    int columnEnd = byRows || thread + 1 == team ? outputs : outputs * (thread + 1) / team / 16 * 16;
    for (int r = row; r < rowEnd && column < columnEnd; r += blockRows)
      block(r, std::min(rowEnd, r + blockRows), column, columnEnd);
  }
}

void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, bool transposed, float beta, float *c,
              int cStride) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, m, n, k, alpha, a.data, a.stride,
              b.data, b.stride, beta, c, cStride);
}

} // namespace peers
