/*
 * LinearOneDnn.cpp - products by oneDNN's matmul on weights in the layout that it wants for the number of rows, with
 * bias, gelu and sum in the primitive. oneDNN has no product of a matrix and a vector, so attention of one query is
 * written out.
 */
#include "Linear.h"

#include <array>
#include <map>
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_version.h>
#include <unordered_map>

static_assert(DNNL_VERSION_MAJOR == 2, "written for oneDNN 2, as in Debian 12");

namespace peers {

using dnnl::memory;

namespace {

dnnl::engine &engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream &stream() {
  static dnnl::stream only(engine());
  return only;
}

memory::desc describe(int rows, int columns, int stride) {
  return {{rows, columns}, memory::data_type::f32, memory::dims{stride, 1}};
}

} // namespace

/// One primitive with its arguments for each way of calling, and the weights in each layout.
struct Linear::Cache {
  struct Entry {
    dnnl::matmul product;
    std::unordered_map<int, memory> arguments;
  };
  std::map<std::array<int, 4>, Entry> entries;
  std::map<std::string, memory> packed;
};

void startLibrary(int threads) { omp_set_num_threads(threads); }

std::string libraryName() {
  const dnnl_version_t *version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

void Linear::run(const float *x, int xStride, float *y, int yStride, int rows, Epilogue epilogue) {
  if (!cache)
    cache = std::make_shared<Cache>();
  bool accumulate = epilogue == Epilogue::Accumulate;
  memory::desc xs = describe(rows, inputs, xStride), ys = describe(rows, outputs, yStride);
  std::array<int, 4> key{rows, xStride, yStride, int(epilogue)};
  auto place = cache->entries.find(key);
  if (place == cache->entries.end()) {
    memory::desc any({inputs, outputs}, memory::data_type::f32, memory::format_tag::any);
    dnnl::post_ops after;
    if (accumulate)
      after.append_sum(1);
    if (epilogue == Epilogue::Gelu)
      after.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    memory::desc bs = describe(1, outputs, outputs);
    auto operation = accumulate ? dnnl::matmul::desc(xs, any, ys) : dnnl::matmul::desc(xs, any, bs, ys);
    dnnl::matmul::primitive_desc chosen(operation, attributes, engine());
    memory::desc layout = chosen.weights_desc();
    std::string name(reinterpret_cast<const char *>(&layout.data), sizeof layout.data);
    auto weight = cache->packed.find(name);
    if (weight == cache->packed.end()) {
      memory from(describe(inputs, outputs, outputs), engine(), weights), to(layout, engine());
      dnnl::reorder(from, to).execute(stream(), from, to);
      stream().wait();
      weight = cache->packed.emplace(name, to).first;
    }
    Cache::Entry entry{dnnl::matmul(chosen),
                       {{DNNL_ARG_SRC, memory(xs, engine(), nullptr)},
                        {DNNL_ARG_WEIGHTS, weight->second},
                        {DNNL_ARG_DST, memory(ys, engine(), nullptr)}}};
    if (!accumulate)
      entry.arguments.insert({DNNL_ARG_BIAS, memory(bs, engine(), biases)});
    place = cache->entries.emplace(key, entry).first;
  }
  auto &[product, arguments] = place->second;
  arguments.at(DNNL_ARG_SRC).set_data_handle(const_cast<float *>(x));
  arguments.at(DNNL_ARG_DST).set_data_handle(y);
  product.execute(stream(), arguments);
}

/// c[n] = alpha * a[k] * b + beta * c
static void multiplyVector(int n, int k, float alpha, const float *a, Matrix b, bool transposed, float beta, float *c) {
  for (int j = 0; j < n; ++j)
    c[j] = beta == 0 ? 0 : beta * c[j];
  for (int j = 0; transposed && j < n; ++j) {
    const float *row = b.data + size_t(j) * b.stride;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < k; ++i)
      sum += a[i] * row[i];
    c[j] += alpha * sum;
  }
  for (int i = 0; !transposed && i < k; ++i) {
    const float *row = b.data + size_t(i) * b.stride;
    const float factor = alpha * a[i];
#pragma omp simd
    for (int j = 0; j < n; ++j)
      c[j] += factor * row[j];
  }
}

void multiply(int m, int n, int k, float alpha, Matrix a, Matrix b, bool transposed, float beta, float *c,
              int cStride) {
  if (m == 1)
    multiplyVector(n, k, alpha, a.data, b, transposed, beta, c);
  else
    dnnl_sgemm('N', transposed ? 'T' : 'N', m, n, k, alpha, a.data, a.stride, b.data, b.stride, beta, c, cStride);
}

} // namespace peers
