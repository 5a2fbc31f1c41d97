/* A plug-in with a model of its own, whose functions it calls by name. Valid C11 and C++17. */
#include "policy.h"

#include "answer.h"

#ifdef __cplusplus
extern "C" {
#endif
const sst_artefact_t *plugin_model(void);
float plugin_answer(void);

const sst_artefact_t *plugin_model(void) { return &policy_artefact; }

float plugin_answer(void) {
  sst_artefact_t by_name = policy_artefact;
  by_name.info = policy_info;
  by_name.workspace_bytes = policy_workspace_bytes;
  by_name.window = policy_window;
  return answer_of(&by_name);
}
#ifdef __cplusplus
}
#endif
