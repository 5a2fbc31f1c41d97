/*
 * with-ops.c - a model with a table of ops, small enough to check by hand: embed_dim 8, hidden_size 4, and
 * output[t][h] = (h + 1) * (the sum of row t). Its work is made up: sums are 8 flops per row, scales 4 per row and 2
 * per sequence, pairs 1 per pair of rows.
 *
 * -DALLOCATES, -DENVIRONMENT, -DUNSTABLE and -DNO_OPS make it break a rule, or leave out the table.
 */
#include "sst/Runtime/sst_abi.h"

#include "no-streams.h"

#include <stdlib.h>
#include <x86intrin.h>

#define EMBED 8
#define HIDDEN 4
#define OPS 3

/* Names at 0, 5, 14, 21, 32 and 38. */
static const char strings[] = "sums\0row_sums\0scales\0scale_rows\0pairs\0row_pairs";
static const sst_work_t works[OPS] = {
    {{8}, {32}, 0},
    {{4, 2}, {16}, 16},
    {{0, 0, 1}, {0}, 0},
};
static const sst_op_t ops[OPS] = {{0, 5, 0, 0}, {14, 21, 0, 1}, {32, 38, 1, 2}};

typedef struct task {
  const sst_call_t *call;
  int every_row;
} task_t;

/* Sequences are dealt out to the threads. */
static void run_task(void *context, size_t index, size_t count) {
  const task_t *task = context;
  const sst_call_t *call = task->call;
  size_t output_rows = task->every_row ? call->rows : 1;
  unsigned environment = _mm_getcsr();
  _mm_setcsr(0x1f80);
  unsigned long long start = __rdtsc();
  for (size_t b = index; b < call->batch; b += count)
    for (size_t t = call->rows - output_rows; t < call->rows; ++t) {
      float sum = 0;
      for (size_t e = 0; e < EMBED; ++e)
        sum += call->input[(b * call->rows + t) * EMBED + e];
      for (size_t h = 0; h < HIDDEN; ++h)
        call->output[(b * output_rows + t + output_rows - call->rows) * HIDDEN + h] = sum * (float)(h + 1);
    }
  if (call->profile)
    for (size_t op = 0; op <= OPS; ++op)
      call->profile[index * (OPS + 1) + op] += (__rdtsc() - start) / (OPS + 1);
#ifndef ENVIRONMENT
  _mm_setcsr(environment);
#else
  (void)environment;
#endif
}

static sst_status_t run(const sst_call_t *call, int every_row) {
  task_t task = {call, every_row};
#ifdef ALLOCATES
  void *volatile memory = malloc(100);
  free(memory);
#endif
  if (call->threads > 1)
    call->parallel(call->parallel_context, call->threads, run_task, &task);
  else
    run_task(&task, 0, 1);
#ifdef UNSTABLE
  static float noise;
  call->output[0] = noise += 1;
#endif
  return SST_STATUS_OK;
}

static sst_status_t window(const sst_call_t *call) { return run(call, 0); }
static sst_status_t sequence(const sst_call_t *call) { return run(call, 1); }

static sst_status_t info(sst_info_t *result) {
  const sst_info_t value = {
      .size = sizeof value,
      .abi_version = SST_ABI_VERSION,
      .name = "with_ops",
      .compiler_version = "0.1.0",
      .weights_digest = "0123abcd",
      .layer_norm = "axon-0.8.1",
      .embed_dim = EMBED,
      .hidden_size = HIDDEN,
      .window_size = 6,
      .variants = 1u << SST_VARIANT_X86_64_V3,
      .variant = SST_VARIANT_X86_64_V3,
#ifndef NO_OPS
      .strings = strings,
      .works = works,
      .functions = {[SST_FUNCTION_WINDOW] = {OPS, ops}, [SST_FUNCTION_SEQUENCE] = {OPS, ops}},
#endif
      .parameters = 4,
      .weights_bytes = 16,
  };
  *result = value;
  return SST_STATUS_OK;
}

static sst_status_t workspace_bytes(size_t batch, size_t rows, size_t threads, size_t *bytes) {
  (void)threads;
  if (batch > 1000000 || rows > 1000000)
    return SST_STATUS_SIZE_OVERFLOW;
  *bytes = 64;
  return SST_STATUS_OK;
}

extern const sst_artefact_t sst_artefact;
const sst_artefact_t sst_artefact = {
    .size = sizeof(sst_artefact_t),
    .abi_version = SST_ABI_VERSION,
    .info = info,
    .workspace_bytes = workspace_bytes,
    .window = window,
    .sequence = sequence,
    NO_STREAMS,
};
