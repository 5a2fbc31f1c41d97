/*
 * peak.cpp - how many f32 operations this CPU does at most: chains of fused multiply-adds in registers, with the widest
 * vectors that it has. Prints one line of JSON.
 */
#include "Harness.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

#ifdef __AVX512F__
constexpr int width = 16;
#else
constexpr int width = 8;
#endif
using Vector = float __attribute__((vector_size(4 * width)));

/// More than cycles of latency times units, and no more than there are registers beside two operands.
constexpr int chains = 12;

/// Each chain in a variable of its own, which stays in a register.
template <int... I>
float spin(long steps, std::integer_sequence<int, I...>) {
  Vector factor = Vector{} + 0.999f, term = Vector{} + 1e-6f;
  std::tuple<decltype(Vector{} + float(I))...> value{Vector{} + float(I)...};
  asm volatile("" : "+v"(factor), "+v"(term));
  auto advance = [&](Vector &chain) {
    chain = chain * factor + term;
    asm volatile("" : "+v"(chain));
  };
  for (long step = 0; step < steps; ++step)
    (advance(std::get<I>(value)), ...);
  return (std::get<I>(value)[0] + ...);
}

} // namespace

int main(int argc, char **argv) {
  peers::Options options(argc, argv, {{"--threads", "1"}, {"--seconds", "0.3"}});
  const int threads = int(options.number("--threads"));
  const double seconds = options.number("--seconds");
  constexpr long steps = 50000;
  std::vector<double> best(threads, 0);
  auto work = [&](int thread) {
    using Clock = std::chrono::steady_clock;
    volatile float sink;
    for (auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
      auto start = Clock::now();
      sink = spin(steps, std::make_integer_sequence<int, chains>());
      double time = std::chrono::duration<double>(Clock::now() - start).count();
      best[thread] = std::max(best[thread], 2.0 * width * chains * steps / time / 1e9);
    }
    (void)sink;
  };
  std::vector<std::thread> team;
  for (int thread = 0; thread < threads; ++thread)
    team.emplace_back(work, thread);
  for (std::thread &member : team)
    member.join();
  double sum = 0;
  for (double one : best)
    sum += one;
  std::printf("{\"peak_gflops\": %.1f, \"bits\": %d}\n", sum, 32 * width);
}
