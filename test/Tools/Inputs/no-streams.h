/*
 * no-streams.h - what completes the table of a hand-written artefact that has no streams: functions that refuse.
 */
#ifndef SST_TEST_TOOLS_INPUTS_NO_STREAMS_H
#define SST_TEST_TOOLS_INPUTS_NO_STREAMS_H

#include "sst/Runtime/sst_abi.h"

static inline sst_status_t no_call(const sst_call_t *call) { return (void)call, SST_STATUS_UNSUPPORTED; }
static inline size_t no_bytes(void) { return 0; }
static inline sst_status_t no_init(void *state, size_t bytes) {
  return (void)state, (void)bytes, SST_STATUS_UNSUPPORTED;
}
static inline sst_status_t no_reset(void *state) { return (void)state, SST_STATUS_UNSUPPORTED; }
static inline sst_status_t no_position(const void *state, size_t *rows) {
  return (void)state, (void)rows, SST_STATUS_UNSUPPORTED;
}
static inline sst_status_t no_snapshot(const void *state, void *snapshot, size_t bytes) {
  return (void)state, (void)snapshot, (void)bytes, SST_STATUS_UNSUPPORTED;
}
static inline sst_status_t no_restore(void *state, const void *snapshot, size_t bytes) {
  return (void)state, (void)snapshot, (void)bytes, SST_STATUS_UNSUPPORTED;
}
static inline sst_status_t no_fork(void *to, const void *from) { return (void)to, (void)from, SST_STATUS_UNSUPPORTED; }

/* clang-format off */
#define NO_STREAMS \
    .prefill = no_call, .step = no_call, .ahead_prepare = no_call, .ahead_finish = no_call, \
    .state_bytes = no_bytes, .state_init = no_init, .state_reset = no_reset, .state_position = no_position, \
    .state_snapshot = no_snapshot, .state_restore = no_restore, .state_fork = no_fork, .state_rollback = no_init
/* clang-format on */

#endif /* SST_TEST_TOOLS_INPUTS_NO_STREAMS_H */
