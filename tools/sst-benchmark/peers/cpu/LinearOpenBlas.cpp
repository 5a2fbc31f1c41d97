/*
 * LinearOpenBlas.cpp - products by cblas_sgemm. Each thread runs a single-threaded one on its part of the result, which
 * is faster than OpenBLAS's own threads at these sizes. One row is multiplied by cblas_sgemv, panel by panel of weights
 * that lie in the order in which they are read.
 */
#include "Harness.h"
#include "Linear.h"
#include "Math.h"

#include <algorithm>
#include <cblas.h>
#include <cstring>
#include <omp.h>

namespace peers {

/// The columns of the weights in panels, one behind the other; the last one may be narrower.
struct Linear::Cache {
  float *panels;
};

namespace {

int threadCount = 1;

/// The bias and gelu over a block of results that is still in the cache.
constexpr int blockRows = 256;
constexpr int panelColumns = 32;

float *packPanels(const float *weights, int inputs, int outputs) {
  float *panels = allocate(size_t(inputs) * outputs), *to = panels;
  for (int column = 0; column < outputs; column += panelColumns)
    for (int i = 0, width = std::min(panelColumns, outputs - column); i < inputs; ++i, to += width)
      std::memcpy(to, weights + size_t(i) * outputs + column, 4 * size_t(width));
  return panels;
}

} // namespace

void startLibrary(int threads) {
  threadCount = threads;
  openblas_set_num_threads(1);
  omp_set_num_threads(threads); // after OpenBLAS, which sets it too
}

std::string libraryName() { return std::string(openblas_get_config()) + ", kernels " + openblas_get_corename(); }

void Linear::run(const float *x, int xStride, float *y, int yStride, int rows, Epilogue epilogue) {
  if (rows == 1 && !cache)
    cache = std::make_shared<Cache>(Cache{packPanels(weights, inputs, outputs)});
  auto block = [&](int row, int rowEnd, int column, int columnEnd) {
    int height = rowEnd - row, width = columnEnd - column;
    if (epilogue != Epilogue::Accumulate)
      for (int r = row; r < rowEnd; ++r)
        std::memcpy(y + size_t(r) * yStride + column, biases + column, 4 * size_t(width));
    const float *left = x + size_t(row) * xStride;
    float *result = y + size_t(row) * yStride + column;
    if (rows == 1)
      for (int c = 0; c < width; c += panelColumns) {
        int panel = std::min(panelColumns, width - c);
        cblas_sgemv(CblasRowMajor, CblasTrans, inputs, panel, 1, cache->panels + size_t(column + c) * inputs, panel,
                    left, 1, 1, result + c, 1);
      }
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
    int unit = rows == 1 ? panelColumns : 16;
    bool byRows = rows >= blockRows * team;
    int row = byRows ? rows * thread / team : 0, rowEnd = byRows ? rows * (thread + 1) / team : rows;
    int column = byRows ? 0 : outputs * thread / team / unit * unit;
    int columnEnd = byRows || thread + 1 == team ? outputs : outputs * (thread + 1) / team / unit * unit;
    for (int r = row; r < rowEnd && column < columnEnd; r += blockRows)
      block(r, std::min(rowEnd, r + blockRows), column, columnEnd);
  }
}

void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, bool transposed, float beta, float *c,
              int cStride) {
  if (m == 1)
    cblas_sgemv(CblasRowMajor, transposed ? CblasNoTrans : CblasTrans, transposed ? n : k, transposed ? k : n, alpha,
                b.data, b.stride, a.data, 1, beta, c, 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, m, n, k, alpha, a.data, a.stride,
                b.data, b.stride, beta, c, cStride);
}

} // namespace peers
