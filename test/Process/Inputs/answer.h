/* What a model answers, in a few numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The first output of `window` over five rows; -999 if it fails. */
static float answer_of(const sst_artefact_t *model) {
  sst_info_t info;
  memset(&info, 0, sizeof info);
  info.size = (uint32_t)sizeof info;
  info.abi_version = SST_ABI_VERSION;
  size_t bytes;
  if (model->info(&info) || model->workspace_bytes(1, 5, 1, &bytes))
    return -999;
  float *input = (float *)calloc(5 * info.embed_dim, sizeof(float)),
        *output = (float *)calloc(info.hidden_size, sizeof(float));
  void *workspace = aligned_alloc(SST_WORKSPACE_ALIGNMENT, (bytes + 63) / 64 * 64);
  for (uint32_t i = 0; i < 5 * info.embed_dim; ++i)
    input[i] = (float)(i % 7);
  sst_call_t call;
  memset(&call, 0, sizeof call);
  call.size = (uint32_t)sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.batch = 1, call.rows = 5;
  call.input = input, call.output = output;
  call.workspace = workspace, call.workspace_bytes = bytes;
  float answer = model->window(&call) ? -999 : output[0];
  free(input), free(output), free(workspace);
  return answer;
}
