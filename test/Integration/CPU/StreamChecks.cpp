//===- StreamChecks.cpp - a compiled model against itself
//----------------------------------------------------------===//

#include "StreamChecks.h"

#include "Guarded.h"
#include "sst/Runtime/sst_entry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>

using namespace sst;

using Buffer = std::unique_ptr<Guarded>;
using Random = CompiledModel::Random;

static size_t pick(Random &random, size_t least, size_t most) {
  return std::uniform_int_distribution<size_t>(least, most)(random);
}

bool CheckCounts::check(bool holds, const std::string &what) {
  ++(holds ? passed : failed);
  if (!holds && failures.size() < 20)
    failures.push_back(what);
  return holds;
}

bool sst::hasSameBits(const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (std::memcmp(a + i, b + i, sizeof(float)) != 0 && !(std::isnan(a[i]) && std::isnan(b[i])))
      return false;
  return true;
}

//===------------------------------------------------------------------------------------------------------------===//
// CompiledModel
//===------------------------------------------------------------------------------------------------------------===//

CompiledModel::CompiledModel(const sst_model_t *model) : functions(sst_model_functions(model)) {
  info.size = sizeof info;
  info.abi_version = SST_ABI_VERSION;
  if (functions->info(&info) != SST_STATUS_OK)
    return;
  for (uint32_t v : {SST_VARIANT_X86_64_V3, SST_VARIANT_X86_64_V4})
    if ((info.variants >> v & 1) && sst_variant_supported(sst_variant_t(v)))
      variants.push_back(v);
  usable = !variants.empty();
  sst_error_t error = {};
  for (size_t threads = 2; threads <= 3; ++threads)
    usable = usable &&
             sst_pool_create(threads, nullptr, SST_POOL_SPIN_MICROSECONDS, &pools[threads], &error) == SST_STATUS_OK;
}

CompiledModel::~CompiledModel() {
  for (sst_pool_t *pool : pools)
    sst_pool_destroy(pool);
}

sst_call_t CompiledModel::makeCall(size_t batch, size_t rows, const float *input, float *output) const {
  sst_call_t call = {};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.batch = batch;
  call.rows = rows;
  call.input = input;
  call.output = output;
  return call;
}

sst_status_t CompiledModel::run(sst_run_fn function, sst_call_t &call, Random &random) const {
  size_t threads = pick(random, 1, 3), bytes = 0;
  call.variant = variants[pick(random, 0, variants.size() - 1)];
  call.threads = threads;
  call.parallel = threads > 1 ? sst_pool_run : nullptr;
  call.parallel_context = threads > 1 ? pools[threads] : nullptr;
  functions->workspace_bytes(call.batch, call.rows, threads, &bytes);
  Guarded workspace(bytes, pick(random, 0, 1) == 0);
  call.workspace = workspace.as<void>();
  call.workspace_bytes = bytes;
  sst_status_t status = function(&call);
  counts.check(workspace.intact(), "a call writes only in its workspace");
  return status;
}

//===------------------------------------------------------------------------------------------------------------===//
// Streams
//===------------------------------------------------------------------------------------------------------------===//

namespace {
/// A few streams over the same inputs as a whole sequence that has been computed at once.
class Split {
public:
  Split(const CompiledModel &model, uint64_t seed) : model(model), random(seed), name("split " + std::to_string(seed)) {
    batch = pick(random, 1, 9);
    rows = pick(random, 1, std::min<size_t>(model.mostRows(), pick(random, 0, 3) == 0 ? 400 : 40));
    input.resize(batch * rows * model.embed());
    std::normal_distribution<float> normal;
    for (float &x : input)
      x = normal(random);
    wanted.resize(batch * rows * model.hidden());
  }

  void run() {
    sst_call_t call = model.makeCall(batch, rows, input.data(), wanted.data());
    if (!expectOk(model.run(model.functions->sequence, call, random), "sequence"))
      return;
    checkWindow();
    makeStates(states);
    positions.assign(batch, 0);
    while (!isBroken && std::any_of(positions.begin(), positions.end(), [&](size_t p) { return p < rows; })) {
      advance();
      if (pick(random, 0, 5) == 0)
        replay();
      if (shift == 0 && pick(random, 0, 1) == 0)
        moveFarAway();
    }
    if (!isBroken)
      checkBytes();
    if (isBroken)
      return;
    checkCapacity();
    checkAhead();
  }

private:
  bool check(bool holds, const std::string &what) { return model.counts.check(holds, what); }
  bool expectOk(sst_status_t status, const std::string &what) {
    return check(status == SST_STATUS_OK, name + ": " + what + ": " + sst_status_text(status));
  }
  const float *inputRow(size_t b, size_t t) const { return &input[(b * rows + t) * model.embed()]; }
  void checkRow(const float *got, size_t b, size_t t, const std::string &what) {
    check(hasSameBits(got, &wanted[(b * rows + t) * model.hidden()], model.hidden()),
          name + ": " + what + ": stream " + std::to_string(b) + " of " + std::to_string(batch) + ", row " +
              std::to_string(t) + " of " + std::to_string(rows));
  }

  void checkWindow() {
    if (model.info.cold != SST_COLD_SHORT && rows < model.info.window_size)
      return;
    size_t least = model.info.cold == SST_COLD_SHORT ? 1 : model.info.window_size;
    size_t most = std::min(rows, model.exactRows());
    if (least > most)
      return;
    std::vector<size_t> lengths(batch);
    for (size_t &length : lengths)
      length = pick(random, least, most);
    Guarded output(batch * model.hidden() * sizeof(float), true, sizeof(float));
    sst_call_t call = model.makeCall(batch, rows, input.data(), output.as<float>());
    call.lengths = lengths.data();
    if (expectOk(model.run(model.functions->window, call, random), "window"))
      for (size_t b = 0; b < batch; ++b)
        checkRow(output.as<float>() + b * model.hidden(), b, lengths[b] - 1, "window");
  }

  void makeStates(std::vector<Buffer> &made) {
    made.clear();
    for (size_t b = 0; b < batch; ++b) {
      made.push_back(std::make_unique<Guarded>(model.info.state_bytes, pick(random, 0, 1) == 0));
      expectOk(model.functions->state_init(made.back()->as<void>(), made.back()->bytes()), "state_init");
    }
  }

  /// Some streams that are not at the end, in any order.
  std::vector<size_t> chooseStreams() {
    std::vector<size_t> chosen;
    for (size_t b = 0; b < batch; ++b)
      if (positions[b] < rows)
        chosen.push_back(b);
    std::shuffle(chosen.begin(), chosen.end(), random);
    chosen.resize(pick(random, 1, chosen.size()));
    return chosen;
  }

  /// Appends a piece to some of the streams, with one of the functions.
  void advance() {
    enum { Prefill, PrefillLengths, Sequence, Step } kind = decltype(kind)(pick(random, 0, 3));
    std::vector<size_t> chosen = chooseStreams(), lengths;
    size_t least = rows;
    for (size_t b : chosen)
      least = std::min(least, rows - positions[b]);
    size_t most = 1;
    for (size_t b : chosen) {
      lengths.push_back(pick(random, 1, std::min(rows - positions[b], pick(random, 1, longestPiece()))));
      most = std::max(most, lengths.back());
    }
    size_t count = kind == Step ? 1 : kind == PrefillLengths ? most : pick(random, 1, std::min(least, longestPiece()));
    if (kind != PrefillLengths)
      lengths.assign(chosen.size(), count);
    feed(kind == Step       ? model.functions->step
         : kind == Sequence ? model.functions->sequence
                            : model.functions->prefill,
         chosen, count, kind == PrefillLengths ? &lengths : nullptr, kind == Sequence);
  }

  /// A stream without end, all rows of which see none before its first one, goes on as it would from a position
  /// that is larger by a multiple of the sizes of all rings and of a block of keys.
  void moveFarAway() {
    uint64_t window = model.info.attention_window, keyRows = (model.info.max_rows + window - 1 + 15) / 16 * 16;
    size_t least = *std::min_element(positions.begin(), positions.end());
    uint64_t versions = model.info.rollback + 1, taps = model.info.conv_size - 1 + model.info.rollback;
    if (window == 0 || least < std::max<size_t>(window, model.info.conv_size) + model.info.rollback)
      return;
    uint64_t step = std::lcm(std::lcm(uint64_t(256), keyRows), std::lcm(versions, std::max<uint64_t>(taps, 1)));
    shift = (pick(random, 0, 1) == 0 ? uint64_t(1) << 31 : uint64_t(1) << 61) / step * step;
    shiftStates(shift);
  }
  void shiftStates(uint64_t by) {
    for (const Buffer &state : states) {
      state->as<sst_state_header_t>()->position += by;
      state->as<sst_state_header_t>()->oldest += by;
    }
  }

  size_t longestPiece() const { return std::min<size_t>(rows, model.info.max_rows); }

  void feed(sst_run_fn function, const std::vector<size_t> &chosen, size_t count, const std::vector<size_t> *lengths,
            bool everyRow) {
    Guarded piece(chosen.size() * count * model.embed() * sizeof(float), pick(random, 0, 1) == 0, sizeof(float));
    Guarded output(chosen.size() * (everyRow ? count : 1) * model.hidden() * sizeof(float), pick(random, 0, 1) == 0,
                   sizeof(float));
    std::vector<void *> addresses;
    for (size_t i = 0; i < chosen.size(); ++i) {
      size_t b = chosen[i], valid = lengths ? (*lengths)[i] : count;
      std::memcpy(piece.as<float>() + i * count * model.embed(), inputRow(b, positions[b]),
                  valid * model.embed() * sizeof(float));
      addresses.push_back(states[b]->as<void>());
    }
    sst_call_t call = model.makeCall(chosen.size(), count, piece.as<float>(), output.as<float>());
    call.states = addresses.data();
    call.lengths = lengths ? lengths->data() : nullptr;
    std::string what = everyRow                            ? "sequence from a state"
                       : function == model.functions->step ? "step"
                       : lengths                           ? "prefill with lengths"
                                                           : "prefill";
    isBroken |= !expectOk(model.run(function, call, random), what);
    if (isBroken)
      return;
    check(output.intact() && piece.intact(), name + ": " + what + " writes only its output");
    for (size_t i = 0; i < chosen.size(); ++i) {
      size_t b = chosen[i], valid = lengths ? (*lengths)[i] : count;
      for (size_t t = 0; everyRow && t < count; ++t)
        checkRow(output.as<float>() + (i * count + t) * model.hidden(), b, positions[b] + t, what);
      positions[b] += valid;
      if (!everyRow)
        checkRow(output.as<float>() + i * model.hidden(), b, positions[b] - 1, what);
      size_t position = 0;
      check(model.functions->state_position(states[b]->as<void>(), &position) == SST_STATUS_OK &&
                position == positions[b] + shift && states[b]->intact(),
            name + ": " + what + ": the state's position");
    }
  }

  /// Leaves the way for a while and comes back to it: by a snapshot, a fork or a rollback. What then follows is checked
  /// by whoever advances next.
  void replay() {
    std::vector<size_t> before = positions;
    size_t kind = pick(random, 0, 2), b = pick(random, 0, batch - 1);
    void *state = states[b]->as<void>();
    std::vector<unsigned char> snapshot(model.info.state_bytes + 1);
    if (kind == 0) {
      expectOk(model.functions->state_snapshot(state, snapshot.data() + 1, model.info.state_bytes), "state_snapshot");
      wander();
      expectOk(model.functions->state_restore(state, snapshot.data() + 1, model.info.state_bytes), "state_restore");
    } else if (kind == 1) {
      auto copy = std::make_unique<Guarded>(model.info.state_bytes);
      expectOk(model.functions->state_init(copy->as<void>(), copy->bytes()), "state_init");
      expectOk(model.functions->state_fork(copy->as<void>(), state), "state_fork");
      wander();
      std::swap(states[b], copy);
    } else {
      wander();
      size_t taken = positions[b] - before[b];
      if (taken > model.info.rollback) {
        check(model.functions->state_rollback(state, taken) == SST_STATUS_ROLLBACK_EXCEEDED,
              name + ": a rollback beyond what the state remembers");
        taken = pick(random, 0, model.info.rollback);
      }
      expectOk(model.functions->state_rollback(state, taken), "state_rollback");
      positions[b] -= taken;
      hasRolledBack |= taken > 0; // rows that were taken back leave bytes
      return;
    }
    positions[b] = before[b];
  }

  void wander() {
    for (size_t i = pick(random, 1, 3); i > 0; --i)
      if (!isBroken && std::any_of(positions.begin(), positions.end(), [&](size_t p) { return p < rows; }))
        advance();
  }

  /// The bytes of a state depend on its rows only.
  void checkBytes() {
    shiftStates(0 - shift);
    shift = 0;
    if (hasRolledBack)
      return;
    std::vector<Buffer> other;
    makeStates(other);
    std::swap(other, states);
    std::vector<size_t> all(batch);
    for (size_t b = 0; b < batch; ++b)
      all[b] = b;
    positions.assign(batch, 0);
    while (!isBroken && positions[0] < rows)
      feed(model.functions->prefill, all, std::min(rows - positions[0], longestPiece()), nullptr, false);
    for (size_t b = 0; b < batch; ++b)
      check(std::memcmp(states[b]->as<void>(), other[b]->as<void>(), model.info.state_bytes) == 0,
            name + ": the bytes of a state after the same rows in other pieces");
  }

  /// A stream that is full refuses a row and stays as it is; one without end refuses more rows than a call may have,
  /// and a last row ahead of time that would not be the window's.
  void checkCapacity() {
    bool endless = model.info.attention_window > 0;
    if (endless ? rows < model.exactRows() : rows < model.info.max_rows)
      return;
    size_t tooMany = size_t(model.info.max_rows) + 1;
    std::vector<float> many(tooMany * model.embed());
    std::vector<unsigned char> before(states[0]->as<unsigned char>(),
                                      states[0]->as<unsigned char>() + model.info.state_bytes);
    std::vector<float> output(model.hidden(), 7.0f);
    void *addresses[] = {states[0]->as<void>()};
    auto isRefused = [&](sst_run_fn function, size_t count) {
      sst_call_t call = model.makeCall(1, count, many.data(), output.data());
      call.states = addresses;
      return model.run(function, call, random) == SST_STATUS_CAPACITY_EXCEEDED &&
             std::memcmp(before.data(), states[0]->as<void>(), before.size()) == 0 && output[0] == 7.0f;
    };
    check(isRefused(endless ? model.functions->ahead_finish : model.functions->step, 1),
          name + ": a step beyond the last row");
    check(isRefused(model.functions->prefill, tooMany), name + ": too many rows in a call");
  }

  void checkAhead() {
    makeStates(states);
    std::vector<void *> addresses;
    for (const Buffer &state : states)
      addresses.push_back(state->as<void>());
    Guarded output(batch * model.hidden() * sizeof(float), true, sizeof(float));
    size_t known = std::min({rows, model.exactRows(), size_t(model.info.max_rows) + 1}) - 1, position = 0;
    std::vector<float> prefix, last;
    for (size_t b = 0; b < batch; ++b) {
      prefix.insert(prefix.end(), inputRow(b, 0), inputRow(b, 0) + known * model.embed());
      last.insert(last.end(), inputRow(b, known), inputRow(b, known) + model.embed());
    }
    while (position < known) {
      sst_call_t call = model.makeCall(batch, known, prefix.data(), output.as<float>());
      call.states = addresses.data();
      call.row_budget = pick(random, 0, 2) == 0 ? 0 : pick(random, 1, known);
      if (!expectOk(model.run(model.functions->ahead_prepare, call, random), "ahead_prepare"))
        return;
      model.functions->state_position(addresses[0], &position);
      for (size_t b = 0; b < batch; ++b)
        checkRow(output.as<float>() + b * model.hidden(), b, position - 1, "ahead_prepare");
    }
    sst_call_t call = model.makeCall(batch, 1, last.data(), output.as<float>());
    call.states = addresses.data();
    if (expectOk(model.run(model.functions->ahead_finish, call, random), "ahead_finish"))
      for (size_t b = 0; b < batch; ++b)
        checkRow(output.as<float>() + b * model.hidden(), b, known, "ahead_finish");
  }

  const CompiledModel &model;
  Random random;
  std::string name;
  size_t batch, rows;
  std::vector<float> input, wanted;
  std::vector<Buffer> states;
  std::vector<size_t> positions;
  bool hasRolledBack = false, isBroken = false; ///< after a call that failed there is nothing to go on with
  uint64_t shift = 0;                           ///< of the positions of all states
};

} // namespace

void sst::checkStreams(const CompiledModel &model, uint64_t seed) { Split(model, seed).run(); }
