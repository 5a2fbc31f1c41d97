/* Runs a model without a C library. Ends with 0 if its output is not all zeros. */
#include "policy.h"

void *memset(void *to, int value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    ((volatile unsigned char *)to)[i] = (unsigned char)value;
  return to;
}

void *memcpy(void *to, const void *from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
  return to;
}

static _Alignas(SST_WORKSPACE_ALIGNMENT) unsigned char workspace[POLICY_WORKSPACE_BYTES + 64];
static float input[POLICY_WINDOW_SIZE * POLICY_EMBED_DIM], output[POLICY_HIDDEN_SIZE];

static int run(void) {
  sst_call_t call = {0};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.batch = 1, call.rows = POLICY_WINDOW_SIZE;
  call.input = input, call.output = output;
  call.workspace = workspace, call.workspace_bytes = sizeof workspace;
  for (size_t i = 0; i < sizeof input / sizeof *input; ++i)
    input[i] = (float)(i % 7);
  if (policy_artefact.window(&call) != SST_STATUS_OK)
    return 1;
  for (size_t i = 0; i < POLICY_HIDDEN_SIZE; ++i)
    if (output[i] != 0)
      return 0;
  return 2;
}

__attribute__((force_align_arg_pointer)) void _start(void) {
  int code = run();
  __asm__ volatile("syscall" : : "a"(60), "D"(code) : "rcx", "r11", "memory");
  __builtin_unreachable();
}
