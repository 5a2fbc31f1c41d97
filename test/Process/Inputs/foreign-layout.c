/* Two artefacts of the same options, weights and sizes, whose states have another layout: neither takes the other's.
 * Takes the two libraries. */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const sst_artefact_t *load(const char *path) {
  sst_model_t *model;
  sst_error_t error;
  if (sst_model_load(path, &model, &error) == SST_STATUS_OK)
    return sst_model_functions(model);
  fprintf(stderr, "%s\n", error.message);
  exit(2);
}

static void *new_state(const sst_artefact_t *model) {
  void *state = aligned_alloc(SST_STATE_ALIGNMENT, model->state_bytes());
  if (model->state_init(state, model->state_bytes()) != SST_STATUS_OK)
    exit(2);
  return state;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  const sst_artefact_t *models[2] = {load(argv[1]), load(argv[2])};
  sst_info_t info[2];
  for (int i = 0; i < 2; ++i) {
    info[i] = (sst_info_t){.size = sizeof info[i], .abi_version = SST_ABI_VERSION};
    models[i]->info(&info[i]);
  }
  if (models[0]->state_bytes() != models[1]->state_bytes() || strcmp(info[0].weights_digest, info[1].weights_digest))
    return puts("these differ in more than their layout"), 2;
  for (int i = 0; i < 2; ++i) {
    void *own = new_state(models[i]), *foreign = new_state(models[!i]), *snapshot = malloc(info[0].state_bytes);
    if (models[!i]->state_snapshot(foreign, snapshot, info[0].state_bytes) != SST_STATUS_OK)
      return 2;
    printf("%d %d %d %d\n", models[i]->state_restore(own, snapshot, info[0].state_bytes),
           models[i]->state_reset(foreign), models[i]->state_fork(own, foreign), models[i]->state_reset(own));
  }
  return 0;
}
