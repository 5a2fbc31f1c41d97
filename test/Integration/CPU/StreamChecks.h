//===- StreamChecks.h - a compiled model against itself
//------------------------------------------------------------===//
//
// How tests call a compiled model: every buffer between two pages that nobody may touch, on some threads and some CPU
// variant. And what is checked so: streams against `sequence`, bit for bit. Links the runtime library only.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_INTEGRATION_STREAMCHECKS_H
#define SST_TEST_INTEGRATION_STREAMCHECKS_H

#include "sst/Runtime/sst_runtime.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sst {

/// How many checks passed and failed, and what the first failed ones were about.
struct CheckCounts {
  size_t passed = 0, failed = 0;
  std::vector<std::string> failures;
  bool check(bool holds, const std::string &what);
};

/// Whether values have the same bits, or are both NaN.
bool hasSameBits(const float *a, const float *b, size_t count);

/// A loaded model and how to call it.
class CompiledModel {
public:
  using Random = std::mt19937_64;

  /// `model` must live longer.
  explicit CompiledModel(const sst_model_t *model);
  CompiledModel(const CompiledModel &) = delete;
  CompiledModel &operator=(const CompiledModel &) = delete;
  ~CompiledModel();

  /// Whether it can be called: it describes itself, and this CPU has a variant of it.
  bool isUsable() const { return usable; }
  size_t embed() const { return info.embed_dim; }
  size_t hidden() const { return info.hidden_size; }
  /// Most rows of a stream, and up to how many all functions compute what `window` does.
  size_t mostRows() const { return info.attention_window > 0 ? SIZE_MAX : info.max_rows; }
  size_t exactRows() const { return info.attention_window > 0 ? info.attention_window : SIZE_MAX; }

  sst_call_t makeCall(size_t batch, size_t rows, const float *input, float *output) const;
  /// Makes the call with a workspace of its own, on some threads and some variant.
  sst_status_t run(sst_run_fn function, sst_call_t &call, Random &random) const;

  const sst_artefact_t *functions;
  sst_info_t info = {};
  std::vector<uint32_t> variants;
  /// What `run` has found, and whoever else checks.
  mutable CheckCounts counts;

private:
  sst_pool_t *pools[4] = {};
  bool usable = false;
};

/// Feeds streams in random pieces, in random company, with snapshots, forks, rollbacks and ahead of time; counted in
/// `model.counts`. The model must have functions for streams.
void checkStreams(const CompiledModel &model, uint64_t seed);

} // namespace sst

#endif // SST_TEST_INTEGRATION_STREAMCHECKS_H
