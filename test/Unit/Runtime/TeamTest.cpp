// How the threads of a kernel call share phases: every unit once, no phase before the one ahead of it, no waiting for
// those who have not come.
#include "Hooks.h"

#include "sst/Runtime/sst_entry.h"

#include <gtest/gtest.h>
#include <memory>
#include <random>

namespace {

/// A kernel of many phases whose units add up what the units of the phase before wrote, without atomics.
struct Work {
  Work(size_t phaseCount, size_t threadCount, unsigned seed) : threads(threadCount), units(phaseCount) {
    std::mt19937 random(seed);
    for (int64_t &count : units)
      count = random() % 8 == 0 ? SST_MAX_UNITS : 1 + int64_t(random() % 9);
    phases.reset(new sst_phase_t[phaseCount]());
    values.assign(phaseCount * SST_MAX_UNITS, 0);
    takenBy.assign(phaseCount * SST_MAX_UNITS, -1);
  }

  /// What generated code does.
  void run(sst_team_t &team) {
    for (size_t p = 0; p < units.size(); ++p)
      for (int64_t u = sst_team_next(&team, int64_t(p), units[p], -1); u >= 0;
           u = sst_team_next(&team, int64_t(p), units[p], u))
        compute(p, size_t(u), team.thread);
  }

  void compute(size_t p, size_t u, int64_t thread) {
    uint64_t sum = p + u;
    for (int64_t i = 0; p > 0 && i < units[p - 1]; ++i)
      sum = sum * 31 + values[(p - 1) * SST_MAX_UNITS + size_t(i)];
    values[p * SST_MAX_UNITS + u] += sum;
    takenBy[p * SST_MAX_UNITS + u] = thread;
  }

  static void task(void *context, size_t index, size_t count) {
    auto &work = *static_cast<Work *>(context);
    EXPECT_EQ(count, work.threads);
    sst_team_t team = {int64_t(index), int64_t(count), work.phases.get(), nullptr, 0, 0};
    work.run(team);
  }

  size_t threads;
  std::vector<int64_t> units;
  std::unique_ptr<sst_phase_t[]> phases;
  std::vector<uint64_t> values;
  std::vector<int64_t> takenBy;
};

std::vector<uint64_t> onOneThread(size_t phases, unsigned seed) {
  Work work(phases, 1, seed);
  sst_team_t team = {0, 1, nullptr, nullptr, 0, 0};
  work.run(team);
  return work.values;
}

} // namespace

TEST(Team, OneThreadTakesUnitsInOrder) {
  sst_team_t team = {0, 1, nullptr, nullptr, 0, 0};
  for (int64_t units : {1, 2, 64}) {
    int64_t expected = 0, unit = sst_team_next(&team, 0, units, -1);
    for (; unit >= 0; unit = sst_team_next(&team, 0, units, unit))
      EXPECT_EQ(unit, expected++);
    EXPECT_EQ(expected, units);
  }
}

TEST(Team, ManyPhasesGiveTheSameOnEveryHook) {
  constexpr size_t phases = 100000;
  std::vector<uint64_t> expected = onOneThread(phases, 1);
  for (sst_parallel_fn hook : allHooks) {
    Work work(phases, 2, 1);
    hook(nullptr, 2, Work::task, &work);
    EXPECT_TRUE(work.values == expected);
  }
}

TEST(Team, ManyThreadsGiveTheSameOnEveryHook) {
  // More threads than CPUs, so that some sleep while others work.
  for (size_t threads : {3, 8, 64}) {
    for (sst_parallel_fn hook : allHooks) {
      Work work(200, threads, unsigned(threads));
      hook(nullptr, threads, Work::task, &work);
      EXPECT_TRUE(work.values == onOneThread(200, unsigned(threads)));
    }
  }
}

TEST(Team, TheFirstThreadDoesEverythingIfTheOthersComeLater) {
  Work work(100, 4, 3);
  runInReverse(nullptr, 4, Work::task, &work);
  for (size_t p = 0; p < 100; ++p)
    for (int64_t u = 0; u < work.units[p]; ++u)
      ASSERT_EQ(work.takenBy[p * SST_MAX_UNITS + size_t(u)], 3);
}

TEST(Team, ThreadsPreferTheirOwnUnitsAndStealTheLastOnes) {
  sst_phase_t phase{};
  sst_team_t first = {0, 2, &phase, nullptr, 0, 0}, second = {1, 2, &phase, nullptr, 0, 0};
  // 7 units: the first prefers 0, 2, 4, 6, the second 1, 3, 5.
  EXPECT_EQ(sst_team_next(&first, 0, 7, -1), 0);
  EXPECT_EQ(sst_team_next(&second, 0, 7, -1), 1);
  EXPECT_EQ(sst_team_next(&first, 0, 7, 0), 2);
  EXPECT_EQ(sst_team_next(&first, 0, 7, 2), 4);
  EXPECT_EQ(sst_team_next(&first, 0, 7, 4), 6);
  EXPECT_EQ(sst_team_next(&first, 0, 7, 6), 5);
  EXPECT_EQ(sst_team_next(&second, 0, 7, 1), 3);
}

TEST(Team, EveryUnitIsPreferredByOneThread) {
  for (int64_t threads = 2; threads <= int64_t(SST_MAX_THREADS); ++threads) {
    for (int64_t units = 1; units <= SST_MAX_UNITS; ++units) {
      sst_phase_t phase{};
      uint64_t taken = 0;
      // Each thread in turn takes as many units as it would get if all were as fast as each other.
      for (int64_t t = 0; t < threads; ++t) {
        sst_team_t team = {t, threads, &phase, nullptr, 0, 0};
        for (int64_t u = t; u < units; u += threads) {
          ASSERT_EQ(sst_team_next(&team, 0, units, -1), u);
          taken |= uint64_t(1) << u;
        }
      }
      ASSERT_EQ(taken, phase.taken);
      ASSERT_EQ(__builtin_popcountll(taken), units);
    }
  }
}

TEST(Team, ThreadsThatSleepAreWoken) {
  // The second thread comes to the end of the phase while the first, which holds the only unit, waits until the second
  // sleeps: that is what the top bit says.
  for (int round = 0; round < 20; ++round) {
    sst_phase_t phase{};
    sst_team_t first = {0, 2, &phase, nullptr, 0, 0}, second = {1, 2, &phase, nullptr, 0, 0};
    ASSERT_EQ(sst_team_next(&first, 0, 1, -1), 0);
    std::thread sleeper([&] { EXPECT_EQ(sst_team_next(&second, 0, 1, -1), -1); });
    while (!(__atomic_load_n(&phase.done, __ATOMIC_RELAXED) >> 31))
      std::this_thread::yield();
    EXPECT_EQ(sst_team_next(&first, 0, 1, 0), -1);
    sleeper.join();
  }
}

TEST(Team, ProfileHasTheTimeOfOpsAndOfWaiting) {
  uint64_t profile[3] = {0, 0, 0};
  sst_phase_t phase{};
  sst_team_t team = {0, 2, &phase, profile, 2, __builtin_ia32_rdtsc()};
  uint64_t start = team.last_tick;
  ASSERT_EQ(sst_team_next(&team, 0, 1, -1), 0);
  sst_team_mark(&team, 0);
  sst_team_mark(&team, 1);
  ASSERT_EQ(sst_team_next(&team, 0, 1, 0), -1);
  EXPECT_EQ(profile[0] + profile[1] + profile[2], team.last_tick - start);
  EXPECT_GT(profile[2], 0u);
  team.profile = nullptr;
  sst_team_mark(&team, 0);
}
