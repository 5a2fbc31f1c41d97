/*
 * x86_64.h - what the entry code and the thread pool need of an x86-64 processor under Linux; see arch.h.
 *
 * The one place that executes CPUID. Nothing is cached: artefacts have no memory that changes.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_ARCH_X86_64_H
#define SST_RUNTIME_LIB_ENTRY_ARCH_X86_64_H

#include "sst/Runtime/sst_abi.h"

#include <cpuid.h>

/* Leaf 1, ecx: SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C. */
#define SST_CPU_V3_LEAF1_ECX                                                                                           \
  ((1u << 0) | (1u << 9) | (1u << 12) | (1u << 13) | (1u << 19) | (1u << 20) | (1u << 22) | (1u << 23) | (1u << 27) |  \
   (1u << 28) | (1u << 29))
/* Leaf 7, ebx: BMI1, AVX2, BMI2. */
#define SST_CPU_V3_LEAF7_EBX ((1u << 3) | (1u << 5) | (1u << 8))
/* Leaf 7, ebx: AVX-512 F, DQ, CD, BW, VL. */
#define SST_CPU_V4_LEAF7_EBX ((1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31))
/* Leaf 0x80000001, ecx: LAHF, LZCNT. */
#define SST_CPU_V3_EXTENDED_ECX ((1u << 0) | (1u << 5))
/* XCR0: the operating system saves XMM and YMM; and also the mask registers and both parts of ZMM. */
#define SST_CPU_V3_XCR0 0x06u
#define SST_CPU_V4_XCR0 0xe6u

/** Bit (1 << v) is set for each sst_variant_t v that can run here. */
static inline uint32_t sst_cpu_variants(void) {
  uint32_t eax, ebx, ecx, edx;
  __cpuid(0, eax, ebx, ecx, edx);
  if (eax < 7)
    return 0;
  __cpuid(1, eax, ebx, ecx, edx);
  if ((ecx & SST_CPU_V3_LEAF1_ECX) != SST_CPU_V3_LEAF1_ECX)
    return 0;
  uint32_t leaf7_ebx;
  __cpuid_count(7, 0, eax, leaf7_ebx, ecx, edx);
  if ((leaf7_ebx & SST_CPU_V3_LEAF7_EBX) != SST_CPU_V3_LEAF7_EBX)
    return 0;
  __cpuid(0x80000000u, eax, ebx, ecx, edx);
  if (eax < 0x80000001u)
    return 0;
  __cpuid(0x80000001u, eax, ebx, ecx, edx);
  if ((ecx & SST_CPU_V3_EXTENDED_ECX) != SST_CPU_V3_EXTENDED_ECX)
    return 0;
  /* OSXSAVE was among the bits of leaf 1, so XGETBV exists. */
  uint32_t xcr0, xcr0_high;
  __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(xcr0_high) : "c"(0));
  if ((xcr0 & SST_CPU_V3_XCR0) != SST_CPU_V3_XCR0)
    return 0;
  uint32_t variants = 1u << SST_VARIANT_X86_64_V3;
  if ((leaf7_ebx & SST_CPU_V4_LEAF7_EBX) == SST_CPU_V4_LEAF7_EBX && (xcr0 & SST_CPU_V4_XCR0) == SST_CPU_V4_XCR0)
    variants |= 1u << SST_VARIANT_X86_64_V4;
  return variants;
}

/* MXCSR: round to nearest, all exceptions masked, no flush to zero, no denormals-are-zero. */
#define SST_DEFAULT_MXCSR 0x1f80u

typedef uint32_t sst_fp_environment_t;

static inline sst_fp_environment_t sst_enter_default_environment(void) {
  uint32_t saved, wanted = SST_DEFAULT_MXCSR;
  __asm__ volatile("stmxcsr %0" : "=m"(saved) : : "memory");
  __asm__ volatile("ldmxcsr %0" : : "m"(wanted) : "memory");
  return saved;
}

static inline void sst_leave_default_environment(sst_fp_environment_t saved) {
  __asm__ volatile("ldmxcsr %0" : : "m"(saved) : "memory");
}

static inline void sst_cpu_pause(void) { __builtin_ia32_pause(); }

/** The time stamp counter. */
static inline uint64_t sst_ticks(void) { return __builtin_ia32_rdtsc(); }

/** 25 to 50 us on machines of 4 to 2 GHz. */
static inline uint64_t sst_spin_ticks(void) { return 100000; }

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

#endif /* SST_RUNTIME_LIB_ENTRY_ARCH_X86_64_H */
