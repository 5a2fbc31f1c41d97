/*
 * Artefact.h - a loaded shared artefact with what it says of itself, and memory to call it with.
 */
#ifndef SST_TOOLS_COMMON_ARTEFACT_H
#define SST_TOOLS_COMMON_ARTEFACT_H

#include "sst/Runtime/sst_runtime.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace sst {

struct ModelDeleter {
  void operator()(sst_model_t *model) const { sst_model_unload(model); }
};
struct MemoryDeleter {
  void operator()(void *memory) const { std::free(memory); }
};

struct Artefact {
  std::string path;
  std::unique_ptr<sst_model_t, ModelDeleter> model; ///< keeps the texts of `info` alive
  sst_info_t info{};

  const sst_artefact_t *functions() const { return sst_model_functions(model.get()); }
};

/// Loads a shared artefact and reads its information. False, and a message in `report`, if that fails.
bool loadArtefact(const std::string &path, Artefact &artefact, sst_report_t *report);

/// The variant that runs if `wanted` is asked for: itself, or the best one for SST_VARIANT_AUTO. SST_VARIANT_AUTO, and
/// a message in `report`, if the artefact has no code for it or this CPU cannot run it.
sst_variant_t chooseVariant(const Artefact &artefact, sst_variant_t wanted, sst_report_t *report);

/// Memory of at least `bytes` at an address that is good for a workspace; null if there is none.
std::unique_ptr<void, MemoryDeleter> allocateAligned(size_t bytes);

/// Memory for `count` states of streams, not initialised, and the address of each. False if there is none.
bool allocateStates(size_t stateBytes, size_t count, std::unique_ptr<void, MemoryDeleter> &memory,
                    std::vector<void *> &states);

} // namespace sst

#endif // SST_TOOLS_COMMON_ARTEFACT_H
