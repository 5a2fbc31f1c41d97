/* Prints what several models of one process answer, all of them loaded before the first is called. Arguments:
 *
 *   own            the model that this program is linked with (OWN: which has one)
 *   global:FILE    sst_artefact of a library that is loaded into the global scope
 *   local:FILE     the same, not into the global scope
 *   load:FILE      sst_model_load
 *   plugin:FILE    what the plug-in, loaded into the global scope, says of its model
 */
#define _GNU_SOURCE
#ifdef OWN
#include "policy.h"
#endif
#include "sst/Runtime/sst_runtime.h"

#include "answer.h"

#include <dlfcn.h>

typedef const sst_artefact_t *(*model_fn)(void);

static const char *after(const char *argument, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(argument, prefix, length) == 0 ? argument + length : NULL;
}

static void *open_library(const char *path, int scope) {
  void *library = dlopen(path, RTLD_NOW | scope);
  if (!library)
    fprintf(stderr, "%s\n", dlerror()), exit(2);
  return library;
}

static const sst_artefact_t *find_model(const char *argument) {
  const char *path;
#ifdef OWN
  if (strcmp(argument, "own") == 0)
    return &policy_artefact;
#endif
  if ((path = after(argument, "global:")))
    return dlsym(open_library(path, RTLD_GLOBAL), "sst_artefact");
  if ((path = after(argument, "local:")))
    return dlsym(open_library(path, RTLD_LOCAL), "sst_artefact");
  if ((path = after(argument, "load:"))) {
    sst_model_t *model;
    sst_error_t error;
    if (sst_model_load(path, &model, &error) == SST_STATUS_OK)
      return sst_model_functions(model);
    fprintf(stderr, "%s\n", error.message);
    exit(2);
  }
  if ((path = after(argument, "plugin:"))) {
    void *library = open_library(path, RTLD_GLOBAL);
    model_fn model;
    *(void **)&model = dlsym(library, "plugin_model");
    const sst_artefact_t *found = model();
    /* Its functions, called by name from inside it, must be its own too. */
    float (*answer)(void);
    *(void **)&answer = dlsym(library, "plugin_answer");
    if (answer() != answer_of(found))
      printf("the plug-in %s calls another model's functions\n", path);
    return found;
  }
  return NULL;
}

/** Prints what a model answers, and the digest of the weights that it says it has. */
static void print_answer(const sst_artefact_t *model) {
  sst_info_t info;
  memset(&info, 0, sizeof info);
  info.size = (uint32_t)sizeof info;
  info.abi_version = SST_ABI_VERSION;
  model->info(&info);
  printf("%.9g %s\n", answer_of(model), info.weights_digest);
}

int main(int argc, char **argv) {
  const sst_artefact_t *models[16];
  for (int i = 1; i < argc && i < 16; ++i)
    if (!(models[i] = find_model(argv[i])))
      return fprintf(stderr, "no model: %s\n", argv[i]), 2;
  for (int i = 1; i < argc && i < 16; ++i)
    print_answer(models[i]);
  return 0;
}
