/*
 * Team.cpp - the runtime library's pool, as a host program would have it.
 */
#include "common/Team.h"

namespace sst {

std::unique_ptr<Team> Team::create(size_t threads, const std::vector<uint32_t> &cpus, sst_report_t *report) {
  auto team = std::make_unique<Team>();
  sst_pool_t *pool = nullptr;
  sst_error_t error;
  const uint32_t *workers = cpus.empty() ? nullptr : cpus.data() + 1;
  if (sst_pool_create(threads, workers, SST_POOL_SPIN_MICROSECONDS, &pool, &error) != SST_STATUS_OK) {
    sst_report_add_error(report, &error);
    return nullptr;
  }
  team->pool.reset(pool);
  return team;
}

} // namespace sst
