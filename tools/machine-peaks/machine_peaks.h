/*
 * machine_peaks.h - what this machine can do, measured now: multiply-adds per second and bytes read per second.
 *
 * What is here: the measurement and the simplest model of how long work takes with it. What is not here: timing of
 * models. C11 and C++17.
 */
#ifndef SST_TOOLS_MACHINE_PEAKS_MACHINE_PEAKS_H
#define SST_TOOLS_MACHINE_PEAKS_MACHINE_PEAKS_H

#include "sst/Runtime/sst_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where data come from when they are read. */
typedef enum sst_memory_level {
  SST_LEVEL_L1,
  SST_LEVEL_L2,
  SST_LEVEL_L3,
  SST_LEVEL_MEMORY,
  SST_LEVEL_COUNT
} sst_memory_level_t;

/** "L1", "L2", "L3" or "memory". */
const char *sst_memory_level_name(sst_memory_level_t level);

/** What a number of threads can do together. */
typedef struct sst_machine_peaks {
  size_t threads;
  sst_variant_t variant;        /**< whose vectors were used */
  double flops;                 /**< per second; a fused multiply-add is two */
  double read[SST_LEVEL_COUNT]; /**< bytes per second */
  size_t cache_bytes[3];        /**< L1 data and L2 of one core, L3 as its cores share it */
} sst_machine_peaks_t;

/**
 * Measures for about 0.2 s, on the calling thread and threads - 1 that it starts for that time, with the vectors of
 * `variant` (AUTO: the best that the CPU has). Each number is the best of some rounds. `cpus` is NULL, or has threads -
 * 1 numbers: the CPUs of these threads. Allocates up to 512 MB and frees it. Status: OK, INVALID_ARGUMENT (`threads` is
 * not in [1, SST_MAX_THREADS]), UNSUPPORTED_VARIANT, UNSUPPORTED (a thread does not start), OUT_OF_MEMORY; then `peaks`
 * is zero.
 */
sst_status_t sst_measure_peaks(size_t threads, const uint32_t *cpus, sst_variant_t variant, sst_machine_peaks_t *peaks);

/** The smallest level that `bytes`, divided among the threads, fit in. */
sst_memory_level_t sst_level_of(const sst_machine_peaks_t *peaks, double bytes);

/** Seconds that work takes at the peak: the longer one of computing and reading. `activation_bytes` come from the level
 *  that they fit in, `weight_bytes` from the one that `all_weight_bytes`, of the whole model, do. */
double sst_predict_seconds(const sst_machine_peaks_t *peaks, double flops, double activation_bytes, double weight_bytes,
                           double all_weight_bytes);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_TOOLS_MACHINE_PEAKS_MACHINE_PEAKS_H */
