// Thread hooks (sst_parallel_fn) that do what the interface allows, each in another way.
#ifndef SST_TEST_UNIT_RUNTIME_HOOKS_H
#define SST_TEST_UNIT_RUNTIME_HOOKS_H

#include "sst/Runtime/sst_abi.h"

#include <thread>
#include <vector>

/// All tasks at the same time.
inline void runConcurrently(void *, size_t count, sst_task_fn task, void *context) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < count; ++i)
    threads.emplace_back([=] { task(context, i, count); });
  task(context, 0, count);
  for (std::thread &thread : threads)
    thread.join();
}

/// One after the other.
inline void runInOrder(void *, size_t count, sst_task_fn task, void *context) {
  for (size_t i = 0; i < count; ++i)
    task(context, i, count);
}

/// One after the other, the last one first.
inline void runInReverse(void *, size_t count, sst_task_fn task, void *context) {
  for (size_t i = count; i-- > 0;)
    task(context, i, count);
}

/// Two at a time: a task begins when one that began before it has ended.
inline void runTwoAtATime(void *, size_t count, sst_task_fn task, void *context) {
  auto everySecond = [=](size_t first) {
    for (size_t i = first; i < count; i += 2)
      task(context, i, count);
  };
  std::thread odd(everySecond, 1);
  everySecond(0);
  odd.join();
}

inline const sst_parallel_fn allHooks[] = {runConcurrently, runInOrder, runInReverse, runTwoAtATime};

#endif // SST_TEST_UNIT_RUNTIME_HOOKS_H
