//===- Kernels.cpp - the maths of the ops in float64 --------------------------------------------------------------===//
//
// Read next to the descriptions in dialect/include/sst/Dialect: names and order of operations are theirs. Loops run
// over the innermost dimension last, which is all that is done for speed. Fused multiply-adds are not imitated: in
// float64 they change the 16th digit.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include <cmath>
#include <limits>

using namespace sst;
using namespace sst::reference;

HostTensor reference::makeTensor(llvm::ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  HostTensor result;
  result.shape.assign(shape.begin(), shape.end());
  result.data.resize(elements);
  return result;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Elementwise
//===--------------------------------------------------------------------------------------------------------------===//

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// log(exp(x) + 1), where exp overflows as in binary32.
static double softplus(double x) {
  double e = std::exp(x);
  if (e > std::numeric_limits<float>::max())
    e = std::numeric_limits<double>::infinity();
  return std::log(e + 1);
}

double reference::activate(Activation kind, double x) {
  switch (kind) {
  case Activation::None:
    return x;
  case Activation::Sigmoid:
    return sigmoid(x);
  case Activation::Silu:
    return x * sigmoid(x);
  case Activation::Gelu:
    return x * (1 + std::erf(x / std::sqrt(2.0))) / 2;
  case Activation::Softplus:
    return softplus(x);
  }
  return x;
}

HostTensor reference::activate(Activation kind, HostTensor x) {
  for (double &value : x.data)
    value = activate(kind, value);
  return x;
}

template <typename Function>
static HostTensor zip(const HostTensor &lhs, const HostTensor &rhs, Function function) {
  HostTensor result = makeTensor(lhs.shape);
  for (size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = function(lhs.data[i], rhs.data[i]);
  return result;
}

HostTensor reference::add(const HostTensor &lhs, const HostTensor &rhs) {
  return zip(lhs, rhs, [](double x, double y) { return x + y; });
}

HostTensor reference::subtract(const HostTensor &lhs, const HostTensor &rhs) {
  return zip(lhs, rhs, [](double x, double y) { return x - y; });
}

HostTensor reference::multiply(const HostTensor &lhs, const HostTensor &rhs) {
  return zip(lhs, rhs, [](double x, double y) { return x * y; });
}

HostTensor reference::gatedFusion(const HostTensor &gate, const HostTensor &first, const HostTensor &second) {
  HostTensor result = makeTensor(gate.shape);
  for (size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = gate.data[i] * first.data[i] + (1 - gate.data[i]) * second.data[i];
  return result;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Row by row
//===--------------------------------------------------------------------------------------------------------------===//

HostTensor reference::project(const HostTensor &x, const HostTensor &weight, const HostTensor *bias) {
  int64_t rows = x.shape[0] * x.shape[1], depth = weight.shape[0], columns = weight.shape[1];
  HostTensor result = makeTensor({x.shape[0], x.shape[1], columns});
  for (int64_t row = 0; row < rows; ++row) {
    const double *in = x.data.data() + row * depth;
    double *out = result.data.data() + row * columns;
    if (bias)
      std::copy(bias->data.begin(), bias->data.end(), out);
    for (int64_t k = 0; k < depth; ++k) {
      const double *w = weight.data.data() + k * columns;
      for (int64_t n = 0; n < columns; ++n)
        out[n] += in[k] * w[n];
    }
  }
  return result;
}

HostTensor reference::takeChannels(const HostTensor &x, int64_t begin, int64_t count) {
  int64_t rows = x.shape[0] * x.shape[1], channels = x.shape[2];
  HostTensor result = makeTensor({x.shape[0], x.shape[1], count});
  for (int64_t row = 0; row < rows; ++row)
    std::copy_n(x.data.data() + row * channels + begin, count, result.data.data() + row * count);
  return result;
}

/// `r` of the description: the reciprocal deviation.
static double reciprocalDeviation(double variance, LayerNormFlavor flavor, double epsilon) {
  // A NaN compares false.
  if (flavor == LayerNormFlavor::Axon080 && !(variance >= epsilon))
    return 1 / std::sqrt(epsilon);
  return 1 / std::sqrt(variance + epsilon);
}

HostTensor reference::layerNorm(const HostTensor &x, const HostTensor &gamma, const HostTensor &beta,
                                LayerNormFlavor flavor, double epsilon) {
  int64_t rows = x.shape[0] * x.shape[1], channels = x.shape[2];
  HostTensor result = makeTensor(x.shape);
  for (int64_t row = 0; row < rows; ++row) {
    const double *in = x.data.data() + row * channels;
    double *out = result.data.data() + row * channels;
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < channels; ++c)
      mean += in[c];
    mean /= channels;
    for (int64_t c = 0; c < channels; ++c)
      variance += (in[c] - mean) * (in[c] - mean);
    variance /= channels;
    double r = reciprocalDeviation(variance, flavor, epsilon);
    for (int64_t c = 0; c < channels; ++c)
      out[c] = (gamma.data[c] * r) * (in[c] - mean) + beta.data[c];
  }
  return result;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Along time
//===--------------------------------------------------------------------------------------------------------------===//

HostTensor reference::lastRow(const HostTensor &x) {
  int64_t batch = x.shape[0], rows = x.shape[1], channels = x.shape[2];
  HostTensor result = makeTensor({batch, 1, channels});
  for (int64_t b = 0; b < batch; ++b)
    std::copy_n(x.data.data() + (b * rows + rows - 1) * channels, channels, result.data.data() + b * channels);
  return result;
}

HostTensor reference::appendRows(const HostTensor *past, const HostTensor &x) {
  if (!past)
    return x;
  int64_t batch = x.shape[0], channels = x.shape[2];
  int64_t oldSize = past->shape[1] * channels, newSize = x.shape[1] * channels;
  HostTensor result = makeTensor({batch, past->shape[1] + x.shape[1], channels});
  double *out = result.data.data();
  for (int64_t b = 0; b < batch; ++b) {
    out = std::copy_n(past->data.data() + b * oldSize, oldSize, out);
    out = std::copy_n(x.data.data() + b * newSize, newSize, out);
  }
  return result;
}

Carried reference::causalConv1D(const HostTensor &x, const HostTensor &weight, const HostTensor *bias,
                                const HostTensor *initialState) {
  int64_t batch = x.shape[0], rows = x.shape[1], channels = x.shape[2], taps = weight.shape[0];
  // `history` starts taps - 1 rows before x: its row t + k is what tap k sees at time t.
  HostTensor zeros;
  if (!initialState)
    zeros = makeTensor({batch, taps - 1, channels});
  HostTensor history = appendRows(initialState ? initialState : &zeros, x);
  int64_t historyRows = rows + taps - 1;
  Carried result = {makeTensor(x.shape), makeTensor({batch, taps - 1, channels})};
  for (int64_t b = 0; b < batch; ++b) {
    const double *in = history.data.data() + b * historyRows * channels;
    for (int64_t t = 0; t < rows; ++t) {
      double *out = result.output.data.data() + (b * rows + t) * channels;
      if (bias)
        std::copy(bias->data.begin(), bias->data.end(), out);
      for (int64_t k = 0; k < taps; ++k)
        for (int64_t c = 0; c < channels; ++c)
          out[c] += weight.data[k * channels + c] * in[(t + k) * channels + c];
    }
    std::copy_n(in + rows * channels, (taps - 1) * channels, result.finalState.data.data() + b * (taps - 1) * channels);
  }
  return result;
}

/// m[b,t] of one row: the sigmoid of the mean of `delta`.
static double keepFactor(const double *delta, int64_t channels) {
  double sum = 0;
  for (int64_t i = 0; i < channels; ++i)
    sum += delta[i];
  return sigmoid(sum / channels);
}

/// s[b,t] of one row: the sigmoid of the dot product of `b` and `c`.
static double admitFactor(const double *b, const double *c, int64_t size) {
  double sum = 0;
  for (int64_t n = 0; n < size; ++n)
    sum += b[n] * c[n];
  return sigmoid(sum);
}

Carried reference::emaScan(const HostTensor &x, const HostTensor &delta, const HostTensor &b, const HostTensor &c,
                           const HostTensor *initialState, const HostTensor *gate, bool onlyLastRow) {
  int64_t batch = x.shape[0], rows = x.shape[1], channels = x.shape[2];
  int64_t deltaChannels = delta.shape[2], stateSize = b.shape[2], outputRows = onlyLastRow ? 1 : rows;
  Carried result = {makeTensor({batch, outputRows, channels}),
                    initialState ? *initialState : makeTensor({batch, channels})};
  for (int64_t sequence = 0; sequence < batch; ++sequence) {
    double *h = result.finalState.data.data() + sequence * channels;
    for (int64_t t = 0; t < rows; ++t) {
      int64_t row = sequence * rows + t;
      double m = keepFactor(delta.data.data() + row * deltaChannels, deltaChannels);
      double s = admitFactor(b.data.data() + row * stateSize, c.data.data() + row * stateSize, stateSize);
      const double *in = x.data.data() + row * channels;
      for (int64_t i = 0; i < channels; ++i)
        h[i] = m * h[i] + (1 - m) * (m * s) * in[i];
      if (onlyLastRow && t + 1 < rows)
        continue;
      int64_t outputRow = onlyLastRow ? sequence : row;
      for (int64_t i = 0; i < channels; ++i)
        result.output.data[outputRow * channels + i] = gate ? h[i] * gate->data[outputRow * channels + i] : h[i];
    }
  }
  return result;
}

/// One query row of one head: `query`, `keys`, `values` and `output` point at the head's first channel, rows of keys
/// and values are `stride` apart. `scores` has room for `visible` values.
static void attendRow(const double *query, const double *keys, const double *values, int64_t visible, int64_t headSize,
                      int64_t stride, double scale, std::vector<double> &scores, double *output) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t j = 0; j < visible; ++j) {
    double dot = 0;
    for (int64_t c = 0; c < headSize; ++c)
      dot += query[c] * keys[j * stride + c];
    scores[j] = scale * dot;
    largest = scores[j] > largest ? scores[j] : largest;
  }
  double sum = 0;
  for (int64_t j = 0; j < visible; ++j)
    sum += scores[j] = std::exp(scores[j] - largest);
  for (int64_t j = 0; j < visible; ++j)
    for (int64_t c = 0; c < headSize; ++c)
      output[c] += scores[j] / sum * values[j * stride + c];
}

HostTensor reference::causalAttention(const HostTensor &query, const HostTensor &keys, const HostTensor &values,
                                      int64_t heads, double scale, std::optional<uint64_t> window) {
  int64_t batch = query.shape[0], queryRows = query.shape[1], channels = query.shape[2], keyRows = keys.shape[1];
  int64_t headSize = channels / heads;
  HostTensor result = makeTensor(query.shape);
  std::vector<double> scores(keyRows);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < queryRows; ++i)
      for (int64_t head = 0; head < heads; ++head) {
        // Position p = S - Q + i sees the p + 1 rows up to its own, or the last ones of them.
        int64_t end = keyRows - queryRows + i + 1;
        int64_t visible = static_cast<int64_t>(std::min<uint64_t>(end, window.value_or(end)));
        int64_t row = (b * queryRows + i) * channels + head * headSize;
        int64_t keyStart = (b * keyRows + end - visible) * channels + head * headSize;
        attendRow(query.data.data() + row, keys.data.data() + keyStart, values.data.data() + keyStart, visible,
                  headSize, channels, scale, scores, result.data.data() + row);
      }
  return result;
}
