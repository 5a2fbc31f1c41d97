/*
 * sst_entry.h - what the compiler generates and runtime/lib/entry.c calls.
 *
 * The one header that the compiler and the entry code share and no user sees. entry.c is compiled to LLVM bitcode
 * when SST is built; sst-compile links that bitcode with the generated kernels, defines the three symbols below,
 * makes them internal and gives the entry points their public names (`<name>_window`, ...).
 */
#ifndef SST_RUNTIME_SST_ENTRY_H
#define SST_RUNTIME_SST_ENTRY_H

#include "sst/Runtime/sst_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Runs one group of sequences: input [batch][rows][embed_dim], output [batch][1 or rows][hidden_size]. */
typedef void (*sst_kernel_fn)(const float *input, float *output, void *workspace, const void *weights, int64_t batch,
                              int64_t rows);

/** The kernels of one CPU variant. */
typedef struct sst_kernels {
  uint64_t variant; /**< an sst_variant_t */
  sst_kernel_fn window;
  sst_kernel_fn sequence;
} sst_kernels_t;

/**
 * Everything entry.c must know of a model. A group of g sequences of T rows needs
 * `row_bytes*g*T + sequence_bytes*g + fixed_bytes` bytes of workspace (each term rounded up to 64), where
 * g = min(batch, max(1, group_rows / T)): sequences are computed in groups so that short ones share a pass over
 * the weights and long ones stay in the cache. With `lengths` every sequence is a group of its own, g = 1 and
 * T = lengths[b]. What workspace_bytes returns is an upper bound of that for all smaller batches and rows.
 */
typedef struct sst_model_data {
  uint64_t row_bytes, sequence_bytes, fixed_bytes;
  uint64_t group_rows;
  uint64_t kernel_count; /**< number of entries of sst_model_kernels, best first */
  sst_info_t info;       /**< as `info` returns it, with variant = 0 */
} sst_model_data_t;

extern const sst_model_data_t sst_model_data;
extern const sst_kernels_t sst_model_kernels[];
extern const unsigned char sst_model_weights[]; /**< packed, 64-byte aligned */

/* The entry points, under the names they have before sst-compile renames them. */
sst_status_t sst_model_info(sst_info_t *info);
sst_status_t sst_model_workspace_bytes(size_t batch, size_t rows, size_t *bytes);
sst_status_t sst_model_window(const sst_call_t *call);
sst_status_t sst_model_sequence(const sst_call_t *call);
extern const sst_artefact_t sst_model_artefact;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_RUNTIME_SST_ENTRY_H */
