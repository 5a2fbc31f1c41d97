/*
 * aarch64.h - what the entry code and the thread pool need of an AArch64 processor under Linux; see arch.h.
 *
 * Every instruction here is one of ARMv8.0-A, and Linux lets programs execute all of them.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_ARCH_AARCH64_H
#define SST_RUNTIME_LIB_ENTRY_ARCH_AARCH64_H

#include "sst/Runtime/sst_abi.h"

/** There is nothing to ask: every AArch64 processor that runs Linux programs has NEON with fused multiply-add. */
static inline uint32_t sst_cpu_variants(void) { return 1u << SST_VARIANT_AARCH64; }

/* FPCR: round to nearest, no traps, denormals kept (FZ, FZ16, FIZ, AH), NaNs passed on (DN), all of one element. */
#define SST_DEFAULT_FPCR 0u

typedef uint64_t sst_fp_environment_t;

static inline sst_fp_environment_t sst_enter_default_environment(void) {
  uint64_t saved, wanted = SST_DEFAULT_FPCR;
  __asm__ volatile("mrs %0, fpcr" : "=r"(saved) : : "memory");
  __asm__ volatile("msr fpcr, %0" : : "r"(wanted) : "memory");
  return saved;
}

static inline void sst_leave_default_environment(sst_fp_environment_t saved) {
  __asm__ volatile("msr fpcr, %0" : : "r"(saved) : "memory");
}

/** ISB, which takes some ten nanoseconds and frees the core's other thread; YIELD does nothing on most cores. */
static inline void sst_cpu_pause(void) { __asm__ volatile("isb" : : : "memory"); }

/** The generic timer: the same on all cores, whatever their frequency. */
static inline uint64_t sst_ticks(void) {
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
  return ticks;
}

/** 40 us. The timer says how fast it counts: 24 or 50 MHz on some machines, 1 GHz on others. */
static inline uint64_t sst_spin_ticks(void) {
  uint64_t ticks_per_second;
  __asm__("mrs %0, cntfrq_el0" : "=r"(ticks_per_second));
  return ticks_per_second / 25000;
}

static inline long sst_futex(uint32_t *word, long operation, long value, const void *timeout) {
  enum { number = 98, private_flag = 128 };
  register long x8 __asm__("x8") = number;
  register uint32_t *x0 __asm__("x0") = word;
  register long x1 __asm__("x1") = operation | private_flag;
  register long x2 __asm__("x2") = value;
  register const void *x3 __asm__("x3") = timeout;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return (long)x0;
}

#endif /* SST_RUNTIME_LIB_ENTRY_ARCH_AARCH64_H */
