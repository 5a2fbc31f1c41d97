// The entry code of artefacts with a fake model: checks, groups, workspace, variants, environment, threads. Calls with
// states are in StreamTest.cpp.
#include "FakeModel.h"

#include "sst/Runtime/sst_runtime.h"

#include <algorithm>
#include <xmmintrin.h>

using namespace fake;

namespace {

constexpr Kind stateless[] = {window, sequence};

size_t roundUp(size_t size) { return (size + 63) / 64 * 64; }

/// What a kernel computes for row `row` of sequence `b`.
float expected(const Call &c, size_t b, size_t row, size_t h) { return c.sum(b, row) * float(h + 1); }

using Entry = Fixture;

} // namespace

TEST_F(Entry, WindowAndSequenceGoOverAllGroups) {
  for (size_t batch : {1, 2, 5, 8, 16, 17, 40}) {
    for (size_t rows : {1, 3, 8, 15, 16, 17, 50}) {
      for (Kind kind : stateless) {
        Call c(batch, rows, kind);
        ASSERT_EQ(c.run(), SST_STATUS_OK);
        size_t outputRows = hasEveryRow(kind) ? rows : 1,
               group = std::min(batch, std::max<size_t>(1, groupRows / rows));
        for (size_t b = 0; b < batch; ++b)
          for (size_t r = 0; r < outputRows; ++r)
            for (size_t h = 0; h < hidden; ++h)
              ASSERT_EQ(c.output[(b * outputRows + r) * hidden + h],
                        expected(c, b, hasEveryRow(kind) ? r : rows - 1, h));
        std::vector<KernelCall> want;
        for (size_t first = 0; first < batch; first += group)
          want.push_back({int64_t(std::min(group, batch - first)), int64_t(rows), kind, 1});
        EXPECT_EQ(calls, want);
      }
    }
  }
}

TEST_F(Entry, LengthsShortenEachSequence) {
  Call c(4, 9, window);
  c.setLengths({9, 1, 4, 8});
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  for (size_t b = 0; b < 4; ++b)
    EXPECT_EQ(c.output[b * hidden], expected(c, b, c.lengths[b] - 1, 0));
  EXPECT_EQ(calls,
            (std::vector<KernelCall>{{1, 9, window, 1}, {1, 1, window, 1}, {1, 4, window, 1}, {1, 8, window, 1}}));
}

TEST_F(Entry, WorkspaceGrowsWithAllSizesAndThenNotWithTheBatch) {
  auto bytes = [](size_t batch, size_t rows, size_t threads) {
    size_t result = 0;
    EXPECT_EQ(sst_model_workspace_bytes(batch, rows, threads, &result), SST_STATUS_OK);
    return result;
  };
  for (size_t batch = 1; batch < 40; ++batch) {
    for (size_t rows = 1; rows < 60; ++rows) {
      size_t group = std::min(batch, std::max<size_t>(1, groupRows / rows));
      size_t needed = roundUp(rowBytes * group * rows) + roundUp(sequenceBytes * group) + roundUp(fixedBytes);
      EXPECT_GE(bytes(batch, rows, 1), needed + roundUp(threadBytes));
      for (size_t threads : {1, 2, 3, 4, 7, 8, 30, 63}) {
        EXPECT_GE(bytes(batch, rows, threads), needed + roundUp(threads * threadBytes));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch + 1, rows, threads));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch, rows + 1, threads));
        EXPECT_LE(bytes(batch, rows, threads), bytes(batch, rows, threads + 1));
      }
    }
  }
  EXPECT_EQ(bytes(1, 60, 0), bytes(1, 60, 1));
  for (size_t threads : {1, 2, 64})
    EXPECT_EQ(bytes(1000, 60, threads), bytes(1000000, 60, threads));
  size_t untouched = 5;
  EXPECT_EQ(sst_model_workspace_bytes(0, 1, 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 0, 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, SST_MAX_THREADS + 1, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, SIZE_MAX, &untouched), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_workspace_bytes(1, 1, 1, nullptr), SST_STATUS_INVALID_ARGUMENT);
  for (size_t threads : {0, 1, 2, 64}) {
    for (size_t huge : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / embed / 4, size_t(1) << 58}) {
      EXPECT_EQ(sst_model_workspace_bytes(1, huge, threads, &untouched), SST_STATUS_SIZE_OVERFLOW);
      EXPECT_EQ(sst_model_workspace_bytes(huge, huge, threads, &untouched), SST_STATUS_SIZE_OVERFLOW);
    }
    EXPECT_EQ(sst_model_workspace_bytes(size_t(1) << 32, size_t(1) << 32, threads, &untouched),
              SST_STATUS_SIZE_OVERFLOW);
  }
  // What still fits for one thread need not for two.
  EXPECT_EQ(sst_model_workspace_bytes(2, size_t(1) << 56, 1, &untouched), SST_STATUS_OK);
  untouched = 5;
  EXPECT_EQ(sst_model_workspace_bytes(2, size_t(1) << 56, 2, &untouched), SST_STATUS_SIZE_OVERFLOW);
  EXPECT_EQ(untouched, 5u);
}

namespace {

/// Runs a call that `spoil` made wrong.
template <typename Spoil>
sst_status_t refused(Kind kind, Spoil spoil) {
  Call c(3, 8, kind);
  spoil(c);
  return c.runRefused();
}

} // namespace

TEST_F(Entry, RefusesBadCalls) {
  EXPECT_EQ(sst_model_window(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_sequence(nullptr), SST_STATUS_INVALID_ARGUMENT);
  for (Kind kind : stateless) {
    auto check = [&](auto spoil) { return refused(kind, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.size = sizeof c.call - 8; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.size = sizeof c.call + 8; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = 0; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = SST_ABI_VERSION - 1; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = SST_ABI_VERSION + 1; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.flags = 2; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) {
                c.call.variant = SST_VARIANT_AUTO;
                c.call.flags = SST_CALL_VARIANT_CHECKED;
              }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.batch = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.rows = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.input = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.output = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.workspace = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.weights = &c; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.weights_bytes = 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.row_budget = 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.batch = SIZE_MAX; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.rows = SIZE_MAX / 2; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.batch = c.call.rows = size_t(1) << 32; }), SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.input = reinterpret_cast<float *>(UINTPTR_MAX - 15); }),
              SST_STATUS_SIZE_OVERFLOW);
    EXPECT_EQ(check([](Call &c) { c.call.input = reinterpret_cast<float *>(uintptr_t(c.call.input) + 2); }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { c.call.output = reinterpret_cast<float *>(uintptr_t(c.call.output) + 1); }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { c.call.workspace = static_cast<char *>(c.call.workspace) + 32; }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { --c.call.workspace_bytes; }), SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.rows += 60; }), SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.output = c.input.data() + 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.input = static_cast<float *>(c.workspace.get()); }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.output = static_cast<float *>(c.workspace.get()) + 9; }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.variant = 7; }), SST_STATUS_UNSUPPORTED_VARIANT);
    EXPECT_EQ(check([](Call &c) { c.call.variant = 40; }), SST_STATUS_UNSUPPORTED_VARIANT);
  }
}

TEST_F(Entry, RefusesBadThreadsAndProfiles) {
  for (Kind kind : stateless) {
    auto check = [&](auto spoil) { return refused(kind, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.threads = 2; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) {
                c.call.threads = SST_MAX_THREADS + 1;
                c.call.parallel = runInOrder;
              }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) {
                c.call.threads = 2;
                c.call.parallel = runInOrder;
              }),
              SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.profile_count = 1; }), SST_STATUS_INVALID_ARGUMENT);
    for (size_t threads : {1, 3}) {
      auto profiled = [&](auto spoil) {
        Call c(3, 8, kind, threads);
        c.addProfile();
        spoil(c);
        return c.runRefused();
      };
      EXPECT_EQ(profiled([](Call &c) { --c.call.profile_count; }), SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(
          profiled([](Call &c) { c.call.profile = reinterpret_cast<uint64_t *>(uintptr_t(c.profile.data()) + 4); }),
          SST_STATUS_MISALIGNED);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = reinterpret_cast<uint64_t *>(UINTPTR_MAX - 7); }),
                SST_STATUS_SIZE_OVERFLOW);
      EXPECT_EQ(profiled([](Call &c) { c.call.profile = static_cast<uint64_t *>(c.workspace.get()) + 1; }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.output = reinterpret_cast<float *>(c.profile.data()) + 1; }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(profiled([](Call &c) { c.call.input = reinterpret_cast<float *>(c.profile.data()) - 71; }),
                SST_STATUS_INVALID_ARGUMENT);
      if (kind == window) {
        EXPECT_EQ(profiled([](Call &c) { c.call.lengths = reinterpret_cast<size_t *>(c.profile.data()); }),
                  SST_STATUS_INVALID_ARGUMENT);
      }
    }
  }
}

TEST_F(Entry, RefusesBadLengths) {
  std::vector<size_t> zero = {8, 0, 1}, tooLong = {8, 8, 9}, good = {1, 2, 3};
  EXPECT_EQ(refused(window, [&](Call &c) { c.call.lengths = zero.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(window, [&](Call &c) { c.call.lengths = tooLong.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(sequence, [&](Call &c) { c.call.lengths = good.data(); }), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(refused(window, [&](Call &c) { c.call.lengths = reinterpret_cast<size_t *>(uintptr_t(good.data()) + 4); }),
            SST_STATUS_MISALIGNED);
  for (bool inOutput : {false, true}) {
    // Right ones, but where the call writes.
    EXPECT_EQ(refused(window,
                      [&](Call &c) {
                        void *place = inOutput ? c.output.data() : c.workspace.get();
                        std::copy(good.begin(), good.begin() + 1, static_cast<size_t *>(place));
                        c.call.batch = 1;
                        c.call.lengths = static_cast<size_t *>(place);
                      }),
              SST_STATUS_INVALID_ARGUMENT);
  }
}

TEST_F(Entry, BuffersMayTouch) {
  Call c(3, 8, window);
  std::vector<float> both(c.input.size() + c.output.size());
  std::copy(c.input.begin(), c.input.end(), both.begin());
  c.call.input = both.data();
  c.call.output = both.data() + c.input.size();
  EXPECT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(both[c.input.size()], expected(c, 0, 7, 0));
}

TEST_F(Entry, RunsTheVariantThatIsAskedFor) {
  for (sst_variant_t wanted : {SST_VARIANT_AUTO, SST_VARIANT_X86_64_V3, SST_VARIANT_X86_64_V4}) {
    Call c(1, 1, sequence);
    c.call.variant = wanted;
    c.call.flags = 0;
    bool runs = bestVariant() != SST_VARIANT_AUTO && wanted <= bestVariant();
    ASSERT_EQ(c.run(), runs ? SST_STATUS_OK : SST_STATUS_UNSUPPORTED_VARIANT);
    if (runs) {
      EXPECT_EQ(calls.back().variant, uint64_t(wanted == SST_VARIANT_AUTO ? bestVariant() : wanted));
    }
    if (wanted == SST_VARIANT_AUTO)
      continue;
    // These kernels are the same code, so that even an unchecked variant can run here.
    c.call.flags = SST_CALL_VARIANT_CHECKED;
    ASSERT_EQ(c.run(), SST_STATUS_OK);
    EXPECT_EQ(calls.back().variant, uint64_t(wanted));
  }
}

TEST_F(Entry, SetsAndRestoresTheFloatingPointEnvironment) {
  unsigned saved = _mm_getcsr();
  for (unsigned wanted : {0x1f80u, 0x9fc0u, 0x7f80u, 0x3fbfu}) {
    Call c(1, 1, window);
    _mm_setcsr(wanted);
    sst_status_t status = c.run();
    unsigned after = _mm_getcsr();
    _mm_setcsr(saved);
    EXPECT_EQ(status, SST_STATUS_OK);
    EXPECT_EQ(calls[0].mxcsr & 0xffc0u, 0x1f80u);
    EXPECT_EQ(after, wanted);
  }
}

TEST_F(Entry, EveryNumberOfThreadsGivesTheSameOnEveryHook) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {2, 3, 5, 16}) {
      for (size_t batch : {1, 2, 5, 17, 40}) {
        for (size_t rows : {1, 3, 8, 17}) {
          for (Kind kind : stateless) {
            Call one(batch, rows, kind), many(batch, rows, kind, threads, hook);
            ASSERT_EQ(one.run(), SST_STATUS_OK);
            ASSERT_EQ(many.run(), SST_STATUS_OK);
            ASSERT_EQ(one.output, many.output);
          }
        }
      }
    }
  }
}

TEST_F(Entry, MaximumOfThreads) {
  for (size_t batch : {1, 100}) {
    Call one(batch, 30, window), many(batch, 30, window, SST_MAX_THREADS);
    ASSERT_EQ(one.run(), SST_STATUS_OK);
    ASSERT_EQ(many.run(), SST_STATUS_OK);
    EXPECT_EQ(one.output, many.output);
  }
}

TEST_F(Entry, PoolAsHook) {
  for (size_t threads : {2, 5}) {
    sst_pool_t *pool = nullptr;
    ASSERT_EQ(sst_pool_create(threads, nullptr, SST_POOL_SPIN_MICROSECONDS, &pool, nullptr), SST_STATUS_OK);
    for (size_t batch : {1, 3, 40}) {
      Call one(batch, 30, sequence), many(batch, 30, sequence, threads, sst_pool_run);
      many.call.parallel_context = pool;
      ASSERT_EQ(one.run(), SST_STATUS_OK);
      for (int round = 0; round < 100; ++round) {
        std::fill(many.output.begin(), many.output.end(), -1.0f);
        ASSERT_EQ(many.run(), SST_STATUS_OK);
        ASSERT_EQ(one.output, many.output);
      }
    }
    sst_pool_destroy(pool);
  }
}

TEST_F(Entry, ThreadsComputeWholeGroupsAndShareTheRest) {
  // 5 groups of one sequence on 2 threads: 4 alone, the last one together.
  Call c(5, 16, window, 2, runInOrder);
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  // In this order the first thread computes everything, and the second one finds that.
  EXPECT_EQ(calls,
            (std::vector<KernelCall>{
                {1, 16, window, 1}, {1, 16, window, 1}, {1, 16, window, 1}, {1, 16, window, 1}, {1, 16, window, 2}}));
  // 2 groups on 3 threads: both together. 17 sequences of 8 rows are 9 groups, the last one smaller.
  Call shared(2, 16, sequence, 3, runInReverse);
  ASSERT_EQ(shared.run(), SST_STATUS_OK);
  EXPECT_EQ(calls, (std::vector<KernelCall>{{1, 16, sequence, 3}, {1, 16, sequence, 3}}));
  Call uneven(17, 8, window, 4);
  ASSERT_EQ(uneven.run(), SST_STATUS_OK);
  ASSERT_EQ(calls.size(), 9u);
  EXPECT_EQ(calls.back(), (KernelCall{1, 8, window, 4}));
}

TEST_F(Entry, LengthsAndThreads) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {2, 3, 4}) {
      Call one(7, 40, window), many(7, 40, window, threads, hook);
      one.setLengths({40, 1, 17, 5, 40, 39, 2});
      many.setLengths(one.lengths);
      ASSERT_EQ(one.run(), SST_STATUS_OK);
      ASSERT_EQ(many.run(), SST_STATUS_OK);
      EXPECT_EQ(one.output, many.output);
    }
  }
}

TEST_F(Entry, EveryThreadHasTheDefaultEnvironmentAndGetsItsOwnBack) {
  // Kernels check the environment that they run in.
  auto hook = [](void *, size_t count, sst_task_fn task, void *context) {
    unsigned saved = _mm_getcsr();
    for (size_t i = 0; i < count; ++i) {
      _mm_setcsr(0x9fc0u);
      task(context, i, count);
      EXPECT_EQ(_mm_getcsr(), 0x9fc0u);
    }
    _mm_setcsr(saved);
  };
  Call c(5, 16, window, 3, hook);
  EXPECT_EQ(c.run(), SST_STATUS_OK);
}

TEST_F(Entry, TheHookIsCalledOnceWithItsContext) {
  size_t counts[2] = {0, 0};
  auto hook = [](void *context, size_t count, sst_task_fn task, void *taskContext) {
    static_cast<size_t *>(context)[0] += 1;
    static_cast<size_t *>(context)[1] = count;
    runInOrder(nullptr, count, task, taskContext);
  };
  Call c(40, 16, sequence, 3, hook);
  c.call.parallel_context = counts;
  EXPECT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(counts[0], 1u);
  EXPECT_EQ(counts[1], 3u);
  // One thread needs none, even if there is one.
  Call one(1, 1, sequence);
  one.call.parallel = hook;
  one.call.parallel_context = counts;
  EXPECT_EQ(one.run(), SST_STATUS_OK);
  EXPECT_EQ(counts[0], 1u);
}

TEST_F(Entry, ProfileAddsUp) {
  for (size_t threads : {1, 2, 3}) {
    for (Kind kind : stateless) {
      Call c(4, 16, kind, threads, runInOrder);
      c.addProfile();
      uint64_t start = __builtin_ia32_rdtsc();
      ASSERT_EQ(c.run(), SST_STATUS_OK);
      uint64_t all = __builtin_ia32_rdtsc() - start, sum = 0;
      for (uint64_t ticks : c.profile)
        sum += ticks;
      EXPECT_LE(sum, all);
      EXPECT_EQ(c.profile.back(), 0u);
      for (size_t op = 0; op < ops[kind]; ++op)
        EXPECT_GT(c.profile[op], 0u);
      // A later call adds to it.
      std::vector<uint64_t> before = c.profile;
      ASSERT_EQ(c.run(), SST_STATUS_OK);
      EXPECT_GT(c.profile[0], before[0]);
    }
  }
}

TEST_F(Entry, InfoSaysWhatTheModelIs) {
  sst_info_t info{};
  EXPECT_EQ(sst_model_info(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
  info.size = sizeof info;
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
  info.abi_version = SST_ABI_VERSION;
  ASSERT_EQ(sst_model_info(&info), SST_STATUS_OK);
  EXPECT_EQ(info.size, sizeof info);
  EXPECT_EQ(info.abi_version, SST_ABI_VERSION);
  EXPECT_STREQ(info.name, "test");
  EXPECT_EQ(info.hidden_size, hidden);
  EXPECT_EQ(info.parameters, 77u);
  EXPECT_EQ(info.variant, uint32_t(bestVariant()));
  info.size += 8;
  EXPECT_EQ(sst_model_info(&info), SST_STATUS_BAD_VERSION);
}

TEST_F(Entry, TheTableHasAllFunctions) {
  EXPECT_EQ(sst_model_artefact.size, sizeof(sst_artefact_t));
  EXPECT_EQ(sst_model_artefact.abi_version, SST_ABI_VERSION);
  EXPECT_EQ(sst_model_artefact.info, &sst_model_info);
  EXPECT_EQ(sst_model_artefact.workspace_bytes, &sst_model_workspace_bytes);
  EXPECT_EQ(sst_model_artefact.window, &sst_model_window);
  EXPECT_EQ(sst_model_artefact.sequence, &sst_model_sequence);
  EXPECT_EQ(sst_model_artefact.prefill, &sst_model_prefill);
  EXPECT_EQ(sst_model_artefact.step, &sst_model_step);
  EXPECT_EQ(sst_model_artefact.ahead_prepare, &sst_model_ahead_prepare);
  EXPECT_EQ(sst_model_artefact.ahead_finish, &sst_model_ahead_finish);
  EXPECT_EQ(sst_model_artefact.state_bytes, &sst_model_state_bytes);
  EXPECT_EQ(sst_model_artefact.state_init, &sst_model_state_init);
  EXPECT_EQ(sst_model_artefact.state_reset, &sst_model_state_reset);
  EXPECT_EQ(sst_model_artefact.state_position, &sst_model_state_position);
  EXPECT_EQ(sst_model_artefact.state_snapshot, &sst_model_state_snapshot);
  EXPECT_EQ(sst_model_artefact.state_restore, &sst_model_state_restore);
  EXPECT_EQ(sst_model_artefact.state_fork, &sst_model_state_fork);
  EXPECT_EQ(sst_model_artefact.state_rollback, &sst_model_state_rollback);
}
