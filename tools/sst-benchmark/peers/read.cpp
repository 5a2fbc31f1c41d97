/*
 * read.cpp - reads as many bytes as a model has weights, again and again: what the caches and the memory give to a
 * program that does nothing else with them. Prints one line of JSON.
 *
 *   peer-read --bytes=N [--threads=N] [--seconds=S]
 */
#include "Harness.h"

#include <omp.h>

using namespace peers;

namespace {

#ifdef __AVX512F__
using Vector = float __attribute__((vector_size(64)));
#else
using Vector = float __attribute__((vector_size(32)));
#endif

/// Places that are read at the same time: with one alone, prefetching keeps up with less than two thirds of the rate.
constexpr size_t streams = 8;

void read(const Vector *begin, size_t count) {
  const size_t length = count / streams;
  Vector sums[streams] = {};
  for (size_t i = 0; i < length; ++i)
    for (size_t stream = 0; stream < streams; ++stream)
      sums[stream] += begin[stream * length + i];
  for (Vector &sum : sums)
    asm volatile("" : : "x"(sum));
}

} // namespace

int main(int argc, char **argv) {
  Options options(argc, argv, {{"--bytes", ""}, {"--threads", "1"}, {"--seconds", "1"}});
  const size_t count = size_t(options.number("--bytes")) / sizeof(Vector);
  const int threads = int(options.number("--threads"));
  auto *data = reinterpret_cast<Vector *>(allocate(count * sizeof(Vector) / sizeof(float)));
  for (size_t i = 0; i < count; ++i)
    data[i] += float(i); // no page is like another one
  auto run = [&] {
#pragma omp parallel num_threads(threads)
    {
      size_t thread = omp_get_thread_num(), team = omp_get_num_threads();
      size_t begin = count * thread / team, end = count * (thread + 1) / team;
      read(data + begin, end - begin);
    }
  };
  measure(run, options.number("--seconds"), {{"library", "\"none\""}});
}
