/*
 * wait.h - waiting for other threads: first spinning, then asleep.
 *
 * For the entry code of artefacts (no libc, no memory of its own) and the thread pool. Sleeping is Linux's futex,
 * called without libc.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_WAIT_H
#define SST_RUNTIME_LIB_ENTRY_WAIT_H

#include "arch.h"

#include <stddef.h>
#include <stdint.h>

/** Sleeps if `*word` is `value`, until somebody wakes it, or a signal or nothing at all does: check again. */
static inline void sst_futex_wait(uint32_t *word, uint32_t value) { sst_futex(word, 0, (long)(int32_t)value, NULL); }

/** Wakes up to `count` of those that sleep at `word`. It may be memory that is used for something else by now. */
static inline void sst_futex_wake(uint32_t *word, int32_t count) { sst_futex(word, 1, count, NULL); }

/* A counter that goes from 0 up to a target that all threads know. Its top bit says that somebody sleeps until it is
 * there. What a thread did before it counted is visible to whoever has waited. */
#define SST_SLEEPER 0x80000000u

/** Adds 1, and wakes those that wait if that was the last. */
static inline void sst_count(uint32_t *counter, uint32_t target) {
  /* Every change of the counter is a read-modify-write, so the last one releases what all of them released. */
  if (__atomic_fetch_add(counter, 1, __ATOMIC_RELEASE) == (SST_SLEEPER | (target - 1)))
    sst_futex_wake(counter, INT32_MAX);
}

/** Waits until the counter is at its target: spins for about sst_spin_ticks(), then sleeps. */
static inline void sst_count_wait(uint32_t *counter, uint32_t target) {
  uint64_t start = sst_ticks(), spin_ticks = sst_spin_ticks();
  uint32_t value;
  for (uint32_t i = 1; (value = __atomic_load_n(counter, __ATOMIC_ACQUIRE) & ~SST_SLEEPER) != target; ++i) {
    if (i % 8 == 0 && sst_ticks() - start >= spin_ticks)
      break;
    sst_cpu_pause();
  }
  while ((value & ~SST_SLEEPER) != target) {
    /* The bit is set while the counter still has `value`: then whoever counts last sees it, or the counter has changed
     * and futex does not sleep. */
    if (!(value & SST_SLEEPER) &&
        !__atomic_compare_exchange_n(counter, &value, value | SST_SLEEPER, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
      continue;
    sst_futex_wait(counter, value | SST_SLEEPER);
    value = __atomic_load_n(counter, __ATOMIC_ACQUIRE);
  }
}

#endif /* SST_RUNTIME_LIB_ENTRY_WAIT_H */
