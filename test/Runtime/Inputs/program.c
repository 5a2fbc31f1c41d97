/*
 * program.c - what the README shows: load an artefact, ask how much memory it needs, call it on the threads of a pool.
 */
#include "sst/Runtime/sst_runtime.h"

#include <stdio.h>
#include <stdlib.h>

static int run(const sst_artefact_t *model, sst_pool_t *pool) {
  sst_info_t info = {.size = sizeof info, .abi_version = SST_ABI_VERSION};
  size_t workspace_bytes, lengths[2] = {2, 1};
  const float input[2][2][3] = {{{1, 1, 1}, {1, 1, 1}}, {{1, 0, 0}, {5, 5, 5}}};
  float output[2][2];
  if (model->info(&info) != SST_STATUS_OK || model->workspace_bytes(2, 2, 2, &workspace_bytes) != SST_STATUS_OK)
    return 1;
  printf("%s %u %u\n", info.name, info.embed_dim, info.hidden_size);
  sst_call_t call = {.size = sizeof call, .abi_version = SST_ABI_VERSION, .variant = info.variant};
  call.flags = SST_CALL_VARIANT_CHECKED;
  call.batch = call.rows = 2;
  call.input = &input[0][0][0];
  call.output = &output[0][0];
  call.lengths = lengths;
  call.threads = sst_pool_threads(pool);
  call.parallel = sst_pool_run;
  call.parallel_context = pool;
  call.workspace_bytes = workspace_bytes;
  call.workspace = aligned_alloc(SST_WORKSPACE_ALIGNMENT, workspace_bytes); /* a multiple of the alignment */
  if (!call.workspace || model->window(&call) != SST_STATUS_OK)
    return 1;
  for (int b = 0; b < 2; ++b)
    printf("%g %g\n", (double)output[b][0], (double)output[b][1]);
  lengths[1] = 3;
  printf("length out of range: %s\n", sst_status_text(model->window(&call)));
  free(call.workspace);
  return 0;
}

int main(int argc, char **argv) {
  sst_model_t *model;
  sst_pool_t *pool;
  sst_error_t error;
  if (argc != 2)
    return 2;
  if (sst_model_load(argv[1], &model, &error) != SST_STATUS_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  if (sst_pool_create(2, NULL, SST_POOL_SPIN_MICROSECONDS, &pool, &error) != SST_STATUS_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  int failed = run(sst_model_functions(model), pool);
  sst_pool_destroy(pool);
  sst_model_unload(model);
  return failed;
}
