/*
 * golden.c - does every CPU variant of a compiled golden give Edifice's numbers?
 *
 * Linked with a golden's object (ARTEFACT is its table, `-DARTEFACT=g_artefact`) and with the runtime library. Takes
 * the golden file, runs `window` and, without a second argument, `sequence` with each variant that the CPU has, and
 * checks for each: `window` is the golden's `output` within 1e-5 + 1e-5 * |want|; the last row of every sequence of
 * `sequence` has the bits of `window`; all variants have the same bits. Prints one line per check. Exit status 0 if all
 * of them hold, 1 if not, 2 if something cannot be run.
 */
#include "sst/Runtime/sst_runtime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const sst_artefact_t ARTEFACT;

static void fail(const char *what) {
  fprintf(stderr, "golden: error: %s\n", what);
  exit(2);
}

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(SST_WORKSPACE_ALIGNMENT, (bytes + SST_WORKSPACE_ALIGNMENT - 1) /
                                                            SST_WORKSPACE_ALIGNMENT * SST_WORKSPACE_ALIGNMENT);
  if (!memory)
    fail("out of memory");
  return memory;
}

static float *run(sst_run_fn function, sst_variant_t variant, const sst_array_t *input, size_t outputs) {
  size_t workspace_bytes;
  sst_call_t call = {.size = sizeof call, .abi_version = SST_ABI_VERSION, .variant = variant};
  call.batch = input->shape[0];
  call.rows = input->shape[1];
  call.input = input->data;
  if (ARTEFACT.workspace_bytes(call.batch, call.rows, 1, &workspace_bytes) != SST_STATUS_OK)
    fail("workspace_bytes refuses the golden's sizes");
  float *output = call.output = allocate(outputs * sizeof(float));
  call.workspace = allocate(workspace_bytes);
  call.workspace_bytes = workspace_bytes;
  sst_status_t status = function(&call);
  if (status != SST_STATUS_OK)
    fail(sst_status_text(status));
  free(call.workspace);
  return output;
}

/** The largest difference between two outputs, and whether all are within the tolerance. */
static int within_tolerance(const float *got, const float *want, size_t count, double *largest) {
  int good = 1;
  *largest = 0;
  for (size_t i = 0; i < count; ++i) {
    double difference = fabs((double)got[i] - (double)want[i]);
    if (!(difference <= 1e-5 + 1e-5 * fabs((double)want[i])))
      good = 0;
    if (!(difference <= *largest))
      *largest = difference;
  }
  return good;
}

/** Whether the last row of each sequence of `sequence` is that sequence's row of `window`. */
static int last_rows_equal(const float *sequence, const float *window, size_t batch, size_t rows, size_t channels) {
  for (size_t b = 0; b < batch; ++b)
    if (memcmp(sequence + (b * rows + rows - 1) * channels, window + b * channels, channels * sizeof(float)) != 0)
      return 0;
  return 1;
}

/** Prints the line of one check and returns whether it holds. */
static int check(sst_variant_t variant, const char *what, int holds) {
  printf("%s %s: %s\n", sst_variant_name(variant), what, holds ? "ok" : "FAILED");
  return holds;
}

/** Runs and checks one variant. `*first` is the first variant's window, NULL if this is it. */
static int check_variant(sst_variant_t variant, const sst_array_t *input, const sst_array_t *want, int with_sequence,
                         float **first) {
  size_t batch = input->shape[0], rows = input->shape[1], channels = want->elements / batch;
  char what[64];
  double largest;
  float *window = run(ARTEFACT.window, variant, input, want->elements);
  int good = within_tolerance(window, want->data, want->elements, &largest);
  snprintf(what, sizeof what, "window against Edifice, off by %.2e", largest);
  good = check(variant, what, good);
  if (with_sequence) {
    float *sequence = run(ARTEFACT.sequence, variant, input, batch * rows * channels);
    good &= check(variant, "last row of sequence against window, bits",
                  last_rows_equal(sequence, window, batch, rows, channels));
    free(sequence);
  }
  if (!*first) {
    *first = window;
    return good;
  }
  good &= check(variant, "window against the first variant's, bits",
                memcmp(*first, window, want->elements * sizeof(float)) == 0);
  free(window);
  return good;
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3)
    fail("usage: golden FILE.safetensors [window-only]");
  sst_array_t input, want;
  char source[4096];
  snprintf(source, sizeof source, "%s:output", argv[1]);
  if (sst_array_load(argv[1], "input.state_sequence", &input, NULL) != SST_STATUS_OK ||
      sst_array_load(source, NULL, &want, NULL) != SST_STATUS_OK || input.rank != 3 || want.rank != 2 ||
      want.shape[0] != input.shape[0])
    fail("expects 'input.state_sequence', batch x rows x channels, and 'output', batch x channels, in the golden");
  static const sst_variant_t variants[] = {SST_VARIANT_X86_64_V3, SST_VARIANT_X86_64_V4};
  float *first = NULL;
  int good = 1;
  for (size_t i = 0; i < 2; ++i)
    if (sst_variant_supported(variants[i]))
      good &= check_variant(variants[i], &input, &want, argc == 2, &first);
  free(first);
  sst_array_free(&input);
  sst_array_free(&want);
  return good ? 0 : 1;
}
