// Calls with states, on the fake model: what streams remember, batches, threads, refusals, and the window ahead of
// time.
#include "FakeModel.h"

#include <algorithm>
#include <cstring>

using namespace fake;

namespace {

using Streams = Fixture;

/// Streams and what they have been given.
struct History {
  explicit History(size_t count) : streams(count), totals(count) {}

  /// Appends rows to all streams, and checks output, positions and what is left.
  void append(Kind kind, size_t rows, std::vector<size_t> lengths = {}, size_t threads = 1,
              sst_parallel_fn hook = runConcurrently) {
    Call c(streams.size(), rows, kind, threads, hook);
    c.setStates(streams);
    if (!lengths.empty())
      c.setLengths(lengths);
    for (float &value : c.input)
      value = float((seed = seed * 75 % 65537) % 9) - 4;
    ASSERT_EQ(c.run(), SST_STATUS_OK);
    for (size_t b = 0; b < streams.size(); ++b) {
      size_t count = lengths.empty() ? rows : lengths[b];
      float before = totals[b].empty() ? 0 : totals[b].back();
      for (size_t t = 0; t < count; ++t)
        totals[b].push_back(before + c.sum(b, t));
      for (size_t t = 0; t < (hasEveryRow(kind) ? count : 1); ++t)
        for (size_t h = 0; h < hidden; ++h)
          ASSERT_EQ(c.output[(b * (hasEveryRow(kind) ? rows : 1) + t) * hidden + h],
                    totals[b][totals[b].size() - (hasEveryRow(kind) ? count - t : 1)] * float(h + 1));
      checkHeader(b);
    }
  }

  void checkHeader(size_t b) const {
    const sst_state_header_t &header = streams[b].get()->header;
    EXPECT_EQ(header.position, totals[b].size());
    EXPECT_EQ(header.oldest, totals[b].size() < rollback ? 0 : totals[b].size() - rollback);
    EXPECT_EQ(header.in_call, 0u);
    EXPECT_EQ(streams[b].position(), totals[b].size());
  }

  std::vector<Stream> streams;
  std::vector<std::vector<float>> totals; ///< of each stream up to each row
  unsigned seed = 7;
};

} // namespace

TEST_F(Streams, AppendInWhateverPieces) {
  for (size_t batch : {1, 2, 5, 17, 40}) {
    History h(batch);
    h.append(prefill, 3);
    h.append(step, 1);
    h.append(sequenceFromState, 4);
    h.append(step, 1);
    h.append(prefill, 1);
    h.append(sequenceFromState, 1);
    h.append(prefill, 20);
    h.append(step, 1);
  }
}

TEST_F(Streams, UpToTheCapacity) {
  for (Kind last : {prefill, sequenceFromState}) {
    History h(2);
    h.append(last, maxRows);
  }
  History h(1);
  for (size_t row = 0; row < maxRows; ++row)
    h.append(step, 1);
}

TEST_F(Streams, AtDifferentPositionsInOneBatch) {
  History h(5);
  h.append(prefill, 9, {1, 9, 4, 8, 2});
  EXPECT_EQ(calls, (std::vector<KernelCall>{{1, 1, SST_FUNCTION_PREFILL, 1},
                                            {1, 9, SST_FUNCTION_PREFILL, 1},
                                            {1, 4, SST_FUNCTION_PREFILL, 1},
                                            {1, 8, SST_FUNCTION_PREFILL, 1},
                                            {1, 2, SST_FUNCTION_PREFILL, 1}}));
  h.append(step, 1);
  EXPECT_EQ(calls, (std::vector<KernelCall>{{5, 1, SST_FUNCTION_STEP, 1}}));
  h.append(sequenceFromState, 6);
  EXPECT_EQ(calls, (std::vector<KernelCall>{{2, 6, SST_FUNCTION_SEQUENCE_FROM_STATE, 1},
                                            {2, 6, SST_FUNCTION_SEQUENCE_FROM_STATE, 1},
                                            {1, 6, SST_FUNCTION_SEQUENCE_FROM_STATE, 1}}));
  h.append(prefill, 3);
  h.append(prefill, 20, {20, 3, 1, 5, 20});
  h.append(step, 1);
}

TEST_F(Streams, EveryNumberOfThreadsOnEveryHook) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {2, 3, 7}) {
      for (size_t batch : {1, 2, 5, 11, 40}) {
        History h(batch);
        std::vector<size_t> lengths(batch);
        for (size_t b = 0; b < batch; ++b)
          lengths[b] = 1 + b * 5 % 8;
        h.append(prefill, 8, lengths, threads, hook);
        h.append(step, 1, {}, threads, hook);
        h.append(sequenceFromState, 17, {}, threads, hook);
        h.append(prefill, 5, {}, threads, hook);
        h.append(step, 1, {}, threads, hook);
      }
    }
  }
}

TEST_F(Streams, OtherStatesInTheSameOrderAreTheirOwn) {
  // The same streams in another order in every call.
  History h(4);
  h.append(prefill, 4, {1, 2, 3, 4});
  std::swap(h.streams[0], h.streams[3]), std::swap(h.totals[0], h.totals[3]);
  h.append(step, 1);
  std::swap(h.streams[1], h.streams[3]), std::swap(h.totals[1], h.totals[3]);
  h.append(step, 1);
}

TEST_F(Streams, ProfileHasTheOpsOfTheFunction) {
  for (Kind kind : streamKinds) {
    Call c(2, 1, kind, 2, runInOrder);
    c.addProfile();
    ASSERT_EQ(c.run(), SST_STATUS_OK);
    for (size_t op = 0; op < ops[functionOf(kind)]; ++op)
      EXPECT_GT(c.profile[op], 0u);
    EXPECT_EQ(c.profile.back(), 0u);
    --c.call.profile_count;
    calls.clear();
    EXPECT_EQ(c.runRefused(), SST_STATUS_INVALID_ARGUMENT);
  }
}

namespace {

/// Runs a call of three streams that `spoil` made wrong. Two have a row already.
template <typename Spoil>
sst_status_t refused(Kind kind, Spoil spoil) {
  Call c(3, hasOneRow(kind) ? 1 : 4, kind), before(3, 1, step);
  before.setStates(c.streams);
  before.call.batch = 2;
  EXPECT_EQ(before.run(), SST_STATUS_OK);
  calls.clear();
  spoil(c);
  return c.runRefused();
}

} // namespace

TEST_F(Streams, RefuseBadCalls) {
  for (Kind kind : streamKinds) {
    auto check = [&](auto spoil) { return refused(kind, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.size -= 8; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.abi_version = SST_ABI_VERSION - 1; }), SST_STATUS_BAD_VERSION);
    EXPECT_EQ(check([](Call &c) { c.call.batch = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.rows = 0; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.input = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { --c.call.workspace_bytes; }), SST_STATUS_WORKSPACE_TOO_SMALL);
    EXPECT_EQ(check([](Call &c) { c.call.variant = 7; }), SST_STATUS_UNSUPPORTED_VARIANT);
    EXPECT_EQ(check([](Call &c) { c.call.batch = SIZE_MAX; }), SST_STATUS_SIZE_OVERFLOW);
    if (kind != sequenceFromState) { // without states it is another call
      EXPECT_EQ(check([](Call &c) { c.call.states = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
    }
    if (kind != aheadPrepare) {
      EXPECT_EQ(check([](Call &c) { c.call.row_budget = 1; }), SST_STATUS_INVALID_ARGUMENT);
    }
    if (hasOneRow(kind)) {
      EXPECT_EQ(check([](Call &c) { c.call.rows = 2; }), SST_STATUS_INVALID_ARGUMENT);
    }
    std::vector<size_t> lengths = {1, 1, 1};
    if (kind == prefill || kind == aheadPrepare)
      lengths[1] = 5;
    EXPECT_EQ(check([&](Call &c) { c.setLengths(lengths); }), SST_STATUS_INVALID_ARGUMENT);
  }
  EXPECT_EQ(sst_model_prefill(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_step(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_ahead_prepare(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_ahead_finish(nullptr), SST_STATUS_INVALID_ARGUMENT);
  Call c(1, 1, window);
  Stream stream;
  void *state = stream.get();
  c.call.states = &state;
  EXPECT_EQ(c.runRefused(), SST_STATUS_INVALID_ARGUMENT);
}

TEST_F(Streams, RefuseBadPlacesOfStates) {
  // Room for a state that is valid but lies in memory that a call uses.
  auto room = allocate(4096);
  auto *state = static_cast<unsigned char *>(room.get());
  for (Kind kind : streamKinds) {
    for (size_t b : {0, 1, 2}) {
      auto check = [&](auto spoil) { return refused(kind, [&](Call &c) { spoil(c, c.states[b]); }); };
      auto inRoom = [&](auto spoil) {
        EXPECT_EQ(sst_model_state_init(state, sizeof(State)), SST_STATUS_OK);
        return check([&](Call &c, void *&entry) {
          entry = state;
          spoil(c);
        });
      };
      EXPECT_EQ(check([](Call &, void *&entry) { entry = nullptr; }), SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(check([](Call &, void *&entry) { entry = static_cast<char *>(entry) + 32; }), SST_STATUS_MISALIGNED);
      EXPECT_EQ(check([](Call &, void *&entry) { entry = reinterpret_cast<void *>(UINTPTR_MAX - 63); }),
                SST_STATUS_SIZE_OVERFLOW);
      EXPECT_EQ(check([](Call &c, void *&entry) { entry = static_cast<char *>(c.workspace.get()) + 64; }),
                SST_STATUS_INVALID_ARGUMENT);
      size_t last = sizeof(State) - 4; // the last four bytes of the state, and the first four of it
      EXPECT_EQ(inRoom([&](Call &c) { c.call.output = reinterpret_cast<float *>(state + last); }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(inRoom([&](Call &c) { c.call.input = reinterpret_cast<float *>(state + last); }),
                SST_STATUS_INVALID_ARGUMENT);
      EXPECT_EQ(inRoom([&](Call &c) {
                  c.call.profile = reinterpret_cast<uint64_t *>(state + sizeof(State) - 8);
                  c.call.profile_count = 100;
                }),
                SST_STATUS_INVALID_ARGUMENT);
      // Lengths of 1, and states, that lie in the last bytes of a state.
      if (kind == prefill || kind == aheadPrepare) {
        EXPECT_EQ(inRoom([&](Call &c) {
                    size_t *lengths = reinterpret_cast<size_t *>(state + sizeof(State) - 8);
                    std::fill_n(lengths, 3, 1);
                    c.call.lengths = lengths;
                  }),
                  SST_STATUS_INVALID_ARGUMENT);
      }
      EXPECT_EQ(inRoom([&](Call &c) {
                  void **states = reinterpret_cast<void **>(state + sizeof(State) - 8);
                  std::copy(c.states.begin(), c.states.end(), states);
                  c.call.states = states;
                }),
                SST_STATUS_INVALID_ARGUMENT);
    }
    auto check = [&](auto spoil) { return refused(kind, spoil); };
    EXPECT_EQ(check([](Call &c) { c.call.states = static_cast<void **>(c.workspace.get()); }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.output = reinterpret_cast<float *>(c.states.data()); }),
              SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(check([](Call &c) { c.call.states = reinterpret_cast<void **>(uintptr_t(c.states.data()) + 4); }),
              SST_STATUS_MISALIGNED);
    EXPECT_EQ(check([](Call &c) { c.call.states = reinterpret_cast<void **>(UINTPTR_MAX - 15); }),
              SST_STATUS_SIZE_OVERFLOW);
  }
}

TEST_F(Streams, RefuseStatesThatAreNone) {
  for (Kind kind : streamKinds) {
    for (size_t b : {0, 1, 2}) {
      auto check = [&](auto spoil) { return refused(kind, [&](Call &c) { spoil(c.streams[b].get()->header); }); };
      EXPECT_EQ(check([](sst_state_header_t &h) { h.magic = SST_SNAPSHOT_MAGIC; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.magic = 0; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.abi_version = SST_ABI_VERSION - 1; }), SST_STATUS_BAD_VERSION);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.bytes -= 64; }), SST_STATUS_FOREIGN_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { ++h.model[0]; }), SST_STATUS_FOREIGN_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { ++h.model[1]; }), SST_STATUS_FOREIGN_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.in_call = 2; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.checksum = 1; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.oldest = h.position + 1; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.oldest = UINT64_MAX; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.position = h.oldest = maxRows + 1; }), SST_STATUS_CORRUPT_STATE);
      EXPECT_EQ(check([](sst_state_header_t &h) { h.position = rollback + 1; }), SST_STATUS_CORRUPT_STATE);
    }
  }
}

TEST_F(Streams, RefuseAStateThatACallIsUsing) {
  for (Kind kind : streamKinds) {
    // It keeps its mark, which is the other call's: runRefused compares.
    for (size_t b : {0, 1, 2})
      EXPECT_EQ(refused(kind, [&](Call &c) { c.streams[b].get()->header.in_call = 1; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(refused(kind, [](Call &c) { c.states[1] = c.states[0]; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(refused(kind, [](Call &c) { c.states[2] = c.states[0]; }), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(refused(kind, [](Call &c) { c.states[1] = c.states[2]; }), SST_STATUS_INVALID_ARGUMENT);
  }
}

TEST_F(Streams, RefuseRowsBeyondTheCapacity) {
  for (Kind kind : {prefill, step, sequenceFromState, aheadFinish}) {
    for (size_t b : {0, 1, 2}) {
      size_t rows = hasOneRow(kind) ? 1 : 4;
      auto atPosition = [&](size_t position) {
        return refused(kind, [&](Call &c) {
          c.streams[b].get()->header.position = position;
          c.streams[b].get()->header.oldest = position - rollback;
        });
      };
      EXPECT_EQ(atPosition(maxRows), SST_STATUS_CAPACITY_EXCEEDED);
      EXPECT_EQ(atPosition(maxRows - rows + 1), SST_STATUS_CAPACITY_EXCEEDED);
    }
  }
  Call tooMany(1, maxRows + 1, prefill), enough(1, maxRows + 1, prefill);
  EXPECT_EQ(tooMany.runRefused(), SST_STATUS_CAPACITY_EXCEEDED);
  // It is the length of the stream that counts.
  enough.setLengths({maxRows});
  EXPECT_EQ(enough.run(), SST_STATUS_OK);
  Call ahead(1, maxRows + 1, aheadPrepare);
  ahead.call.row_budget = 1;
  EXPECT_EQ(ahead.runRefused(), SST_STATUS_CAPACITY_EXCEEDED);
}

TEST_F(Streams, AheadInPieces) {
  for (sst_parallel_fn hook : allHooks) {
    for (size_t threads : {1, 2, 3}) {
      for (size_t batch : {1, 2, 5}) {
        for (size_t budget : {0, 1, 2, 3, 100}) {
          constexpr size_t rows = 7;
          Call whole(batch, rows, window), prepare(batch, rows - 1, aheadPrepare, threads, hook);
          Call finish(batch, 1, aheadFinish, threads, hook);
          finish.setStates(prepare.streams);
          for (size_t b = 0; b < batch; ++b) {
            const float *input = &whole.input[b * rows * embed];
            std::copy_n(input, (rows - 1) * embed, &prepare.input[b * (rows - 1) * embed]);
            std::copy_n(input + (rows - 1) * embed, embed, &finish.input[b * embed]);
          }
          prepare.call.row_budget = budget;
          for (size_t done = 0; done < rows - 1;) {
            ASSERT_EQ(prepare.run(), SST_STATUS_OK);
            done = std::min(rows - 1, budget ? done + budget : rows);
            for (size_t b = 0; b < batch; ++b) {
              EXPECT_EQ(prepare.streams[b].position(), done);
              EXPECT_EQ(prepare.output[b * hidden], whole.sum(b, done - 1));
            }
          }
          ASSERT_EQ(whole.run(), SST_STATUS_OK);
          ASSERT_EQ(finish.run(), SST_STATUS_OK);
          EXPECT_EQ(finish.output, whole.output);
        }
      }
    }
  }
}

TEST_F(Streams, AheadLeavesPreparedStreamsAlone) {
  for (size_t threads : {1, 2, 3}) {
    Call c(4, 6, aheadPrepare, threads);
    c.setLengths({2, 6, 1, 4});
    c.call.row_budget = 2;
    size_t want[][4] = {{2, 2, 1, 2}, {2, 4, 1, 4}, {2, 6, 1, 4}, {2, 6, 1, 4}};
    for (int round = 0; round < 4; ++round) {
      std::vector<std::vector<unsigned char>> before;
      for (const Stream &stream : c.streams)
        before.push_back(stream.bytes());
      std::fill(c.output.begin(), c.output.end(), -1.0f);
      ASSERT_EQ(c.run(), SST_STATUS_OK);
      for (size_t b = 0; b < 4; ++b) {
        bool isPrepared = round > 0 && want[round][b] == want[round - 1][b];
        EXPECT_EQ(c.streams[b].position(), want[round][b]);
        EXPECT_EQ(c.streams[b].bytes() == before[b], isPrepared);
        EXPECT_EQ(c.output[b * hidden], isPrepared ? -1.0f : c.sum(b, want[round][b] - 1));
      }
    }
    calls.clear();
    ASSERT_EQ(c.run(), SST_STATUS_OK);
    EXPECT_TRUE(calls.empty());
    // A stream with more rows than that is not one of these.
    c.lengths[3] = 3;
    EXPECT_EQ(c.runRefused(), SST_STATUS_INVALID_ARGUMENT);
  }
}

TEST_F(Streams, AheadUpToTheCapacity) {
  Call c(1, maxRows, aheadPrepare);
  c.call.row_budget = 15;
  for (size_t position : {size_t(15), size_t(30), maxRows}) {
    ASSERT_EQ(c.run(), SST_STATUS_OK);
    EXPECT_EQ(c.streams[0].position(), position);
    EXPECT_EQ(c.output[0], c.sum(0, position - 1));
  }
}

TEST_F(Streams, WithAnAttentionWindowHaveNoEnd) {
  model.info.attention_window = 7;
  for (Kind kind : {prefill, sequenceFromState}) {
    History h(3);
    for (int i = 0; i < 4; ++i)
      h.append(kind, maxRows);
    h.append(step, 1);
    Call c(3, maxRows + 1, kind);
    c.setStates(h.streams);
    EXPECT_EQ(c.runRefused(), SST_STATUS_CAPACITY_EXCEEDED);
  }
  constexpr uint64_t most = uint64_t(1) << 62;
  auto stepAt = [&](uint64_t position) {
    return refused(step, [&](Call &c) {
      c.streams[1].get()->header.position = position;
      c.streams[1].get()->header.oldest = position - rollback;
    });
  };
  EXPECT_EQ(stepAt(most), SST_STATUS_CAPACITY_EXCEEDED);
  EXPECT_EQ(stepAt(most + 1), SST_STATUS_CORRUPT_STATE);
}

// Beyond the attention window, a stream does not compute what `window` does.
TEST_F(Streams, AheadUpToTheAttentionWindow) {
  model.info.attention_window = 7;
  Call whole(1, 7, aheadPrepare), tooMany(1, 8, aheadPrepare);
  EXPECT_EQ(tooMany.runRefused(), SST_STATUS_CAPACITY_EXCEEDED);
  whole.call.row_budget = 4;
  EXPECT_EQ(whole.run(), SST_STATUS_OK);
  EXPECT_EQ(whole.run(), SST_STATUS_OK);
  EXPECT_EQ(whole.streams[0].position(), 7u);
  for (Kind kind : {aheadFinish, step}) {
    History h(1);
    h.append(prefill, 6);
    Call last(1, 1, kind);
    last.setStates(h.streams);
    EXPECT_EQ(last.run(), SST_STATUS_OK);
    calls.clear();
    EXPECT_EQ(kind == step ? last.run() : last.runRefused(),
              kind == step ? SST_STATUS_OK : SST_STATUS_CAPACITY_EXCEEDED);
  }
  // An attention window larger than max_rows leaves that limit, for the rows of a call.
  model.info.attention_window = maxRows + 10;
  Call most(1, maxRows, aheadPrepare), more(1, maxRows + 1, aheadPrepare);
  EXPECT_EQ(more.runRefused(), SST_STATUS_CAPACITY_EXCEEDED);
  EXPECT_EQ(most.run(), SST_STATUS_OK);
  more.call.row_budget = 30;
  EXPECT_EQ(more.run(), SST_STATUS_OK);
  EXPECT_EQ(more.run(), SST_STATUS_OK);
  EXPECT_EQ(more.streams[0].position(), maxRows + 1);
}

TEST_F(Streams, AfterARollbackGoOnFromThere) {
  History h(2);
  h.append(prefill, 9);
  ASSERT_EQ(sst_model_state_rollback(h.streams[0].get(), 3), SST_STATUS_OK);
  EXPECT_EQ(h.streams[0].position(), 6u);
  Call c(2, 2, prefill);
  c.setStates(h.streams);
  ASSERT_EQ(c.run(), SST_STATUS_OK);
  EXPECT_EQ(c.output[0], h.totals[0][5] + c.sum(0, 1));
  EXPECT_EQ(c.output[hidden], h.totals[1][8] + c.sum(1, 1));
  EXPECT_EQ(h.streams[0].position(), 8u);
  EXPECT_EQ(h.streams[1].position(), 11u);
  // The limit stays where the furthest row has put it.
  EXPECT_EQ(h.streams[0].get()->header.oldest, 4u);
  EXPECT_EQ(h.streams[1].get()->header.oldest, 6u);
}

TEST_F(Streams, ConcurrentCallsWithStatesOfTheirOwn) {
  std::vector<Call> steps;
  for (size_t i = 0; i < 4; ++i)
    steps.emplace_back(3, 1, step);
  auto oneTask = [](void *context, size_t index, size_t) {
    Call &c = (*static_cast<std::vector<Call> *>(context))[index];
    for (size_t row = 0; row < maxRows; ++row)
      EXPECT_EQ(c.run(), SST_STATUS_OK);
    EXPECT_EQ(c.run(), SST_STATUS_CAPACITY_EXCEEDED);
    EXPECT_EQ(c.output[0], float(maxRows) * c.sum(0, 0));
  };
  runConcurrently(nullptr, steps.size(), oneTask, &steps);
}
