/*
 * A complete program around a compiled model: reads rows of numbers, one time step per line, from standard input and
 * prints the model's answer to the whole sequence. Nothing but policy.h and policy.o is needed:
 *
 *   sst-compile model.safetensors --name=policy -o policy.o
 *   gcc -std=c11 example.c policy.o -o example
 */
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_ROWS = 128 };

static float input[MAX_ROWS][POLICY_EMBED_DIM];
static float output[POLICY_HIDDEN_SIZE];

int main(void) {
  size_t count = 0, bytes = 0;
  while (count < sizeof input / sizeof input[0][0] && scanf("%f", &input[0][0] + count) == 1)
    ++count;
  size_t rows = count / POLICY_EMBED_DIM;

  /* Memory is brought by the caller, once; this much is enough for every call of up to MAX_ROWS rows
   * on one thread. */
  if (policy_workspace_bytes(1, MAX_ROWS, 1, &bytes) != SST_STATUS_OK)
    return 1;
  void *workspace = aligned_alloc(SST_WORKSPACE_ALIGNMENT, bytes);
  if (!workspace)
    return 1;

  sst_call_t call = {0};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.batch = 1;
  call.rows = rows;
  call.input = &input[0][0];
  call.output = output;
  call.workspace = workspace;
  call.workspace_bytes = bytes;
  sst_status_t status = policy_window(&call);
  free(workspace);
  if (status != SST_STATUS_OK) {
    fprintf(stderr, "example: error: the model refuses the call with status %d\n", (int)status);
    return 1;
  }
  for (size_t i = 0; i < POLICY_HIDDEN_SIZE; ++i)
    printf("%.9g\n", (double)output[i]);
  return 0;
}
