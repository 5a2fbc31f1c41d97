/*
 * Team.h - the threads that call a model.
 */
#ifndef SST_TOOLS_COMMON_TEAM_H
#define SST_TOOLS_COMMON_TEAM_H

#include "sst/Runtime/sst_runtime.h"

#include <memory>
#include <vector>

namespace sst {

struct PoolDeleter {
  void operator()(sst_pool_t *pool) const { sst_pool_destroy(pool); }
};

/// Some threads, of which the calling one is the first.
class Team {
public:
  /// `cpus` is empty, or has the CPU of each thread; the first is not used. Null, and a message in `report`, if the
  /// threads cannot be started.
  static std::unique_ptr<Team> create(size_t threads, const std::vector<uint32_t> &cpus, sst_report_t *report);

  /// For sst_call_t.
  sst_parallel_fn hook() const { return sst_pool_run; }
  void *context() const { return pool.get(); }

private:
  std::unique_ptr<sst_pool_t, PoolDeleter> pool;
};

} // namespace sst

#endif // SST_TOOLS_COMMON_TEAM_H
