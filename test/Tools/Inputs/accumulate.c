/*
 * accumulate.c - a model small enough to check by hand, as sst-compile would generate it: embed_dim 3, hidden_size 2,
 * and output[t][h] = (h + 1) * (the sum of all inputs up to row t). %accumulate of lit.cfg.py builds it with
 * runtime/lib/entry/entry.c into a shared library, and gives entry.c's table of functions the name sst_artefact.
 *
 * -DONLY_V3 leaves out the code for x86-64-v4, -DUNSTABLE lets every run give another result, -DNO_OPS leaves out the
 * tables of ops, with -DNO_ROLLBACK streams cannot go back.
 */
#include "sst/Runtime/sst_entry.h"

#define EMBED 3
#define HIDDEN 2
#define ROW_BYTES 64
#define MAX_ROWS 96

#ifdef UNSTABLE
static float noise;
#define NOISE (noise += 1)
#else
#define NOISE 0
#endif

/** Where the sum of a row is in the workspace. */
static float *row_sum(void *workspace, int64_t row) { return (float *)((char *)workspace + row * ROW_BYTES); }

/** Phase 0: the sum of each row, in up to 4 units of rows. */
static void sum_rows(const float *input, void *workspace, int64_t rows, sst_team_t *team) {
  int64_t units = rows < 4 ? rows : 4;
  for (int64_t u = sst_team_next(team, 0, units, -1); u >= 0; u = sst_team_next(team, 0, units, u)) {
    for (int64_t t = u * rows / units; t < (u + 1) * rows / units; ++t) {
      float sum = 0;
      for (int e = 0; e < EMBED; ++e)
        sum += input[t * EMBED + e];
      *row_sum(workspace, t) = sum;
    }
    sst_team_mark(team, 0);
  }
}

/** What a stream remembers: the sum of all inputs up to each row. */
typedef struct state {
  sst_state_header_t header;
  float totals[MAX_ROWS];
} state_t;

/** Phase 1: the sums of these up to each row, in a unit per sequence (the last unit has all that are left). */
static void add_up(float *output, void *workspace, void *const *states, int64_t batch, int64_t rows, int every_row,
                   sst_team_t *team) {
  int64_t units = batch < SST_MAX_UNITS ? batch : SST_MAX_UNITS;
  for (int64_t u = sst_team_next(team, 1, units, -1); u >= 0; u = sst_team_next(team, 1, units, u)) {
    for (int64_t b = u; b < (u + 1 == units ? batch : u + 1); ++b) {
      state_t *state = states ? states[b] : 0;
      uint64_t position = state ? state->header.position : 0;
      float sum = NOISE + (position ? state->totals[position - 1] : 0);
      for (int64_t t = 0; t < rows; ++t) {
        sum += *row_sum(workspace, b * rows + t);
        if (state)
          state->totals[position + (uint64_t)t] = sum;
        float *row = output + (every_row ? b * rows + t : b) * HIDDEN;
        for (int h = 0; h < HIDDEN; ++h)
          row[h] = sum * (float)(h + 1);
      }
    }
    sst_team_mark(team, 1);
  }
}

static void last_row(const float *input, float *output, void *workspace, const void *weights, void *first_state,
                     void *const *states, int64_t batch, int64_t rows, int64_t thread, int64_t threads,
                     sst_team_t *team) {
  (void)weights, (void)first_state, (void)thread, (void)threads;
  sum_rows(input, workspace, batch * rows, team);
  add_up(output, workspace, states, batch, rows, 0, team);
}

static void every_row(const float *input, float *output, void *workspace, const void *weights, void *first_state,
                      void *const *states, int64_t batch, int64_t rows, int64_t thread, int64_t threads,
                      sst_team_t *team) {
  (void)weights, (void)first_state, (void)thread, (void)threads;
  sum_rows(input, workspace, batch * rows, team);
  add_up(output, workspace, states, batch, rows, 1, team);
}

/* The same code for every variant. */
#ifdef ONLY_V3
const uint64_t sst_model_variants[] = {SST_VARIANT_X86_64_V3};
#else
const uint64_t sst_model_variants[] = {SST_VARIANT_X86_64_V4, SST_VARIANT_X86_64_V3};
#endif
const sst_kernel_fn sst_window_kernels[] = {last_row, last_row};
const sst_kernel_fn sst_sequence_kernels[] = {every_row, every_row};
const sst_kernel_fn sst_prefill_kernels[] = {last_row, last_row};
const sst_kernel_fn sst_step_kernels[] = {last_row, last_row};
const sst_kernel_fn sst_sequence_from_state_kernels[] = {every_row, every_row};

const unsigned char sst_model_weights[] = {0};

#ifdef NO_OPS
#define OP_COUNT 0
const sst_model_ops_t sst_model_ops = {0};
#else
#define OP_COUNT 2
/* Names at 0, 9, 18 and 25. */
static const char strings[] = "row_sums\0sum_rows\0totals\0add_up";
static const sst_work_t works[] = {
    {{EMBED}, {4 * (EMBED + 1)}, 0},
    {{1 + HIDDEN}, {4, 4 * HIDDEN}, 1},
};
static const sst_op_t ops[] = {{0, 9, 0, 0}, {18, 25, 1, 1}};
const sst_model_ops_t sst_model_ops = {strings, works, {ops, ops, ops, ops, ops}};
#endif

const sst_model_data_t sst_model_data = {
    .row_bytes = ROW_BYTES,
    .group_rows = 8,
    .phases = {2, 2, 2, 2, 2},
    .variant_count = sizeof sst_model_variants / sizeof *sst_model_variants,
    .state_model = {1, 2},
    .info =
        {
            .name = "accumulate",
            .compiler_version = "0.1.0",
            .weights_digest = "0123abcd",
            .layer_norm = "axon-0.8.1",
            .embed_dim = EMBED,
            .hidden_size = HIDDEN,
            .state_size = 16,
            .num_layers = 6,
            .num_heads = 4,
            .head_dim = 64,
            .expand_factor = 2,
            .conv_size = 4,
            .window_size = 60,
#ifdef ONLY_V3
            .variants = 1u << SST_VARIANT_X86_64_V3,
#else
            .variants = 1u << SST_VARIANT_X86_64_V3 | 1u << SST_VARIANT_X86_64_V4,
#endif
            .max_rows = MAX_ROWS,
#ifndef NO_ROLLBACK
            .rollback = 4,
#endif
            .functions = {{.count = OP_COUNT},
                          {.count = OP_COUNT},
                          {.count = OP_COUNT},
                          {.count = OP_COUNT},
                          {.count = OP_COUNT}},
            .parameters = 12,
            .weights_bytes = 1,
            .state_bytes = sizeof(state_t),
        },
};
