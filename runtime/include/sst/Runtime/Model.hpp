/*
 * Model.hpp - compiled models from C++: the calls of sst_abi.h, with owned memory and checked shapes.
 *
 * What is here: `Model`, `Workspace`, `Stream` and what is passed to them. What is not here: anything that computes
 * (that is the artefact), profiles and forced CPU variants (left to the C interface). C++17, header only, without
 * exceptions and RTTI. Only Model::load needs the runtime library; else `policy.o` is all that a program links.
 *
 *   sst::Model model(policy_artefact);                       // declared in policy.h
 *   auto workspace = model.makeWorkspace({1, 60});
 *   auto stream = model.makeStream();
 *   if (!workspace || !stream) ...                           // workspace.status() says why
 *   std::array<float, POLICY_EMBED_DIM> row = ...;
 *   std::array<float, POLICY_HIDDEN_SIZE> answer;
 *   if (model.step(*workspace, *stream, row, answer) != SST_STATUS_OK) ...
 *
 * Errors: nothing throws or aborts, but an exception of the caller's Threads::parallel passes through a call
 * (sst_call_t says what that leaves; Stream::reset and restore then make a stream usable again). What can fail
 * returns an sst_status_t or a Result. After any status but OK nothing was written and no stream has changed. An
 * empty object (default-constructed, of a failed Result, a Workspace or Stream that was moved from) gives
 * INVALID_ARGUMENT, and so does a span that has not exactly the size that batch and rows ask for.
 * Allocation: `load`, `makeWorkspace`, `makeStream` and `fork` allocate. Nothing else does, no call in particular.
 * Threads: a Model may be used by any number of threads at the same time, a Workspace or Stream by one.
 * Ownership: a Workspace or Stream owns its memory, spans are borrowed for the call. A loaded Model must outlive its
 * streams; an artefact that is linked in always does.
 */
#ifndef SST_RUNTIME_MODEL_HPP
#define SST_RUNTIME_MODEL_HPP

#include "sst/Runtime/sst_runtime.h"

#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace sst {

/// Consecutive objects that somebody else owns. Made from an array, or from anything with data() and size():
/// std::vector, std::array, std::span.
template <typename T>
class Span {
public:
  constexpr Span() noexcept = default;
  constexpr Span(T *data, size_t size) noexcept : data_(data), size_(size) {}
  template <size_t N>
  constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N) {}
  template <typename Container, typename Element = std::remove_pointer_t<decltype(std::declval<Container &>().data())>,
            typename = std::enable_if_t<std::is_convertible_v<Element (*)[], T (*)[]>>>
  constexpr Span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}

  constexpr T *data() const noexcept { return data_; }
  constexpr size_t size() const noexcept { return size_; }
  constexpr T &operator[](size_t i) const noexcept { return data_[i]; }

private:
  T *data_ = nullptr;
  size_t size_ = 0;
};

using Input = Span<const float>;    ///< [batch][rows][embed_dim], row-major
using Output = Span<float>;         ///< `sequence`: [batch][rows][hidden_size], else [batch][hidden_size]
using Lengths = Span<const size_t>; ///< none, or [batch]: sequence b consists of its first lengths[b] rows

/// A value, or the status that says why there is none; the value is then an empty object.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T &&value) noexcept : value_(std::move(value)) {}
  Result(sst_status_t failure) noexcept : status_(failure) {}

  explicit operator bool() const noexcept { return status_ == SST_STATUS_OK; }
  sst_status_t status() const noexcept { return status_; }
  T &operator*() noexcept { return value_; }
  T *operator->() noexcept { return &value_; }

private:
  T value_;
  sst_status_t status_ = SST_STATUS_OK;
};

/// How many sequences or streams a call has, and how many rows each of them.
struct Shape {
  size_t batch, rows;
};

/// The threads that calls run on: up to SST_MAX_THREADS, by a function of the caller such as sst_pool_run.
struct Threads {
  size_t count = 1;                   ///< 1: the calling thread only
  sst_parallel_fn parallel = nullptr; ///< needed if there are more
  void *context = nullptr;            ///< passed to `parallel`
};

namespace detail {
constexpr std::align_val_t alignment{SST_WORKSPACE_ALIGNMENT};
static_assert(SST_STATE_ALIGNMENT <= SST_WORKSPACE_ALIGNMENT, "one alignment serves both");
struct Free {
  void operator()(void *memory) const noexcept { ::operator delete(memory, alignment); }
};
using Memory = std::unique_ptr<void, Free>;

/// Zeros, so that a later call finds every page there; empty if there is no memory.
inline Memory allocate(size_t bytes) noexcept {
  bytes = bytes == 0 ? 1 : bytes;
  void *memory = ::operator new(bytes, alignment, std::nothrow);
  return Memory(memory ? std::memset(memory, 0, bytes) : nullptr);
}
} // namespace detail

/// Scratch memory for calls of up to some batch and rows, and the threads that they run on. One call at a time.
class Workspace {
public:
  Workspace() noexcept = default;

private:
  friend class Model;
  detail::Memory scratch, addresses; // the second: of the states of a call
  size_t bytes = 0, batch = 0;
  Threads threads;
};

/// A sequence whose rows come piece by piece: owns what the model must remember of it. Made by Model::makeStream.
class Stream {
public:
  Stream() noexcept = default;

  /// The number of rows so far; 0 for an empty object.
  [[nodiscard]] size_t position() const noexcept {
    size_t rows = 0;
    return state && artefact->state_position(state.get(), &rows) == SST_STATUS_OK ? rows : 0;
  }

  /// No rows again.
  [[nodiscard]] sst_status_t reset() noexcept {
    return state ? artefact->state_reset(state.get()) : SST_STATUS_INVALID_ARGUMENT;
  }

  /// Takes back the last `rows` rows; ROLLBACK_EXCEEDED if that is more than the stream remembers.
  [[nodiscard]] sst_status_t rollback(size_t rows) noexcept {
    return state ? artefact->state_rollback(state.get(), rows) : SST_STATUS_INVALID_ARGUMENT;
  }

  /// A second stream with the same past. Allocates; OUT_OF_MEMORY.
  [[nodiscard]] Result<Stream> fork() const noexcept {
    Result<Stream> copy = make(artefact);
    sst_status_t status = copy ? forkInto(*copy) : copy.status();
    return status == SST_STATUS_OK ? std::move(copy) : Result<Stream>(status);
  }

  /// The same without allocation: gives `to`, a stream of the same model, the past of this one.
  [[nodiscard]] sst_status_t forkInto(Stream &to) const noexcept {
    return state ? artefact->state_fork(to.state.get(), state.get()) : SST_STATUS_INVALID_ARGUMENT;
  }

  /// Writes a snapshot, sst_info_t::state_bytes bytes with a checksum, to `to`; TRUNCATED_STATE if that is smaller.
  [[nodiscard]] sst_status_t snapshot(Span<unsigned char> to) const noexcept {
    return state ? artefact->state_snapshot(state.get(), to.data(), to.size()) : SST_STATUS_INVALID_ARGUMENT;
  }

  /// Becomes what the stream was of which the snapshot was taken. Every byte is checked first: TRUNCATED_STATE,
  /// CORRUPT_STATE, BAD_VERSION, FOREIGN_STATE.
  [[nodiscard]] sst_status_t restore(Span<const unsigned char> from) noexcept {
    return state ? artefact->state_restore(state.get(), from.data(), from.size()) : SST_STATUS_INVALID_ARGUMENT;
  }

private:
  friend class Model;

  static Result<Stream> make(const sst_artefact_t *artefact) noexcept {
    if (!artefact)
      return SST_STATUS_INVALID_ARGUMENT;
    Stream made;
    made.artefact = artefact;
    made.state = detail::allocate(artefact->state_bytes());
    if (!made.state)
      return SST_STATUS_OUT_OF_MEMORY;
    sst_status_t status = artefact->state_init(made.state.get(), artefact->state_bytes());
    return status == SST_STATUS_OK ? Result<Stream>(std::move(made)) : Result<Stream>(status);
  }

  const sst_artefact_t *artefact = nullptr;
  detail::Memory state;
};

/// The streams of a call: one, or an array of addresses of several, all different. Borrowed, like a span.
class Streams {
public:
  Streams(Stream &only) noexcept : only_(&only) {}
  template <typename Array, typename = std::enable_if_t<std::is_convertible_v<Array &, Span<Stream *const>>>>
  Streams(Array &&array) noexcept : many_(array) {}

  size_t size() const noexcept { return only_ ? 1 : many_.size(); }
  const Stream *operator[](size_t i) const noexcept { return only_ ? only_ : many_[i]; }

private:
  const Stream *only_ = nullptr;
  Span<Stream *const> many_;
};

/// A compiled model, linked in or loaded. See sst_call_t for what calls promise, sst_artefact_t for what each computes.
class Model {
public:
  Model() noexcept = default;

  /// The model of a linked object: `Model(policy_artefact)`. See `status`.
  explicit Model(const sst_artefact_t &linked) noexcept {
    status_ = SST_STATUS_BAD_VERSION;
    if (linked.size != sizeof linked || linked.abi_version != SST_ABI_VERSION)
      return;
    artefact_ = &linked;
    info_.size = sizeof info_;
    info_.abi_version = SST_ABI_VERSION;
    status_ = linked.info(&info_);
    status_ = status_ == SST_STATUS_OK && info_.variant == SST_VARIANT_AUTO ? SST_STATUS_UNSUPPORTED_VARIANT : status_;
  }

  /// Loads a shared artefact; the only function here that needs the runtime library. Status: as sst_model_load, or
  /// UNSUPPORTED_VARIANT. `error`, which may be NULL, then says more.
  static Result<Model> load(const char *path, sst_error_t *error = nullptr) noexcept {
    sst_model_t *loaded = nullptr;
    sst_status_t status = path ? sst_model_load(path, &loaded, error) : SST_STATUS_INVALID_ARGUMENT;
    if (status != SST_STATUS_OK)
      return status;
    Model model(*sst_model_functions(loaded));
    model.loaded_ = {loaded, sst_model_unload};
    if (model.status_ != SST_STATUS_OK)
      return sst_error_set(error, model.status_, "%s: %s", path, sst_status_text(model.status_));
    return model;
  }

  /// OK, or why no call can succeed: BAD_VERSION, UNSUPPORTED_VARIANT (this CPU cannot run the model),
  /// INVALID_ARGUMENT (an empty object).
  [[nodiscard]] sst_status_t status() const noexcept { return status_; }

  /// What the model is: embed_dim, hidden_size, window_size, max_rows, rollback ... Zeros without a model.
  const sst_info_t &info() const noexcept { return info_; }

  /// The functions behind it all; NULL without a model.
  const sst_artefact_t *artefact() const noexcept { return artefact_; }

  /// Memory for calls of up to this batch and rows, on these threads. `threads.parallel` is needed if there are
  /// several.
  [[nodiscard]] Result<Workspace> makeWorkspace(Shape largest, Threads threads = {}) const noexcept {
    if (!artefact_ || (threads.count > 1 && !threads.parallel))
      return SST_STATUS_INVALID_ARGUMENT;
    Workspace made;
    sst_status_t status = artefact_->workspace_bytes(largest.batch, largest.rows, threads.count, &made.bytes);
    if (status != SST_STATUS_OK)
      return status;
    made.scratch = detail::allocate(made.bytes);
    made.addresses = detail::allocate(largest.batch * sizeof(void *)); // no overflow: `workspace_bytes` has looked
    if (!made.scratch || !made.addresses)
      return SST_STATUS_OUT_OF_MEMORY;
    made.batch = largest.batch;
    made.threads = threads;
    return made;
  }

  /// A stream without rows.
  [[nodiscard]] Result<Stream> makeStream() const noexcept { return Stream::make(artefact_); }

  /// The model's last row over the rows of each sequence.
  [[nodiscard]] sst_status_t window(Workspace &workspace, Shape shape, Input input, Output output,
                                    Lengths lengths = {}) const {
    return run(&sst_artefact_t::window, workspace, nullptr, shape, 1, input, output, lengths);
  }

  /// Every row.
  [[nodiscard]] sst_status_t sequence(Workspace &workspace, Shape shape, Input input, Output output) const {
    return run(&sst_artefact_t::sequence, workspace, nullptr, shape, shape.rows, input, output);
  }

  /// Every row of `rows` rows that it appends to each stream.
  [[nodiscard]] sst_status_t sequence(Workspace &workspace, Streams streams, size_t rows, Input input,
                                      Output output) const {
    return run(&sst_artefact_t::sequence, workspace, &streams, {streams.size(), rows}, rows, input, output);
  }

  /// Appends `rows` rows to each stream and gives the model's row after the last of them.
  [[nodiscard]] sst_status_t prefill(Workspace &workspace, Streams streams, size_t rows, Input input, Output output,
                                     Lengths lengths = {}) const {
    return run(&sst_artefact_t::prefill, workspace, &streams, {streams.size(), rows}, 1, input, output, lengths);
  }

  /// The same for one row; the fastest way to do that.
  [[nodiscard]] sst_status_t step(Workspace &workspace, Streams streams, Input input, Output output) const {
    return run(&sst_artefact_t::step, workspace, &streams, {streams.size(), 1}, 1, input, output);
  }

  /// Processes the `rows` rows of the next window that are known, all but its last, at most `rowBudget` of them (0:
  /// all) in this call. The streams start after `reset`; called again with the same input, it goes on at their
  /// position, and is done when that is `rows`.
  [[nodiscard]] sst_status_t aheadPrepare(Workspace &workspace, Streams streams, size_t rows, Input input,
                                          Output output, size_t rowBudget = 0, Lengths lengths = {}) const {
    return run(&sst_artefact_t::ahead_prepare, workspace, &streams, {streams.size(), rows}, 1, input, output, lengths,
               rowBudget);
  }

  /// Adds the last row. The output has the bits of `window` over all rows.
  [[nodiscard]] sst_status_t aheadFinish(Workspace &workspace, Streams streams, Input input, Output output) const {
    return run(&sst_artefact_t::ahead_finish, workspace, &streams, {streams.size(), 1}, 1, input, output);
  }

private:
  static bool isProduct(size_t size, size_t a, size_t b, size_t c) noexcept {
    return a != 0 && b != 0 && size % a == 0 && size / a % b == 0 && size / a / b == c;
  }

  sst_status_t run(sst_run_fn sst_artefact_t::*function, Workspace &workspace, const Streams *streams, Shape shape,
                   size_t outputRows, Input input, Output output, Lengths lengths = {}, size_t rowBudget = 0) const {
    if (status_ != SST_STATUS_OK)
      return status_;
    if (!workspace.scratch || !isProduct(input.size(), shape.batch, shape.rows, info_.embed_dim) ||
        !isProduct(output.size(), shape.batch, outputRows, info_.hidden_size) ||
        (lengths.size() != 0 && lengths.size() != shape.batch))
      return SST_STATUS_INVALID_ARGUMENT;
    if (streams && shape.batch > workspace.batch)
      return SST_STATUS_WORKSPACE_TOO_SMALL;
    void **states = static_cast<void **>(workspace.addresses.get());
    for (size_t b = 0; streams && b < shape.batch; ++b)
      states[b] = (*streams)[b] ? (*streams)[b]->state.get() : nullptr;
    sst_call_t call = {};
    call.size = sizeof call;
    call.abi_version = SST_ABI_VERSION;
    call.variant = info_.variant;
    call.flags = SST_CALL_VARIANT_CHECKED;
    call.batch = shape.batch;
    call.rows = shape.rows;
    call.input = input.data();
    call.output = output.data();
    call.lengths = lengths.size() == 0 ? nullptr : lengths.data();
    call.workspace = workspace.scratch.get();
    call.workspace_bytes = workspace.bytes;
    call.threads = workspace.threads.count;
    call.parallel = workspace.threads.parallel;
    call.parallel_context = workspace.threads.context;
    call.states = streams ? states : nullptr;
    call.row_budget = rowBudget;
    return (artefact_->*function)(&call);
  }

  const sst_artefact_t *artefact_ = nullptr;
  sst_info_t info_ = {};
  sst_status_t status_ = SST_STATUS_INVALID_ARGUMENT;
  std::unique_ptr<sst_model_t, void (*)(sst_model_t *)> loaded_{nullptr, nullptr}; // the library, if it is one
};

} // namespace sst

#endif /* SST_RUNTIME_MODEL_HPP */
