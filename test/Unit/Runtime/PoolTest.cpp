// The thread pool: every task once, any number of callers, no CPU time while it has nothing to do.
#include "sst/Runtime/sst_runtime.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct Destroy {
  void operator()(sst_pool_t *pool) const { sst_pool_destroy(pool); }
};
using Pool = std::unique_ptr<sst_pool_t, Destroy>;

Pool makePool(size_t threads, uint32_t spin = SST_POOL_SPIN_MICROSECONDS, const uint32_t *cpus = nullptr) {
  sst_pool_t *pool = nullptr;
  sst_error_t error;
  EXPECT_EQ(sst_pool_create(threads, cpus, spin, &pool, &error), SST_STATUS_OK);
  return Pool(pool);
}

/// Counts how often each task is called. The counts are not atomic: what a task did is visible when the job is done.
struct Counts {
  explicit Counts(size_t count) : calls(count, 0), caller(std::this_thread::get_id()) {}
  static void task(void *context, size_t index, size_t count) {
    auto &counts = *static_cast<Counts *>(context);
    EXPECT_EQ(count, counts.calls.size());
    ++counts.calls[index];
    if (index == 0) {
      EXPECT_EQ(std::this_thread::get_id(), counts.caller);
    }
  }
  bool allOnce() const {
    return std::all_of(calls.begin(), calls.end(), [](int calls) { return calls == 1; });
  }

  std::vector<int> calls;
  std::thread::id caller;
};

/// A CPU that this process may use, the last one.
uint32_t anyCpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  uint32_t last = 0;
  for (uint32_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set))
      last = i;
  return last;
}

} // namespace

TEST(Pool, RunsEveryTaskOnce) {
  for (size_t threads : {1, 2, 3, 16}) {
    for (uint32_t spin : {0u, 50u}) {
      Pool pool = makePool(threads, spin);
      EXPECT_EQ(sst_pool_threads(pool.get()), threads);
      for (size_t count : {0, 1, 2, 3, 15, 16, 17, 1000}) {
        for (int round = 0; round < 20; ++round) {
          Counts counts(count);
          sst_pool_run(pool.get(), count, Counts::task, &counts);
          EXPECT_TRUE(counts.allOnce());
        }
      }
    }
  }
}

TEST(Pool, WorkersTakePart) {
  // Two tasks that wait for each other: only two threads can do that. (A model's call never does.)
  Pool pool = makePool(2);
  struct Meeting {
    std::atomic<int> here{0};
  } meeting;
  auto meet = [](void *context, size_t, size_t) {
    auto &here = static_cast<Meeting *>(context)->here;
    ++here;
    while (here < 2)
      std::this_thread::yield();
  };
  sst_pool_run(pool.get(), 2, meet, &meeting);
  EXPECT_EQ(meeting.here, 2);
}

TEST(Pool, SleepingWorkersWakeUp) {
  Pool pool = makePool(3, 0);
  for (int round = 0; round < 50; ++round) {
    Counts counts(3);
    usleep(round * 20);
    sst_pool_run(pool.get(), 3, Counts::task, &counts);
    ASSERT_TRUE(counts.allOnce());
  }
}

TEST(Pool, LongJobs) {
  // Longer than what the pool learns from; with workers of no use it lets them rest, and still everything is run.
  Pool pool = makePool(3);
  for (int round = 0; round < 40; ++round) {
    std::vector<int> calls(5, 0);
    auto task = [](void *context, size_t index, size_t) {
      usleep(600);
      ++static_cast<int *>(context)[index];
    };
    sst_pool_run(pool.get(), calls.size(), task, calls.data());
    ASSERT_EQ(std::accumulate(calls.begin(), calls.end(), 0), 5);
  }
}

TEST(Pool, ManyCallersAtOnce) {
  Pool pool = makePool(3);
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        Counts counts(7);
        sst_pool_run(pool.get(), 7, Counts::task, &counts);
        ASSERT_TRUE(counts.allOnce());
      }
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST(Pool, TasksMayUseThePool) {
  Pool pool = makePool(3);
  struct Outer {
    sst_pool_t *pool;
    std::atomic<int> inner{0};
  } outer{pool.get()};
  auto task = [](void *context, size_t, size_t) {
    auto &outer = *static_cast<Outer *>(context);
    auto inner = [](void *context, size_t, size_t) { ++*static_cast<std::atomic<int> *>(context); };
    sst_pool_run(outer.pool, 5, inner, &outer.inner);
  };
  sst_pool_run(pool.get(), 4, task, &outer);
  EXPECT_EQ(outer.inner, 20);
}

TEST(Pool, CreateAndDestroy) {
  for (int round = 0; round < 100; ++round) {
    Pool pool = makePool(1 + size_t(round % 5), round % 2 ? 0 : 50);
    Counts counts(3);
    if (round % 3)
      sst_pool_run(pool.get(), 3, Counts::task, &counts);
    if (round % 4 == 0)
      usleep(200);
  }
  sst_pool_destroy(nullptr);
}

TEST(Pool, UsesNoCpuTimeWhenIdle) {
  Pool pool = makePool(4);
  Counts counts(4);
  sst_pool_run(pool.get(), 4, Counts::task, &counts);
  auto cpuTime = [] {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  usleep(20000);
  double before = cpuTime();
  usleep(300000);
  // One that spins would take all of the 0.3 s.
  EXPECT_LT(cpuTime() - before, 0.1);
}

TEST(Pool, WorkersTakeNoSignals) {
  Pool pool = makePool(2);
  struct Seen {
    std::atomic<int> here{0}, blocked{0};
  } seen;
  auto task = [](void *context, size_t, size_t) {
    auto &seen = *static_cast<Seen *>(context);
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, nullptr, &set);
    seen.blocked += sigismember(&set, SIGUSR1) == 1;
    // So that the worker runs one of the tasks.
    ++seen.here;
    while (seen.here < 2)
      std::this_thread::yield();
  };
  sst_pool_run(pool.get(), 2, task, &seen);
  EXPECT_EQ(seen.blocked, 1);
}

TEST(Pool, WorkersStayOnTheirCpu) {
  uint32_t cpu = anyCpu();
  Pool pool = makePool(2, 50, &cpu);
  struct Seen {
    std::atomic<int> here{0}, cpu{-1};
  } seen;
  auto task = [](void *context, size_t index, size_t) {
    auto &seen = *static_cast<Seen *>(context);
    if (index == 1)
      seen.cpu = sched_getcpu();
    ++seen.here;
    while (seen.here < 2)
      std::this_thread::yield();
  };
  sst_pool_run(pool.get(), 2, task, &seen);
  EXPECT_EQ(seen.cpu, int(cpu));
}

TEST(Pool, PinsTheCallingThread) {
  uint32_t cpu = anyCpu();
  std::thread([&] {
    sst_error_t error;
    EXPECT_EQ(sst_thread_pin(cpu, &error), SST_STATUS_OK);
    EXPECT_EQ(sched_getcpu(), int(cpu));
    EXPECT_EQ(sst_thread_pin(CPU_SETSIZE - 1, &error), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(sched_getcpu(), int(cpu));
  }).join();
}

TEST(Pool, RefusesWhatCannotBe) {
  sst_pool_t *pool = reinterpret_cast<sst_pool_t *>(8);
  sst_error_t error;
  for (size_t threads : {size_t(0), size_t(SST_MAX_THREADS + 1), SIZE_MAX}) {
    EXPECT_EQ(sst_pool_create(threads, nullptr, 0, &pool, &error), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(pool, nullptr);
  }
  EXPECT_STREQ(error.message, "thread pool: expects 1 to 64 threads, but got 18446744073709551615");
  for (uint32_t cpu : {uint32_t(CPU_SETSIZE - 1), uint32_t(CPU_SETSIZE), UINT32_MAX}) {
    uint32_t cpus[2] = {anyCpu(), cpu};
    EXPECT_EQ(sst_pool_create(3, cpus, 0, &pool, &error), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(pool, nullptr);
    EXPECT_EQ(std::string(error.message).find("CPU " + std::to_string(cpu) + ": is not there"), 0u) << error.message;
    EXPECT_EQ(sst_thread_pin(cpu, nullptr), SST_STATUS_INVALID_ARGUMENT);
  }
}

// A child process has the pool's memory but not its workers.
TEST(Pool, AChildProcessRunsAllTasksItself) {
  Pool pool = makePool(3);
  Counts before(8);
  sst_pool_run(pool.get(), before.calls.size(), Counts::task, &before);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // No gtest here: only what a forked thread may do. An alarm ends a child that waits for workers.
    alarm(60);
    size_t calls = 0;
    auto count = [](void *context, size_t, size_t) { ++*static_cast<size_t *>(context); };
    for (int i = 0; i < 3; ++i)
      sst_pool_run(pool.get(), 8, count, &calls);
    sst_pool_destroy(pool.release());
    _exit(calls == 24 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  Counts after(8);
  sst_pool_run(pool.get(), after.calls.size(), Counts::task, &after);
  EXPECT_TRUE(after.allOnce());
}
