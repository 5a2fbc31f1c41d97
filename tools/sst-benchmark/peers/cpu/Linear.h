/*
 * Linear.h - the products of the model, by one of two libraries: LinearOneDnn.cpp or LinearOpenBlas.cpp.
 */
#ifndef SST_PEERS_LINEAR_H
#define SST_PEERS_LINEAR_H

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace peers {

/// Must be called once, before anything else here.
void startLibrary(int threads);
/// Name and version of the library, and the kernels that it chose for this CPU if it says so.
std::string libraryName();

enum class Epilogue { None, Gelu, Accumulate };

/// A dense layer: y = x W + b, gelu(x W + b), or y += x W without the bias. Layers with the same input are joined.
class Linear {
public:
  /// `kernel` is [inputs, outputs].
  struct Part {
    std::vector<float> kernel, bias;
  };

  void make(const std::vector<Part> &parts, int inputs);
  /// `x` and `y` have `rows` rows that are `xStride` and `yStride` floats apart.
  void run(const float *x, int xStride, float *y, int yStride, int rows, Epilogue epilogue = Epilogue::None);

  const float *bias() const { return biases; }

private:
  int inputs = 0, outputs = 0;
  float *weights = nullptr, *biases = nullptr;
  /// What a library keeps for a layer.
  struct Cache;
  std::shared_ptr<Cache> cache;
};

/// A matrix with its rows `stride` floats apart.
struct Matrix {
  const float *data;
  int stride;
};

/// c[m, n] = alpha * a[m, k] * b + beta * c, on the calling thread; b is [k, n], or [n, k] if `transposed`.
void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, bool transposed, float beta, float *c, int cStride);

} // namespace peers

#endif // SST_PEERS_LINEAR_H
