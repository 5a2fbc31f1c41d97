// The functions of states: init, reset, position, snapshot, restore, fork, rollback.
#include "FakeModel.h"

#include <algorithm>
#include <cstring>

using namespace fake;

namespace {

using Bytes = std::vector<unsigned char>;
using States = Fixture;

/// Appends rows.
void append(Stream &stream, size_t rows, int scale = 1) {
  Call c(1, rows, prefill);
  for (float &value : c.input)
    value *= float(scale);
  void *state = stream.get();
  c.call.states = &state;
  ASSERT_EQ(c.run(), SST_STATUS_OK);
}

/// A stream with `rows` rows.
Stream streamOf(size_t rows, int scale = 1) {
  Stream stream;
  if (rows > 0)
    append(stream, rows, scale);
  return stream;
}

Bytes snapshotOf(const Stream &stream) {
  Bytes snapshot(sizeof(State));
  EXPECT_EQ(sst_model_state_snapshot(stream.get(), snapshot.data(), snapshot.size()), SST_STATUS_OK);
  return snapshot;
}

/// Restores what must be refused, from memory of exactly that size, and checks that the state stays the same.
sst_status_t restoreRefused(const Stream &target, const Bytes &snapshot) {
  Bytes before = target.bytes(), exact = snapshot;
  sst_status_t status = sst_model_state_restore(target.get(), exact.data(), exact.size());
  EXPECT_NE(status, SST_STATUS_OK);
  EXPECT_EQ(target.bytes(), before);
  return status;
}

/// The header of a snapshot.
struct HeaderOf {
  explicit HeaderOf(const Bytes &snapshot) { std::memcpy(&header, snapshot.data(), sizeof header); }
  Bytes in(Bytes snapshot) const {
    std::memcpy(snapshot.data(), &header, sizeof header);
    return snapshot;
  }
  sst_state_header_t header;
};

/// A snapshot with another header and the right checksum for that: what an entry code with `change` would write.
template <typename Change>
Bytes snapshotBy(const Stream &stream, Change change) {
  Stream other;
  other.setBytes(stream.bytes());
  sst_model_data_t saved = model;
  change(other.get()->header);
  Bytes snapshot = snapshotOf(other);
  model = saved;
  return snapshot;
}

} // namespace

TEST_F(States, InitMakesAStreamWithoutRows) {
  EXPECT_EQ(sst_model_state_bytes(), sizeof(State));
  auto memory = allocate(sizeof(State) + 64);
  auto *bytes = static_cast<unsigned char *>(memory.get());
  ASSERT_EQ(sst_model_state_init(bytes, sizeof(State) + 64), SST_STATUS_OK);
  sst_state_header_t want{};
  want.magic = SST_STATE_MAGIC;
  want.abi_version = SST_ABI_VERSION;
  want.bytes = sizeof(State);
  want.model[0] = model.state_model[0], want.model[1] = model.state_model[1];
  EXPECT_EQ(std::memcmp(bytes, &want, sizeof want), 0);
  EXPECT_TRUE(std::all_of(bytes + sizeof want, bytes + sizeof(State), [](unsigned char c) { return c == 0; }));
  EXPECT_EQ(bytes[sizeof(State)], 0xcd);
  size_t rows = 5;
  EXPECT_EQ(sst_model_state_position(bytes, &rows), SST_STATUS_OK);
  EXPECT_EQ(rows, 0u);
  EXPECT_EQ(std::memcmp(&want.magic, "SSTSTATE", 8), 0);
  want.magic = SST_SNAPSHOT_MAGIC;
  EXPECT_EQ(std::memcmp(&want.magic, "SSTSNAPS", 8), 0);
}

TEST_F(States, InitRefusesBadMemory) {
  auto memory = allocate(sizeof(State));
  auto *bytes = static_cast<unsigned char *>(memory.get());
  EXPECT_EQ(sst_model_state_init(nullptr, sizeof(State)), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_init(bytes + 8, sizeof(State)), SST_STATUS_MISALIGNED);
  EXPECT_EQ(sst_model_state_init(reinterpret_cast<void *>(UINTPTR_MAX - 63), sizeof(State)), SST_STATUS_SIZE_OVERFLOW);
  for (size_t size = 0; size < sizeof(State); ++size)
    ASSERT_EQ(sst_model_state_init(bytes, size), SST_STATUS_TRUNCATED_STATE);
  EXPECT_TRUE(std::all_of(bytes, bytes + sizeof(State), [](unsigned char c) { return c == 0xcd; }));
}

TEST_F(States, EveryFunctionRefusesWhatIsNoState) {
  Stream good, bad;
  Bytes snapshot = snapshotOf(good), room(sizeof(State), 9);
  size_t rows = 77;
  // The status of all functions, which must be the same.
  auto all = [&](void *state) {
    sst_status_t status = sst_model_state_reset(state);
    EXPECT_EQ(sst_model_state_position(state, &rows), status);
    EXPECT_EQ(sst_model_state_snapshot(state, room.data(), room.size()), status);
    EXPECT_EQ(sst_model_state_restore(state, snapshot.data(), snapshot.size()), status);
    EXPECT_EQ(sst_model_state_fork(state, good.get()), status);
    EXPECT_EQ(sst_model_state_fork(good.get(), state), status);
    EXPECT_EQ(sst_model_state_rollback(state, 0), status);
    EXPECT_EQ(rows, 77u);
    EXPECT_EQ(room, Bytes(sizeof(State), 9));
    return status;
  };
  EXPECT_EQ(all(nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(all(reinterpret_cast<char *>(good.get()) + 32), SST_STATUS_MISALIGNED);
  EXPECT_EQ(all(reinterpret_cast<void *>(UINTPTR_MAX - 63)), SST_STATUS_SIZE_OVERFLOW);
  auto changed = [&](auto change) {
    bad = streamOf(2);
    change(bad.get()->header);
    Bytes before = bad.bytes();
    sst_status_t status = all(bad.get());
    EXPECT_EQ(bad.bytes(), before);
    return status;
  };
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.magic = SST_SNAPSHOT_MAGIC; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.abi_version = SST_ABI_VERSION + 1; }), SST_STATUS_BAD_VERSION);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.bytes += 8; }), SST_STATUS_FOREIGN_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.model[0] ^= 1; }), SST_STATUS_FOREIGN_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.model[1] ^= 1; }), SST_STATUS_FOREIGN_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.in_call = 256; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.checksum = 1; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.oldest = 3; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.position = rollback + 1; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(changed([](sst_state_header_t &h) { h.position = h.oldest = UINT64_MAX; }), SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(sst_model_state_position(good.get(), nullptr), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_snapshot(good.get(), nullptr, sizeof(State)), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_restore(good.get(), nullptr, sizeof(State)), SST_STATUS_INVALID_ARGUMENT);
}

// A call that an exception or a cancellation has left never unmarks its states.
TEST_F(States, AMarkedStateCanOnlyBeReplaced) {
  Stream good = streamOf(3), marked;
  Bytes snapshot = snapshotOf(good), room(sizeof(State), 9);
  auto mark = [&] {
    marked = streamOf(2);
    marked.get()->header.in_call = 1;
  };
  size_t rows = 77;
  mark();
  Bytes before = marked.bytes();
  EXPECT_EQ(sst_model_state_position(marked.get(), &rows), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_snapshot(marked.get(), room.data(), room.size()), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_fork(good.get(), marked.get()), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(sst_model_state_rollback(marked.get(), 0), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(marked.bytes(), before);
  EXPECT_EQ(rows, 77u);
  EXPECT_EQ(room, Bytes(sizeof(State), 9));

  EXPECT_EQ(sst_model_state_reset(marked.get()), SST_STATUS_OK);
  EXPECT_EQ(sst_model_state_position(marked.get(), &rows), SST_STATUS_OK);
  EXPECT_EQ(rows, 0u);
  mark();
  EXPECT_EQ(sst_model_state_restore(marked.get(), snapshot.data(), snapshot.size()), SST_STATUS_OK);
  EXPECT_EQ(marked.bytes(), good.bytes());
  mark();
  EXPECT_EQ(sst_model_state_fork(marked.get(), good.get()), SST_STATUS_OK);
  EXPECT_EQ(marked.bytes(), good.bytes());
  mark();
  EXPECT_EQ(sst_model_state_init(marked.get(), sizeof(State)), SST_STATUS_OK);
  EXPECT_EQ(sst_model_state_position(marked.get(), &rows), SST_STATUS_OK);
}

TEST_F(States, AStateMayBeMoved) {
  Stream stream = streamOf(4), moved;
  moved.setBytes(stream.bytes());
  append(stream, 3);
  append(moved, 3);
  EXPECT_EQ(stream.bytes(), moved.bytes());
}

TEST_F(States, ResetTakesAwayAllRows) {
  Stream stream = streamOf(9), other = streamOf(2, 3);
  Bytes before = stream.bytes();
  ASSERT_EQ(sst_model_state_reset(stream.get()), SST_STATUS_OK);
  EXPECT_EQ(stream.position(), 0u);
  EXPECT_EQ(stream.get()->header.oldest, 0u);
  // The values, which nobody will see, stay: that makes it fast.
  Bytes after = stream.bytes();
  EXPECT_TRUE(
      std::equal(after.begin() + sizeof(sst_state_header_t), after.end(), before.begin() + sizeof(sst_state_header_t)));
  append(stream, 2, 3);
  EXPECT_EQ(stream.get()->totals[1], other.get()->totals[1]);
  EXPECT_EQ(sst_model_state_rollback(stream.get(), 3), SST_STATUS_ROLLBACK_EXCEEDED);
}

TEST_F(States, RestoreGivesBackWhatASnapshotTook) {
  for (size_t rows : {size_t(0), size_t(1), size_t(7), maxRows}) {
    Stream stream = streamOf(rows), other = streamOf(3, 5);
    Bytes snapshot = snapshotOf(stream);
    EXPECT_EQ(HeaderOf(snapshot).header.magic, SST_SNAPSHOT_MAGIC);
    EXPECT_NE(HeaderOf(snapshot).header.checksum, 0u);
    ASSERT_EQ(sst_model_state_restore(other.get(), snapshot.data(), snapshot.size()), SST_STATUS_OK);
    EXPECT_EQ(other.bytes(), stream.bytes());
    EXPECT_EQ(snapshotOf(other), snapshot);
    // It also goes back in time.
    if (rows > 0 && rows < maxRows) {
      append(stream, 2);
      ASSERT_EQ(sst_model_state_restore(stream.get(), snapshot.data(), snapshot.size()), SST_STATUS_OK);
      EXPECT_EQ(stream.bytes(), other.bytes());
    }
  }
}

TEST_F(States, SnapshotsHaveAnyAlignment) {
  Stream stream = streamOf(6);
  Bytes snapshot = snapshotOf(stream);
  for (size_t offset = 0; offset < 9; ++offset) {
    Bytes room(offset + sizeof(State) + 1, 0x77);
    ASSERT_EQ(sst_model_state_snapshot(stream.get(), &room[offset], sizeof(State) + 1), SST_STATUS_OK);
    EXPECT_TRUE(std::equal(snapshot.begin(), snapshot.end(), room.begin() + ptrdiff_t(offset)));
    EXPECT_EQ(room.back(), 0x77);
    Stream other;
    ASSERT_EQ(sst_model_state_restore(other.get(), &room[offset], sizeof(State)), SST_STATUS_OK);
    EXPECT_EQ(other.bytes(), stream.bytes());
  }
}

TEST_F(States, SnapshotRefusesBadMemory) {
  Stream stream = streamOf(6);
  Bytes before = stream.bytes(), room(sizeof(State), 9);
  for (size_t size = 0; size < sizeof(State); ++size)
    ASSERT_EQ(sst_model_state_snapshot(stream.get(), room.data(), size), SST_STATUS_TRUNCATED_STATE);
  EXPECT_EQ(room, Bytes(sizeof(State), 9));
  char *state = reinterpret_cast<char *>(stream.get());
  for (ptrdiff_t offset : {-ptrdiff_t(sizeof(State)) + 1, ptrdiff_t(0), ptrdiff_t(sizeof(State)) - 1}) {
    EXPECT_EQ(sst_model_state_snapshot(state, state + offset, sizeof(State)), SST_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(sst_model_state_restore(state, state + offset, sizeof(State)), SST_STATUS_INVALID_ARGUMENT);
  }
  void *end = reinterpret_cast<void *>(UINTPTR_MAX - 10);
  EXPECT_EQ(sst_model_state_snapshot(state, end, sizeof(State)), SST_STATUS_SIZE_OVERFLOW);
  EXPECT_EQ(sst_model_state_restore(state, end, sizeof(State)), SST_STATUS_SIZE_OVERFLOW);
  EXPECT_EQ(stream.bytes(), before);
}

TEST_F(States, EveryChangeOfASnapshotIsFound) {
  Stream target = streamOf(3, 4);
  Bytes snapshot = snapshotOf(streamOf(11));
  size_t version = offsetof(sst_state_header_t, abi_version);
  for (size_t i = 0; i < snapshot.size(); ++i) {
    for (int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      Bytes changed = snapshot;
      changed[i] = static_cast<unsigned char>(changed[i] ^ flip);
      ASSERT_EQ(restoreRefused(target, changed),
                i >= version && i < version + 4 ? SST_STATUS_BAD_VERSION : SST_STATUS_CORRUPT_STATE)
          << "byte " << i << ", bits " << flip;
    }
  }
}

TEST_F(States, ChangesThatBelongTogetherAreFoundToo) {
  Stream target;
  Bytes snapshot = snapshotOf(streamOf(maxRows));
  // The signs of two floats, and two words that change places.
  for (size_t i = sizeof(sst_state_header_t); i < snapshot.size(); i += 4) {
    for (size_t j = sizeof(sst_state_header_t); j < i; j += 4) {
      Bytes signs = snapshot, places = snapshot;
      signs[i + 3] ^= 0x80, signs[j + 3] ^= 0x80;
      ASSERT_EQ(restoreRefused(target, signs), SST_STATUS_CORRUPT_STATE) << i << " " << j;
      std::swap_ranges(&places[i], &places[i] + 4, &places[j]);
      if (places != snapshot) {
        ASSERT_EQ(restoreRefused(target, places), SST_STATUS_CORRUPT_STATE) << i << " " << j;
      }
    }
  }
}

TEST_F(States, EveryOtherSizeOfASnapshotIsFound) {
  Stream target = streamOf(3, 4);
  Bytes snapshot = snapshotOf(streamOf(11));
  EXPECT_EQ(sst_model_state_restore(target.get(), snapshot.data(), 0), SST_STATUS_TRUNCATED_STATE);
  for (size_t size = 1; size < snapshot.size(); ++size)
    ASSERT_EQ(restoreRefused(target, Bytes(snapshot.begin(), snapshot.begin() + ptrdiff_t(size))),
              SST_STATUS_TRUNCATED_STATE);
  Bytes longer = snapshot;
  for (int more = 0; more < 70; ++more) {
    longer.push_back(0);
    ASSERT_EQ(restoreRefused(target, longer), SST_STATUS_CORRUPT_STATE);
  }
}

TEST_F(States, SnapshotsOfOthersAreRefused) {
  Stream target = streamOf(3, 4), stream = streamOf(11);
  for (uint64_t &word : model.state_model) {
    uint64_t saved = word;
    word ^= 1;
    Bytes foreign = snapshotOf(streamOf(2));
    word = saved;
    EXPECT_EQ(restoreRefused(target, foreign), SST_STATUS_FOREIGN_STATE);
  }
  for (size_t bytes : {sizeof(State) - 64, sizeof(State) - 1, sizeof(State) + 64}) {
    // A whole snapshot of a model with smaller or larger states.
    model.info.state_bytes = bytes;
    auto memory = allocate(bytes);
    Bytes foreign(bytes);
    ASSERT_EQ(sst_model_state_init(memory.get(), bytes), SST_STATUS_OK);
    ASSERT_EQ(sst_model_state_snapshot(memory.get(), foreign.data(), bytes), SST_STATUS_OK);
    model.info.state_bytes = sizeof(State);
    EXPECT_EQ(restoreRefused(target, foreign), SST_STATUS_FOREIGN_STATE);
    foreign.pop_back();
    EXPECT_EQ(restoreRefused(target, foreign),
              bytes > sizeof(State) ? SST_STATUS_CORRUPT_STATE : SST_STATUS_TRUNCATED_STATE);
  }
  EXPECT_EQ(restoreRefused(target, stream.bytes()), SST_STATUS_CORRUPT_STATE) << "a state is no snapshot";
}

TEST_F(States, RowsThatCannotBeAreRefusedInARightSnapshotToo) {
  Stream target = streamOf(3, 4), stream = streamOf(11);
  EXPECT_EQ(restoreRefused(target, snapshotBy(stream,
                                              [](sst_state_header_t &h) {
                                                model.info.max_rows = 100;
                                                h.position = maxRows + 1, h.oldest = maxRows;
                                              })),
            SST_STATUS_CORRUPT_STATE);
  EXPECT_EQ(restoreRefused(target, snapshotBy(stream,
                                              [](sst_state_header_t &h) {
                                                model.info.rollback = 100;
                                                h.oldest = h.position - rollback - 1;
                                              })),
            SST_STATUS_CORRUPT_STATE);
}

TEST_F(States, ForksGoTheirOwnWays) {
  Stream from = streamOf(8), to = streamOf(3, 4);
  ASSERT_EQ(sst_model_state_fork(to.get(), from.get()), SST_STATUS_OK);
  EXPECT_EQ(to.bytes(), from.bytes());
  Bytes before = from.bytes();
  append(to, 2, 9);
  EXPECT_EQ(from.bytes(), before);
  append(from, 2, 9);
  EXPECT_EQ(from.bytes(), to.bytes());
  before = from.bytes();
  EXPECT_EQ(sst_model_state_fork(from.get(), from.get()), SST_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(from.bytes(), before);
  // A state that lies partly in another.
  auto memory = allocate(sizeof(State) + 64);
  char *first = static_cast<char *>(memory.get());
  ASSERT_EQ(sst_model_state_init(first, sizeof(State)), SST_STATUS_OK);
  ASSERT_EQ(sst_model_state_init(first + 64, sizeof(State)), SST_STATUS_OK);
  EXPECT_EQ(sst_model_state_fork(first, first + 64), SST_STATUS_INVALID_ARGUMENT);
}

TEST_F(States, RollbackTakesBackRows) {
  Stream stream = streamOf(9);
  auto back = [&](size_t rows) { return sst_model_state_rollback(stream.get(), rows); };
  Bytes before = stream.bytes();
  for (size_t rows : {rollback + 1, rollback + 2, size_t(9), size_t(10), SIZE_MAX}) {
    EXPECT_EQ(back(rows), SST_STATUS_ROLLBACK_EXCEEDED);
    EXPECT_EQ(stream.bytes(), before);
  }
  ASSERT_EQ(back(0), SST_STATUS_OK);
  EXPECT_EQ(stream.bytes(), before);
  ASSERT_EQ(back(2), SST_STATUS_OK);
  EXPECT_EQ(stream.position(), 7u);
  // Back from the furthest row, not from this one.
  EXPECT_EQ(back(4), SST_STATUS_ROLLBACK_EXCEEDED);
  ASSERT_EQ(back(3), SST_STATUS_OK);
  EXPECT_EQ(stream.position(), 4u);
  EXPECT_EQ(back(1), SST_STATUS_ROLLBACK_EXCEEDED);
  // Forward again: the limit moves only when the stream gets further than it was.
  append(stream, 5);
  ASSERT_EQ(back(5), SST_STATUS_OK);
  EXPECT_EQ(back(1), SST_STATUS_ROLLBACK_EXCEEDED);
  append(stream, 6);
  EXPECT_EQ(stream.position(), 10u);
  EXPECT_EQ(back(6), SST_STATUS_ROLLBACK_EXCEEDED);
  EXPECT_EQ(back(5), SST_STATUS_OK);
  // No further back than to the first row.
  Stream young = streamOf(2);
  EXPECT_EQ(sst_model_state_rollback(young.get(), 3), SST_STATUS_ROLLBACK_EXCEEDED);
  EXPECT_EQ(sst_model_state_rollback(young.get(), 2), SST_STATUS_OK);
  EXPECT_EQ(young.position(), 0u);
}

TEST_F(States, WithoutRollbackThereIsNone) {
  model.info.rollback = 0;
  Stream stream = streamOf(9);
  EXPECT_EQ(stream.get()->header.oldest, 9u);
  EXPECT_EQ(sst_model_state_rollback(stream.get(), 1), SST_STATUS_ROLLBACK_EXCEEDED);
  EXPECT_EQ(sst_model_state_rollback(stream.get(), 0), SST_STATUS_OK);
}

TEST_F(States, ForkAndSnapshotKeepTheLimitOfRollbacks) {
  Stream stream = streamOf(9), forked, restored;
  ASSERT_EQ(sst_model_state_rollback(stream.get(), 2), SST_STATUS_OK);
  Bytes snapshot = snapshotOf(stream);
  ASSERT_EQ(sst_model_state_fork(forked.get(), stream.get()), SST_STATUS_OK);
  ASSERT_EQ(sst_model_state_restore(restored.get(), snapshot.data(), snapshot.size()), SST_STATUS_OK);
  for (Stream *copy : {&forked, &restored}) {
    EXPECT_EQ(sst_model_state_rollback(copy->get(), 4), SST_STATUS_ROLLBACK_EXCEEDED);
    EXPECT_EQ(sst_model_state_rollback(copy->get(), 3), SST_STATUS_OK);
  }
}
