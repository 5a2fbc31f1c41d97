/*
 * accumulate.c - a model small enough to check by hand, as sst-compile would generate it: embed_dim 3, hidden_size 2,
 * and output[t][h] = (h + 1) * (the sum of all inputs up to row t). Build it with runtime/lib/entry.c into a shared
 * library.
 *
 * -DONLY_V3 leaves out the code for x86-64-v4, -DUNSTABLE lets every run give another result.
 */
#include "sst/Runtime/sst_entry.h"

#define EMBED 3
#define HIDDEN 2

#ifdef UNSTABLE
static float noise;
#define NOISE (noise += 1)
#else
#define NOISE 0
#endif

static void accumulate(const float *input, float *output, int64_t batch, int64_t rows, int every_row) {
  for (int64_t b = 0; b < batch; ++b) {
    float sum = NOISE;
    for (int64_t t = 0; t < rows; ++t) {
      for (int e = 0; e < EMBED; ++e)
        sum += *input++;
      if (!every_row && t + 1 < rows)
        continue;
      for (int h = 0; h < HIDDEN; ++h)
        *output++ = sum * (float)(h + 1);
    }
  }
}

static void window(const float *input, float *output, void *workspace, const void *weights, int64_t batch,
                   int64_t rows) {
  (void)workspace, (void)weights;
  accumulate(input, output, batch, rows, 0);
}

static void sequence(const float *input, float *output, void *workspace, const void *weights, int64_t batch,
                     int64_t rows) {
  (void)workspace, (void)weights;
  accumulate(input, output, batch, rows, 1);
}

const sst_kernels_t sst_model_kernels[] = {
#ifndef ONLY_V3
    {SST_VARIANT_X86_64_V4, window, sequence},
#endif
    {SST_VARIANT_X86_64_V3, window, sequence},
};

const unsigned char sst_model_weights[] = {0};

const sst_model_data_t sst_model_data = {
    .row_bytes = 64,
    .group_rows = 8,
    .kernel_count = sizeof sst_model_kernels / sizeof *sst_model_kernels,
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
            .parameters = 12,
            .weights_bytes = 1,
        },
};

extern const sst_artefact_t sst_artefact;
const sst_artefact_t sst_artefact = {
    sizeof(sst_artefact_t),    SST_ABI_VERSION,  sst_model_info,
    sst_model_workspace_bytes, sst_model_window, sst_model_sequence,
};
