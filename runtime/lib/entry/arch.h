/*
 * arch.h - everything in which processors differ for the entry code and the thread pool: one header per architecture.
 *
 * Each of them defines, as static functions, since an artefact has no libc and shares none with the library:
 *
 *   sst_cpu_variants               bit (1 << v) for each sst_variant_t v that this CPU and its system can run
 *   sst_enter_default_environment  sets rounding to nearest, keeps denormals, masks exceptions; returns what was
 * before, sst_leave_default_environment  which this one takes sst_cpu_pause                  tells the CPU that this is
 * a loop that waits sst_ticks                      a clock that is cheap to read, in ticks of any length sst_spin_ticks
 * how long a thread spins before it sleeps; sleeping and being woken costs about as much sst_futex Linux's system call
 * on a word that only threads of this process use; `timeout` is a struct timespec
 */
#ifndef SST_RUNTIME_LIB_ENTRY_ARCH_H
#define SST_RUNTIME_LIB_ENTRY_ARCH_H

#if defined(__x86_64__) && defined(__linux__)
#include "arch/x86_64.h"
#elif defined(__aarch64__) && defined(__linux__)
#include "arch/aarch64.h"
#else
#error "there is entry code for x86-64 and AArch64 under Linux"
#endif

#endif /* SST_RUNTIME_LIB_ENTRY_ARCH_H */
