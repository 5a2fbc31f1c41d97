/*
 * Streams.cpp - states in one piece of memory, those to copy behind those in use.
 */
#include "Streams.h"

#include <algorithm>
#include <cstring>

namespace sst {

/// A message if `status` is an error.
static std::string check(sst_status_t status, const char *function) {
  return status == SST_STATUS_OK ? "" : std::string(function) + " fails: " + sst_status_text(status);
}

bool Streams::allocate(const Case &wanted) {
  item = &wanted;
  const sst_artefact_t &functions = item->functions();
  bool copies = item->mode == Mode::Step && item->info().rollback == 0 && item->rows > 2;
  size_t count = item->batch * (copies ? 2 : 1), known = std::max<size_t>(1, item->rows - 1);
  functions.workspace_bytes(item->batch, known, item->threads, &workspaceBytes);
  workspace = allocateAligned(workspaceBytes);
  if (!workspace || !allocateStates(item->info().state_bytes, count, memory, addresses))
    return false;
  std::memset(workspace.get(), 0xff, workspaceBytes);
  for (void *state : addresses)
    std::memset(state, 0xff, item->info().state_bytes);
  saved.assign(addresses.begin() + long(item->batch), addresses.end());
  addresses.resize(item->batch);
  return true;
}

size_t Streams::usedBytes() const {
  const sst_info_t &info = item->info();
  size_t rows = info.attention_window > 0 ? info.max_rows + info.attention_window - 1 : info.max_rows;
  double share = std::min(1.0, double(item->rows) / double(rows));
  return size_t(double(item->batch) * double(info.state_bytes) * share);
}

std::string Streams::reset() {
  std::string problem;
  for (size_t b = 0; problem.empty() && b < item->batch; ++b)
    problem = check(item->functions().state_reset(addresses[b]), "state_reset");
  return problem;
}

/// Appends `rows` rows to streams without rows, as many in a call as it may run; none is no call.
std::string Streams::extend(const sst_call_t &step, const float *input, size_t rows) {
  bool isAhead = item->mode == Mode::Ahead;
  sst_call_t call = step;
  call.workspace = workspace.get();
  call.workspace_bytes = workspaceBytes;
  call.profile = nullptr;
  call.profile_count = 0;
  std::string problem;
  for (size_t first = 0; problem.empty() && first < rows; first += item->info().max_rows) {
    size_t count = std::min<size_t>(rows - first, item->info().max_rows);
    call.rows = isAhead ? rows : count;
    call.row_budget = isAhead ? count : 0;
    call.input = isAhead ? input : input + item->batch * first * item->info().embed_dim;
    problem = isAhead ? check(item->functions().ahead_prepare(&call), "ahead_prepare")
                      : check(item->functions().prefill(&call), "prefill");
  }
  return problem;
}

/// Makes the streams, and those to copy.
std::string Streams::begin(const sst_call_t &step, const float *input) {
  begun = true;
  std::string problem;
  for (const std::vector<void *> *list : {&addresses, &saved})
    for (void *state : *list)
      if (problem.empty())
        problem = check(item->functions().state_init(state, item->info().state_bytes), "state_init");
  if (problem.empty() && item->mode == Mode::Step)
    problem = extend(step, input, saved.empty() ? item->rows - 1 : item->rows - 2);
  for (size_t b = 0; problem.empty() && b < saved.size(); ++b)
    problem = check(item->functions().state_fork(saved[b], addresses[b]), "state_fork");
  return problem;
}

std::string Streams::arrange(const sst_call_t &step, const float *input) {
  const sst_artefact_t &functions = item->functions();
  std::string problem;
  bool first = !begun;
  if (first)
    problem = begin(step, input);
  if (item->mode == Mode::Ahead) {
    if (problem.empty())
      problem = reset();
    return problem.empty() ? extend(step, input, item->rows - 1) : problem;
  }
  if (item->rows == 1)
    return problem.empty() ? reset() : problem;
  if (item->info().rollback > 0) {
    for (size_t b = 0; !first && problem.empty() && b < item->batch; ++b)
      problem = check(functions.state_rollback(addresses[b], 1), "state_rollback");
    return problem;
  }
  if (problem.empty() && saved.empty())
    problem = reset();
  for (size_t b = 0; problem.empty() && b < saved.size(); ++b)
    problem = check(functions.state_fork(addresses[b], saved[b]), "state_fork");
  sst_call_t call = step;
  call.profile = nullptr;
  call.profile_count = 0;
  return problem.empty() ? check(functions.step(&call), "step") : problem;
}

} // namespace sst
