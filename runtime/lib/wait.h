/*
 * wait.h - waiting for other threads: first spinning, then asleep.
 *
 * For the entry code of artefacts (no libc, no memory of its own) and the thread pool. Sleeping is Linux's futex,
 * called without libc; on other machines a waiting thread only spins.
 */
#ifndef SST_RUNTIME_LIB_WAIT_H
#define SST_RUNTIME_LIB_WAIT_H

#include <stddef.h>
#include <stdint.h>

/** How long a thread spins before it sleeps, in ticks: 25 to 50 us on machines of 4 to 2 GHz. To sleep and be woken
 *  costs about as much. */
#define SST_SPIN_TICKS 100000u

/** Tells the CPU that this is a loop that waits. */
static inline void sst_cpu_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/** The time stamp counter. */
static inline uint64_t sst_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}

#if defined(__x86_64__) && defined(__linux__)

/** The system call futex on a word that only threads of this process use. `timeout` is a struct timespec. */
static inline long sst_futex(uint32_t *word, long operation, long value, const void *timeout) {
  enum { number = 202, private_flag = 128 };
  long result = number;
  register const void *r10 __asm__("r10") = timeout;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(word), "S"(operation | private_flag), "d"(value), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

/** Sleeps if `*word` is `value`, until somebody wakes it, or a signal or nothing at all does: check again. */
static inline void sst_futex_wait(uint32_t *word, uint32_t value) { sst_futex(word, 0, (long)(int32_t)value, NULL); }

/** Wakes up to `count` of those that sleep at `word`. It may be memory that is used for something else by now. */
static inline void sst_futex_wake(uint32_t *word, int32_t count) { sst_futex(word, 1, count, NULL); }

#else

static inline void sst_futex_wait(uint32_t *word, uint32_t value) { (void)word, (void)value, sst_cpu_pause(); }
static inline void sst_futex_wake(uint32_t *word, int32_t count) { (void)word, (void)count; }

#endif

/* A counter that goes from 0 up to a target that all threads know. Its top bit says that somebody sleeps until it is
 * there. What a thread did before it counted is visible to whoever has waited. */
#define SST_SLEEPER 0x80000000u

/** Adds 1, and wakes those that wait if that was the last. */
static inline void sst_count(uint32_t *counter, uint32_t target) {
  /* Every change of the counter is a read-modify-write, so the last one releases what all of them released. */
  if (__atomic_fetch_add(counter, 1, __ATOMIC_RELEASE) == (SST_SLEEPER | (target - 1)))
    sst_futex_wake(counter, INT32_MAX);
}

/** Waits until the counter is at its target: spins for about `spin_ticks`, then sleeps. */
static inline void sst_count_wait(uint32_t *counter, uint32_t target, uint64_t spin_ticks) {
  uint64_t start = sst_ticks();
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

#endif /* SST_RUNTIME_LIB_WAIT_H */
