/*
 * compare-variants.c - do all CPU variants of a compiled model compute the same bits?
 *
 * Linked with a model's object; ARTEFACT is its table (`-DARTEFACT=policy_artefact`). For each argument
 * `<batch>x<rows>` it runs `window`, `window` with sequences of different lengths, `sequence` and, if the model has
 * streams of so many rows, `prefill` and then `step`, and `sequence` from states, with each variant that the CPU has,
 * over the same input. It prints one line per run: entry, batch, rows, variant, digest of the output and the states.
 * Every second run has three threads, one after the other. Exit status 0 if all agree, 1 if two differ, 2 on bad usage
 * or a call that fails.
 */
#include "sst/Runtime/sst_abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const sst_artefact_t ARTEFACT;

#define THREADS 3

static const char *const variant_names[] = {"auto", "x86-64-v3", "x86-64-v4"};

static void fail(const char *what, int status) {
  fprintf(stderr, "compare-variants: error: %s: status %d\n", what, status);
  exit(2);
}

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(SST_WORKSPACE_ALIGNMENT, (bytes + SST_WORKSPACE_ALIGNMENT - 1) /
                                                            SST_WORKSPACE_ALIGNMENT * SST_WORKSPACE_ALIGNMENT);
  if (!memory)
    fail("out of memory", 0);
  return memory;
}

static uint64_t digest(uint64_t hash, const float *values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3u;
  }
  return hash;
}

/** Values in [-2, 2) from a fixed sequence. */
static void fill(float *values, size_t count) {
  uint32_t state = 12345;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)(state >> 8) / 4194304.0f - 2.0f;
  }
}

/** An sst_parallel_fn without threads: the last task first. */
static void run_in_reverse(void *context, size_t count, sst_task_fn task, void *task_context) {
  (void)context;
  while (count-- > 0)
    task(task_context, count, THREADS);
}

/** A call of streams without rows: all rows but the last by `prefill`, then the last by `step`. */
static sst_status_t prefill_and_step(const sst_call_t *whole) {
  sst_call_t call = *whole;
  size_t *lengths = allocate(call.batch * sizeof *lengths);
  sst_info_t info = {.size = sizeof info, .abi_version = SST_ABI_VERSION};
  ARTEFACT.info(&info);
  float *last = allocate(call.batch * info.embed_dim * sizeof(float));
  for (size_t b = 0; b < call.batch; ++b) {
    lengths[b] = call.rows - 1;
    memcpy(last + b * info.embed_dim, call.input + ((b + 1) * call.rows - 1) * info.embed_dim,
           info.embed_dim * sizeof(float));
  }
  call.lengths = lengths;
  sst_status_t status = call.rows > 1 ? ARTEFACT.prefill(&call) : SST_STATUS_OK;
  call.lengths = NULL;
  call.rows = 1;
  call.input = last;
  if (status == SST_STATUS_OK)
    status = ARTEFACT.step(&call);
  free(last);
  free(lengths);
  return status;
}

/** Runs one entry with each variant and returns whether they agree. `lengths` may be NULL. */
static int compare(const char *entry, sst_run_fn run, const sst_info_t *info, size_t batch, size_t rows,
                   const size_t *lengths, int has_states) {
  size_t outputs = batch * info->hidden_size * (run == ARTEFACT.sequence ? rows : 1), workspace_bytes;
  size_t state_bytes = has_states ? info->state_bytes : 0;
  sst_status_t status = ARTEFACT.workspace_bytes(batch, rows, THREADS, &workspace_bytes);
  if (status != SST_STATUS_OK)
    fail("workspace_bytes", status);
  float *input = allocate(batch * rows * info->embed_dim * sizeof(float));
  float *output = allocate(outputs * sizeof(float));
  sst_call_t call = {.size = sizeof call, .abi_version = SST_ABI_VERSION, .batch = batch, .rows = rows};
  call.lengths = lengths;
  call.input = input;
  call.output = output;
  call.workspace = allocate(workspace_bytes);
  call.workspace_bytes = workspace_bytes;
  fill(input, batch * rows * info->embed_dim);
  unsigned char *memory = allocate(batch * state_bytes + 1);
  void **states = allocate(batch * sizeof *states);
  for (size_t b = 0; b < batch; ++b)
    states[b] = memory + b * state_bytes;
  call.states = has_states ? states : NULL;
  uint64_t first = 0;
  int runs = 0, agree = 1;
  for (uint32_t variant = SST_VARIANT_X86_64_V3; variant <= SST_VARIANT_X86_64_V4; ++variant) {
    if (!(info->variants >> variant & 1))
      continue;
    /* Different garbage for each variant: what a call does not write must not show. */
    memset(output, (int)variant, outputs * sizeof(float));
    memset(call.workspace, 0xff - (int)variant, workspace_bytes);
    call.variant = variant;
    call.threads = runs % 2 ? THREADS : 1;
    call.parallel = run_in_reverse;
    for (size_t b = 0; has_states && b < batch; ++b)
      if ((status = ARTEFACT.state_init(states[b], state_bytes)) != SST_STATUS_OK)
        fail("state_init", status);
    status = run(&call);
    if (status == SST_STATUS_UNSUPPORTED_VARIANT)
      continue;
    if (status != SST_STATUS_OK)
      fail(entry, status);
    uint64_t bits = digest(0xcbf29ce484222325u, output, outputs);
    bits = digest(bits, (const float *)memory, batch * state_bytes / sizeof(float));
    printf("%s %zux%zu %s %016llx\n", entry, batch, rows, variant_names[variant], (unsigned long long)bits);
    if (runs++ == 0)
      first = bits;
    agree &= bits == first;
  }
  free(states);
  free(memory);
  free(call.workspace);
  free(output);
  free(input);
  if (!agree)
    fprintf(stderr, "compare-variants: error: %s: variants or threads differ at batch %zu, rows %zu\n", entry, batch,
            rows);
  return agree;
}

int main(int argc, char **argv) {
  sst_info_t info = {.size = sizeof info, .abi_version = SST_ABI_VERSION};
  sst_status_t status = ARTEFACT.info(&info);
  if (status != SST_STATUS_OK)
    fail("info", status);
  int agree = 1;
  for (int i = 1; i < argc; ++i) {
    size_t batch, rows;
    if (sscanf(argv[i], "%zux%zu", &batch, &rows) != 2 || batch == 0 || rows == 0)
      fail("expects arguments of the form <batch>x<rows>", 0);
    size_t *lengths = allocate(batch * sizeof *lengths);
    for (size_t b = 0; b < batch; ++b)
      lengths[b] = rows - b * 3 % rows;
    agree &= compare("window", ARTEFACT.window, &info, batch, rows, NULL, 0);
    agree &= compare("window-lengths", ARTEFACT.window, &info, batch, rows, lengths, 0);
    agree &= compare("sequence", ARTEFACT.sequence, &info, batch, rows, NULL, 0);
    if (info.state_bytes > 0 && rows <= info.max_rows) {
      agree &= compare("prefill-step", prefill_and_step, &info, batch, rows, NULL, 1);
      agree &= compare("sequence-states", ARTEFACT.sequence, &info, batch, rows, NULL, 1);
    }
    free(lengths);
  }
  return agree ? 0 : 1;
}
