/*
 * machine_peaks.c - small kernels of intrinsics, run for some milliseconds each.
 */
#define _GNU_SOURCE
#include "machine_peaks.h"

#include "sst/Runtime/sst_runtime.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 12
#define ROUND_SECONDS 2e-3
#define MOST_BYTES ((size_t)512 << 20)
#define PAGE_BYTES ((size_t)2 << 20)
/* Buffers are read in steps of this size. */
#define STEP_BYTES 512

static const char *const level_names[] = {"L1", "L2", "L3", "memory"};

const char *sst_memory_level_name(sst_memory_level_t level) {
  return (unsigned)level < SST_LEVEL_COUNT ? level_names[level] : "unknown";
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- kernels ---- */

/** Does 24 * `lanes` multiply-adds per iteration. */
typedef void (*fma_fn)(size_t iterations);
/** Reads `bytes`, a multiple of STEP_BYTES, `repeats` times. */
typedef void (*read_fn)(const unsigned char *data, size_t bytes, size_t repeats);

typedef struct kernels {
  fma_fn fma;
  double flops_per_iteration;
  read_fn read;
} kernels_t;

#if defined(__x86_64__)
#include <immintrin.h>

/* As many chains as multiply-adds are in flight on the widest CPUs (latency 4, two or three at a time), twice. */
#define FOR_12(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define FOR_8(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)

__attribute__((target("avx2,fma"))) static void fma_avx2(size_t iterations) {
  __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(1e-3f);
#define START(i)                                                                                                       \
  __m256 x##i = term;                                                                                                  \
  __asm__("" : "+x"(x##i)); /* or the compiler sees that all chains are the same */
#define STEP(i) x##i = _mm256_fmadd_ps(x##i, factor, term);
#define KEEP(i) __asm__ volatile("" : : "x"(x##i));
  FOR_12(START)
  for (size_t i = 0; i < iterations; ++i) {
    FOR_12(STEP)
    FOR_12(STEP)
  }
  FOR_12(KEEP)
#undef START
#undef STEP
#undef KEEP
}

__attribute__((target("avx2"))) static void read_avx2(const unsigned char *data, size_t bytes, size_t repeats) {
#define START(i) __m256i x##i = _mm256_setzero_si256();
#define STEP(i) x##i = _mm256_or_si256(x##i, _mm256_load_si256((const __m256i *)(const void *)(data + at) + i));
#define KEEP(i) __asm__ volatile("" : : "x"(x##i));
  FOR_8(START)
  for (size_t r = 0; r < repeats; ++r) {
    for (size_t at = 0; at < bytes; at += 256) {
      FOR_8(STEP)
    }
    __asm__ volatile("" : : : "memory");
  }
  FOR_8(KEEP)
#undef START
#undef STEP
#undef KEEP
}

__attribute__((target("avx512f"))) static void fma_avx512(size_t iterations) {
  __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(1e-3f);
#define START(i)                                                                                                       \
  __m512 x##i = term;                                                                                                  \
  __asm__("" : "+v"(x##i));
#define STEP(i) x##i = _mm512_fmadd_ps(x##i, factor, term);
#define KEEP(i) __asm__ volatile("" : : "v"(x##i));
  FOR_12(START)
  for (size_t i = 0; i < iterations; ++i) {
    FOR_12(STEP)
    FOR_12(STEP)
  }
  FOR_12(KEEP)
#undef START
#undef STEP
#undef KEEP
}

__attribute__((target("avx512f"))) static void read_avx512(const unsigned char *data, size_t bytes, size_t repeats) {
#define START(i) __m512i x##i = _mm512_setzero_si512();
#define STEP(i) x##i = _mm512_or_si512(x##i, _mm512_load_si512((const void *)(data + at + 64 * i)));
#define KEEP(i) __asm__ volatile("" : : "v"(x##i));
  FOR_8(START)
  for (size_t r = 0; r < repeats; ++r) {
    for (size_t at = 0; at < bytes; at += 512) {
      FOR_8(STEP)
    }
    __asm__ volatile("" : : : "memory");
  }
  FOR_8(KEEP)
#undef START
#undef STEP
#undef KEEP
}

/** The kernels of a variant that this CPU runs; `variant` becomes the one taken. 0 if there are none. */
static int choose_kernels(sst_variant_t *variant, kernels_t *kernels) {
  static const kernels_t v3 = {fma_avx2, 24 * 8 * 2, read_avx2}, v4 = {fma_avx512, 24 * 16 * 2, read_avx512};
  if (*variant == SST_VARIANT_AUTO)
    *variant = sst_variant_supported(SST_VARIANT_X86_64_V4) ? SST_VARIANT_X86_64_V4 : SST_VARIANT_X86_64_V3;
  *kernels = *variant == SST_VARIANT_X86_64_V4 ? v4 : v3;
  return sst_variant_supported(*variant);
}

#else

static int choose_kernels(sst_variant_t *variant, kernels_t *kernels) {
  (void)variant, (void)kernels;
  return 0;
}

#endif

/* ---- measuring ---- */

/** The threads of a measurement and what they run next. */
typedef struct crew {
  size_t threads;
  kernels_t kernels;
  const unsigned char *data; /**< NULL: multiply-adds */
  size_t bytes;              /**< of each thread */
  size_t amount;             /**< how often each thread runs the kernel */
  uint32_t round;            /**< changes when there is something to run */
  uint32_t done;             /**< workers that have run it */
  int stop;
  double seconds[SST_MAX_THREADS]; /**< that each thread took */
} crew_t;

typedef struct member {
  crew_t *crew;
  size_t index;
  pthread_t thread;
} member_t;

static void run_part(crew_t *crew, size_t index) {
  double start = now();
  if (crew->data)
    crew->kernels.read(crew->data + index * crew->bytes, crew->bytes, crew->amount);
  else
    crew->kernels.fma(crew->amount);
  crew->seconds[index] = now() - start;
}

static void *run_member(void *argument) {
  const member_t *member = argument;
  crew_t *crew = member->crew;
  for (uint32_t round = 0;; ++round) {
    while (__atomic_load_n(&crew->round, __ATOMIC_ACQUIRE) == round)
      sched_yield();
    if (crew->stop)
      return NULL;
    run_part(crew, member->index);
    __atomic_fetch_add(&crew->done, 1, __ATOMIC_RELEASE);
  }
}

/** Runs the kernel on all threads; returns the time of the slowest. */
static double run_round(crew_t *crew) {
  crew->done = 0;
  __atomic_fetch_add(&crew->round, 1, __ATOMIC_RELEASE);
  run_part(crew, 0);
  while (__atomic_load_n(&crew->done, __ATOMIC_ACQUIRE) != crew->threads - 1)
    sched_yield();
  double slowest = 0;
  for (size_t i = 0; i < crew->threads; ++i)
    slowest = crew->seconds[i] > slowest ? crew->seconds[i] : slowest;
  return slowest;
}

/** The most that all threads do in a second, one run of the kernel counting `unit`. */
static double best_rate(crew_t *crew, double unit) {
  double best = 0;
  for (crew->amount = 1; run_round(crew) < ROUND_SECONDS; crew->amount *= 2)
    ;
  for (int round = 0; round < ROUNDS; ++round) {
    run_round(crew);
    double rate = 0;
    for (size_t i = 0; i < crew->threads; ++i)
      rate += (double)crew->amount * unit / crew->seconds[i];
    best = rate > best ? rate : best;
  }
  return best;
}

/** The size of CPU 0's data cache of a level as Linux gives it, 0 if it does not. */
static size_t cache_bytes_of_system(unsigned level) {
  for (unsigned index = 0; index < 8; ++index) {
    char path[80], type[16];
    unsigned found = 0;
    unsigned long kilobytes = 0;
    const char *const names[] = {"level", "type", "size"};
    int read = 0;
    for (int i = 0; i < 3; ++i) {
      snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, names[i]);
      FILE *file = fopen(path, "r");
      if (!file)
        return 0;
      read += i == 0   ? fscanf(file, "%u", &found)
              : i == 1 ? fscanf(file, "%15s", type)
                       : fscanf(file, "%luK", &kilobytes);
      fclose(file);
    }
    if (read == 3 && found == level && strcmp(type, "Instruction") != 0 && kilobytes < ((unsigned long)1 << 32))
      return (size_t)kilobytes << 10;
  }
  return 0;
}

static void find_caches(size_t cache_bytes[3]) {
  static const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  static const size_t usual[] = {(size_t)32 << 10, (size_t)1 << 20, (size_t)32 << 20};
  for (unsigned i = 0; i < 3; ++i) {
    /* Linux says what the cores of one L3 share, sysconf sometimes what all cores of the socket have. */
    long size = (long)cache_bytes_of_system(i + 1);
    if (size <= 0)
      size = sysconf(names[i]);
    cache_bytes[i] = size > 0 ? (size_t)size : usual[i];
    if (i > 0 && cache_bytes[i] < 2 * cache_bytes[i - 1])
      cache_bytes[i] = 2 * cache_bytes[i - 1];
  }
}

static size_t clamp(size_t value, size_t least, size_t most) {
  return value < least ? least : value > most ? most : value;
}

/** Bytes that each thread reads to measure a level. */
static size_t buffer_bytes(const sst_machine_peaks_t *peaks, int level) {
  const size_t *caches = peaks->cache_bytes;
  size_t bytes = 0;
  switch (level) {
  case SST_LEVEL_L1:
    bytes = caches[0] / 2;
    break;
  case SST_LEVEL_L2:
    bytes = caches[1] / 2;
    break;
  case SST_LEVEL_L3:
    bytes = clamp(8 * caches[1], 2 * caches[1], caches[2] / 2 / peaks->threads);
    break;
  default:
    bytes = clamp(4 * caches[2], (size_t)128 << 20, MOST_BYTES) / peaks->threads;
  }
  return bytes / STEP_BYTES * STEP_BYTES;
}

/** Measures everything with a crew that is ready. */
static sst_status_t measure(crew_t *crew, sst_machine_peaks_t *peaks) {
  size_t bytes = 0;
  for (int level = 0; level < SST_LEVEL_COUNT; ++level) {
    size_t needed = buffer_bytes(peaks, level) * peaks->threads;
    bytes = needed > bytes ? needed : bytes;
  }
  bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  unsigned char *data = aligned_alloc(PAGE_BYTES, bytes);
  if (!data)
    return SST_STATUS_OUT_OF_MEMORY;
  madvise(data, bytes, MADV_HUGEPAGE);
  memset(data, 1, bytes);
  peaks->flops = best_rate(crew, crew->kernels.flops_per_iteration);
  crew->data = data;
  for (int level = 0; level < SST_LEVEL_COUNT; ++level) {
    crew->bytes = buffer_bytes(peaks, level);
    peaks->read[level] = best_rate(crew, (double)crew->bytes);
  }
  free(data);
  return SST_STATUS_OK;
}

/** Starts a thread of the crew, on `cpu` unless that is NULL. */
static int start_member(member_t *member, const uint32_t *cpu) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return 0;
  int code = 0;
  if (cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(*cpu, &set);
    code = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  }
  if (code == 0)
    code = pthread_create(&member->thread, &attributes, run_member, member);
  pthread_attr_destroy(&attributes);
  return code == 0;
}

sst_status_t sst_measure_peaks(size_t threads, const uint32_t *cpus, sst_variant_t variant,
                               sst_machine_peaks_t *peaks) {
  memset(peaks, 0, sizeof *peaks);
  crew_t crew = {.threads = threads};
  member_t members[SST_MAX_THREADS];
  if (threads == 0 || threads > SST_MAX_THREADS)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!choose_kernels(&variant, &crew.kernels))
    return SST_STATUS_UNSUPPORTED_VARIANT;
  peaks->threads = threads;
  peaks->variant = variant;
  find_caches(peaks->cache_bytes);
  size_t started = 1;
  for (; started < threads; ++started) {
    members[started] = (member_t){.crew = &crew, .index = started};
    if (!start_member(&members[started], cpus ? &cpus[started - 1] : NULL))
      break;
  }
  sst_status_t status = started == threads ? measure(&crew, peaks) : SST_STATUS_UNSUPPORTED;
  crew.stop = 1;
  __atomic_fetch_add(&crew.round, 1, __ATOMIC_RELEASE);
  for (size_t i = 1; i < started; ++i)
    pthread_join(members[i].thread, NULL);
  if (status != SST_STATUS_OK)
    memset(peaks, 0, sizeof *peaks);
  return status;
}

sst_memory_level_t sst_level_of(const sst_machine_peaks_t *peaks, double bytes) {
  double threads = (double)peaks->threads;
  if (bytes <= (double)peaks->cache_bytes[0] * threads)
    return SST_LEVEL_L1;
  if (bytes <= (double)peaks->cache_bytes[1] * threads)
    return SST_LEVEL_L2;
  return bytes <= (double)peaks->cache_bytes[2] ? SST_LEVEL_L3 : SST_LEVEL_MEMORY;
}

double sst_predict_seconds(const sst_machine_peaks_t *peaks, double flops, double activation_bytes, double weight_bytes,
                           double all_weight_bytes) {
  double computing = flops / peaks->flops;
  double reading = activation_bytes / peaks->read[sst_level_of(peaks, activation_bytes)] +
                   weight_bytes / peaks->read[sst_level_of(peaks, all_weight_bytes)];
  return computing > reading ? computing : reading;
}
