/* Calls two models by their headers. Valid C11 and C++17. */
#include "policy.h"
#include "value.h"

#include <stdio.h>

static int check(const sst_artefact_t *model, size_t rows, size_t workspace, size_t in, size_t out) {
  sst_info_t info;
  size_t bytes = 0;
  info.size = (uint32_t)sizeof info;
  info.abi_version = SST_ABI_VERSION;
  if (model->info(&info) != SST_STATUS_OK || model->workspace_bytes(1, rows, 1, &bytes) != SST_STATUS_OK)
    return 1;
  printf("%s: %u channels to %u, workspace %s\n", info.name, (unsigned)info.embed_dim, (unsigned)info.hidden_size,
         bytes == workspace ? "as in the header" : "differs");
  return info.embed_dim != in || info.hidden_size != out;
}

int main(void) {
  if (policy_window(NULL) != SST_STATUS_INVALID_ARGUMENT || value_sequence(NULL) != SST_STATUS_INVALID_ARGUMENT)
    return 1;
  return check(&policy_artefact, POLICY_WINDOW_SIZE, POLICY_WORKSPACE_BYTES, POLICY_EMBED_DIM, POLICY_HIDDEN_SIZE) +
         check(&value_artefact, VALUE_WINDOW_SIZE, VALUE_WORKSPACE_BYTES, VALUE_EMBED_DIM, VALUE_HIDDEN_SIZE);
}
