// Every function of Model.hpp with a compiled model, its answers bit for bit against those of `window`.
//
//   sst-compile model.safetensors --name=policy -o policy.o
//   g++ -std=c++17 -fno-exceptions -fno-rtti -I<sst>/runtime/include checks.cpp policy.o -o checks
//
// With -DSST_ARTEFACT="path of a shared artefact" and the runtime library the model is loaded instead, and runs on a
// pool of threads. Last line: "N passed, N failed".
#include "policy.h"

#include "sst/Runtime/Model.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#if __has_include(<span>) && __cplusplus >= 202002L
#include <span>
#endif

namespace {

constexpr size_t embed = POLICY_EMBED_DIM, hidden = POLICY_HIDDEN_SIZE, streamCount = 3, rowCount = 8;
static_assert(rowCount <= POLICY_MAX_ROWS && rowCount - 3 >= 1);

int passed = 0, failed = 0;

void check(bool holds, const char *what) {
  ++(holds ? passed : failed);
  if (!holds)
    std::printf("FAILED: %s\n", what);
}

void check(sst_status_t got, const char *what, sst_status_t wanted = SST_STATUS_OK) {
  check(got == wanted, what);
  if (got != wanted)
    std::printf("        expects status %d, but got %d\n", int(wanted), int(got));
}

using Row = std::array<float, embed>;
using Answer = std::array<float, hidden>;
using Answers = std::array<float, streamCount * hidden>;

/// Rows for `streamCount` streams and, of each stream and row, what `window` gives over all rows up to it.
struct Recording {
  std::vector<float> rows = std::vector<float>(streamCount * rowCount * embed);
  std::vector<Answer> windows = std::vector<Answer>(streamCount * rowCount);

  sst::Input row(size_t stream, size_t row) const { return {&rows[(stream * rowCount + row) * embed], embed}; }
  sst::Input firstRows(size_t stream, size_t count) const { return {&rows[stream * rowCount * embed], count * embed}; }
  const Answer &window(size_t stream, size_t row) const { return windows[stream * rowCount + row]; }

  /// Rows [begin, end) of every stream.
  std::vector<float> piece(size_t begin, size_t end) const {
    std::vector<float> result;
    for (size_t s = 0; s < streamCount; ++s)
      result.insert(result.end(), row(s, begin).data(), row(s, begin).data() + (end - begin) * embed);
    return result;
  }

  bool isWindow(const float *got, size_t stream, size_t row) const {
    return std::memcmp(got, window(stream, row).data(), sizeof(Answer)) == 0;
  }
  /// Whether these are the answers of all streams after row `row`.
  bool areWindows(const Answers &got, size_t row) const {
    bool all = true;
    for (size_t s = 0; s < streamCount; ++s)
      all = all && isWindow(&got[s * hidden], s, row);
    return all;
  }
};

Recording record(const sst::Model &model, sst::Workspace &workspace) {
  Recording made;
  uint32_t random = 1;
  for (float &x : made.rows)
    x = float(int32_t(random = random * 1664525u + 1013904223u) >> 16) / 16384.0f;
  bool allOk = true;
  for (size_t s = 0; s < streamCount; ++s)
    for (size_t t = 0; t < rowCount; ++t)
      allOk = allOk && model.window(workspace, {1, t + 1}, made.firstRows(s, t + 1), made.windows[s * rowCount + t]) ==
                           SST_STATUS_OK;
  check(allOk, "window");
  return made;
}

void checkInformation(const sst::Model &model) {
  check(model.status(), "status of a model");
  check(model.artefact() != nullptr, "artefact of a model");
  const sst_info_t &info = model.info();
  check(info.embed_dim == embed && info.hidden_size == hidden && info.state_bytes == POLICY_STATE_BYTES &&
            std::strcmp(info.name, "policy") == 0,
        "info");
}

void checkSequences(const sst::Model &model, sst::Workspace &workspace, const Recording &recording) {
  Answers answers;
  check(model.window(workspace, {streamCount, rowCount}, recording.rows, answers), "window of a batch");
  check(recording.areWindows(answers, rowCount - 1), "bits of window of a batch");

  const std::array<size_t, streamCount> lengths = {2, rowCount, 1};
  check(model.window(workspace, {streamCount, rowCount}, recording.rows, answers, lengths), "window with lengths");
  for (size_t s = 0; s < streamCount; ++s)
    check(recording.isWindow(&answers[s * hidden], s, lengths[s] - 1), "bits of window with lengths");

  std::vector<float> all(streamCount * rowCount * hidden);
  check(model.sequence(workspace, {streamCount, rowCount}, recording.rows, all), "sequence");
  check(std::memcmp(all.data(), recording.windows.data(), all.size() * sizeof(float)) == 0, "bits of sequence");
}

/// One stream: prefill, step, and the ways back.
void checkStream(const sst::Model &model, sst::Workspace &workspace, const Recording &recording) {
  auto made = model.makeStream();
  check(made.status(), "makeStream");
  sst::Stream stream = std::move(*made);
  Answer answer;
  check(stream.position() == 0 && made->position() == 0, "position of a new stream, and of one that was moved from");
  check(model.prefill(workspace, stream, 3, recording.firstRows(0, 3), answer), "prefill");
  check(stream.position() == 3 && recording.isWindow(answer.data(), 0, 2), "bits of prefill");
  for (size_t t = 3; t < 5; ++t) {
    check(model.step(workspace, stream, recording.row(0, t), answer), "step");
    check(stream.position() == t + 1 && recording.isWindow(answer.data(), 0, t), "bits of step");
  }
  std::array<float, 2 * hidden> two;
  check(model.sequence(workspace, stream, 2, {recording.row(0, 5).data(), 2 * embed}, two), "sequence of a stream");
  check(recording.isWindow(&two[0], 0, 5) && recording.isWindow(&two[hidden], 0, 6), "bits of sequence of a stream");

  auto copy = stream.fork();
  check(copy.status(), "fork");
  std::vector<unsigned char> snapshot(model.info().state_bytes);
  check(stream.snapshot(snapshot), "snapshot");
  check(model.step(workspace, stream, recording.row(1, 0), answer), "step to somewhere else");
  if (copy) {
    check(model.step(workspace, *copy, recording.row(0, 7), answer), "step of a fork");
    check(copy->position() == 8 && recording.isWindow(answer.data(), 0, 7), "bits of step of a fork");
  }
  check(stream.rollback(1), "rollback");
  check(stream.position() == 7, "position after a rollback");
  check(model.step(workspace, stream, recording.row(0, 7), answer), "step after a rollback");
  check(recording.isWindow(answer.data(), 0, 7), "bits of step after a rollback");
  check(stream.rollback(POLICY_ROLLBACK + 1), "a rollback too far", SST_STATUS_ROLLBACK_EXCEEDED);

  check(stream.reset(), "reset");
  check(stream.position() == 0, "position after reset");
  check(model.step(workspace, stream, recording.row(1, 0), answer), "step after reset");
  check(recording.isWindow(answer.data(), 1, 0), "bits of step after reset");
  check(stream.restore(snapshot), "restore");
  check(stream.position() == 7, "position after restore");
  auto other = model.makeStream();
  check(stream.forkInto(*other), "forkInto");
  check(model.step(workspace, *other, recording.row(0, 7), answer), "step after restore and forkInto");
  check(recording.isWindow(answer.data(), 0, 7), "bits of step after restore and forkInto");

  check(stream.snapshot({snapshot.data(), snapshot.size() - 1}), "a short snapshot", SST_STATUS_TRUNCATED_STATE);
  check(stream.restore({snapshot.data(), snapshot.size() - 1}), "a cut snapshot", SST_STATUS_TRUNCATED_STATE);
  snapshot[snapshot.size() / 2] ^= 1;
  check(stream.restore(snapshot), "a changed snapshot", SST_STATUS_CORRUPT_STATE);
  check(stream.position() == 7, "position after what was refused");
}

/// Several streams in each call.
void checkStreams(const sst::Model &model, sst::Workspace &workspace, const Recording &recording) {
  std::vector<sst::Stream> streams;
  std::vector<sst::Stream *> all;
  for (size_t s = 0; s < streamCount; ++s)
    streams.push_back(std::move(*model.makeStream()));
  for (sst::Stream &stream : streams)
    all.push_back(&stream);
  Answers answers;

  check(model.prefill(workspace, all, 4, recording.piece(0, 4), answers), "prefill of several streams");
  check(recording.areWindows(answers, 3), "bits of prefill of several streams");
  check(model.step(workspace, all, recording.piece(4, 5), answers), "step of several streams");
  check(recording.areWindows(answers, 4), "bits of step of several streams");
  std::vector<float> rest(streamCount * 3 * hidden);
  check(model.sequence(workspace, all, 3, recording.piece(5, 8), rest), "sequence of several streams");
  for (size_t s = 0; s < streamCount; ++s)
    for (size_t t = 0; t < 3; ++t)
      check(recording.isWindow(&rest[(s * 3 + t) * hidden], s, 5 + t), "bits of sequence of several streams");

  for (sst::Stream &stream : streams)
    check(stream.reset(), "reset of several streams");
  const std::vector<size_t> lengths = {1, 4, 3};
  check(model.prefill(workspace, all, 4, recording.piece(0, 4), answers, lengths), "prefill with lengths");
  for (size_t s = 0; s < streamCount; ++s)
    check(streams[s].position() == lengths[s] && recording.isWindow(&answers[s * hidden], s, lengths[s] - 1),
          "bits of prefill with lengths");

  sst::Stream *const pair[] = {all[2], all[1]};
  check(all[1]->forkInto(*all[2]), "forkInto one of several");
  const std::vector<float> last = recording.piece(4, 5);
  std::vector<float> twoRows(last.begin() + embed, last.begin() + 2 * embed), twoAnswers(2 * hidden);
  twoRows.insert(twoRows.end(), last.begin() + embed, last.begin() + 2 * embed);
  check(model.step(workspace, pair, twoRows, twoAnswers), "step of streams in an array");
  check(recording.isWindow(&twoAnswers[0], 1, 4) && recording.isWindow(&twoAnswers[hidden], 1, 4),
        "bits of step of streams in an array");
}

void checkAhead(const sst::Model &model, sst::Workspace &workspace, const Recording &recording) {
  sst::Result<sst::Stream> streams[] = {model.makeStream(), model.makeStream(), model.makeStream()};
  std::array<sst::Stream *, streamCount> all = {&*streams[0], &*streams[1], &*streams[2]};
  const std::vector<float> known = recording.piece(0, rowCount - 1), last = recording.piece(rowCount - 1, rowCount);
  Answers answers;
  int pieces = 0;
  for (; all[0]->position() < rowCount - 1 && pieces < 10; ++pieces)
    check(model.aheadPrepare(workspace, all, rowCount - 1, known, answers, 3), "aheadPrepare");
  check(pieces == 3 && all[2]->position() == rowCount - 1, "the number of pieces of aheadPrepare");
  check(model.aheadFinish(workspace, all, last, answers), "aheadFinish");
  check(recording.areWindows(answers, rowCount - 1), "bits of aheadFinish");

  Answer answer;
  check(all[0]->reset(), "reset before aheadPrepare");
  check(model.aheadPrepare(workspace, *all[0], rowCount - 1, recording.firstRows(0, rowCount - 1), answer),
        "aheadPrepare in one piece");
  check(recording.isWindow(answer.data(), 0, rowCount - 2), "bits of aheadPrepare");
  check(model.aheadFinish(workspace, *all[0], recording.row(0, rowCount - 1), answer), "aheadFinish of one stream");
  check(recording.isWindow(answer.data(), 0, rowCount - 1), "bits of aheadFinish of one stream");
}

/// Wrong sizes and empty objects: a status, nothing written, no stream changed.
void checkRefusals(const sst::Model &model, sst::Workspace &workspace, const Recording &recording) {
  constexpr sst_status_t wrong = SST_STATUS_INVALID_ARGUMENT;
  auto stream = model.makeStream();
  Answer answer, untouched;
  answer.fill(7.0f);
  untouched.fill(7.0f);
  sst::Input one = recording.row(0, 0), two = recording.firstRows(0, 2);
  const size_t twoLengths[] = {1, 1}, zeroLength[] = {0};
  std::vector<float> shortAnswer(hidden - 1), longAnswer(hidden + 1);

  check(model.window(workspace, {1, 1}, two, answer), "an input that is too long", wrong);
  check(model.window(workspace, {1, 2}, {two.data(), two.size() - 1}, answer), "an input that is too short", wrong);
  check(model.window(workspace, {1, 2}, two, shortAnswer), "an output that is too short", wrong);
  check(model.window(workspace, {1, 2}, two, longAnswer), "an output that is too long", wrong);
  check(model.window(workspace, {0, 1}, {}, {}), "no sequence", wrong);
  check(model.window(workspace, {1, 0}, {}, answer), "no row", wrong);
  check(model.window(workspace, {SIZE_MAX, SIZE_MAX}, one, answer), "sizes that overflow", wrong);
  check(model.window(workspace, {1, 2}, two, answer, twoLengths), "lengths of two sequences for one", wrong);
  check(model.window(workspace, {1, 2}, two, answer, zeroLength), "a length of no row", wrong);
  check(model.sequence(workspace, {1, 2}, two, answer), "sequence with one row of output", wrong);
  check(model.prefill(workspace, *stream, 1, two, answer), "prefill with too many rows", wrong);
  check(model.step(workspace, *stream, two, answer), "step with two rows", wrong);
  check(model.aheadPrepare(workspace, *stream, 1, two, answer), "aheadPrepare with too many rows", wrong);
  check(model.aheadFinish(workspace, *stream, two, answer), "aheadFinish with two rows", wrong);

  sst::Stream *const twice[] = {&*stream, &*stream}, *const none[] = {nullptr};
  std::vector<float> twoAnswers(2 * hidden);
  check(model.step(workspace, twice, two, twoAnswers), "a stream twice", wrong);
  check(model.step(workspace, none, one, answer), "no stream at an address", wrong);
  check(model.step(workspace, sst::Span<sst::Stream *const>(), {}, {}), "no stream", wrong);

  auto small = model.makeWorkspace({1, 1});
  check(small.status(), "makeWorkspace");
  auto second = model.makeStream();
  sst::Stream *const both[] = {&*stream, &*second};
  check(model.window(*small, {2, 2 * rowCount}, std::vector<float>(4 * rowCount * embed), twoAnswers),
        "more rows than a workspace is for", SST_STATUS_WORKSPACE_TOO_SMALL);
  check(model.step(*small, both, two, twoAnswers), "more streams than a workspace is for",
        SST_STATUS_WORKSPACE_TOO_SMALL);
  check(model.makeWorkspace({0, 1}).status(), "a workspace for nothing", wrong);
  check(model.makeWorkspace({1, 1}, {2}).status(), "a workspace for threads that nobody runs", wrong);
  check(model.makeWorkspace({SIZE_MAX, SIZE_MAX}).status(), "a workspace of any size", SST_STATUS_SIZE_OVERFLOW);

  sst::Stream empty;
  sst::Workspace noMemory;
  check(model.step(workspace, empty, one, answer), "step of an empty stream", wrong);
  check(model.step(noMemory, *stream, one, answer), "step in an empty workspace", wrong);
  check(empty.reset(), "reset of an empty stream", wrong);
  check(empty.rollback(0), "rollback of an empty stream", wrong);
  check(empty.fork().status(), "fork of an empty stream", wrong);
  check(empty.forkInto(*stream), "forkInto from an empty stream", wrong);
  check(stream->forkInto(empty), "forkInto an empty stream", wrong);
  check(sst::Model().status(), "a model that is none", wrong);
  check(sst::Model().makeStream().status(), "a stream of no model", wrong);
  check(sst::Model().makeWorkspace({1, 1}).status(), "a workspace of no model", wrong);
  check(sst::Model().step(workspace, *stream, one, answer), "step of no model", wrong);
  sst_artefact_t future = *model.artefact();
  future.abi_version = SST_ABI_VERSION + 1;
  check(sst::Model(future).status(), "an artefact of another version", SST_STATUS_BAD_VERSION);

  check(answer == untouched, "nothing is written by a call that is refused");
  check(stream->position() == 0, "no stream is changed by a call that is refused");
}

/// A stream takes POLICY_MAX_ROWS rows and no more.
void checkCapacity(const sst::Model &model, sst::Workspace &workspace) {
  auto stream = model.makeStream();
  std::vector<float> rows(POLICY_MAX_ROWS * embed);
  auto large = model.makeWorkspace({1, POLICY_MAX_ROWS});
  Answer answer;
  check(model.prefill(*large, *stream, POLICY_MAX_ROWS, rows, answer), "prefill up to max_rows");
  check(model.step(workspace, *stream, Row(), answer), "a step more", SST_STATUS_CAPACITY_EXCEEDED);
  check(stream->position() == POLICY_MAX_ROWS, "position of a full stream");
}

void checkSpans() {
  std::vector<float> vector(3);
  const std::vector<float> constant(2);
  float array[4] = {};
  sst::Output output = vector;
  sst::Input inputs[] = {vector, constant, array, output, Row()};
  check(inputs[0].size() == 3 && inputs[1].size() == 2 && inputs[2].data() == array && inputs[2].size() == 4 &&
            inputs[3].data() == vector.data() && inputs[4].size() == embed && &output[1] == &vector[1],
        "conversions to Span");
  static_assert(!std::is_convertible_v<const std::vector<float> &, sst::Output>, "what is constant stays so");
  static_assert(!std::is_convertible_v<std::vector<double> &, sst::Input>, "no other type");
  static_assert(!std::is_copy_constructible_v<sst::Stream> && std::is_nothrow_move_assignable_v<sst::Stream>);
  static_assert(!std::is_copy_constructible_v<sst::Workspace> && !std::is_copy_constructible_v<sst::Model>);
#ifdef __cpp_lib_span
  check(sst::Input(std::span<const float>(array)).size() == 4, "conversion from std::span");
#endif
}

void checkModel(const sst::Model &model, sst::Threads threads) {
  checkInformation(model);
  auto workspace = model.makeWorkspace({streamCount, rowCount}, threads);
  check(workspace.status(), "makeWorkspace");
  if (!workspace)
    return;
  Recording recording = record(model, *workspace);
  checkSequences(model, *workspace, recording);
  checkStream(model, *workspace, recording);
  checkStreams(model, *workspace, recording);
  checkAhead(model, *workspace, recording);
  checkRefusals(model, *workspace, recording);
  checkCapacity(model, *workspace);
}

} // namespace

int main() {
  checkSpans();
#ifdef SST_ARTEFACT
  sst_error_t error = {};
  sst_pool_t *pool = nullptr;
  check(sst_pool_create(2, nullptr, SST_POOL_SPIN_MICROSECONDS, &pool, &error), "sst_pool_create");
  check(sst::Model::load("/nowhere/policy.so", &error).status(), "load of no file", SST_STATUS_NOT_FOUND);
  check(error.status, "the error of load", SST_STATUS_NOT_FOUND);
  check(sst::Model::load(nullptr).status(), "load of nothing", SST_STATUS_INVALID_ARGUMENT);
  auto loaded = sst::Model::load(SST_ARTEFACT, &error);
  check(loaded.status(), "load");
  sst::Model model = std::move(*loaded);
  checkModel(model, {2, sst_pool_run, pool});
  sst_pool_destroy(pool);
#else
  checkModel(sst::Model(policy_artefact), {});
#endif
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
