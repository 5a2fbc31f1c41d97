//===- Streams.h - the functions of a model, and what its streams are -------------------------------*- C++ -*-===//
//
// The names that front end, stages and artefacts know a model's functions by, and what those for streams are compiled
// for. Below all folders of the compiler. What is not here: how a state lies in memory (CPU), and what the caller of an
// artefact sees (sst_abi.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_STREAMS_H
#define SST_COMPILER_STREAMS_H

#include "sst/Dialect/StateLayout.h"
#include "sst/Runtime/sst_abi.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace sst {

/// The functions of a module, in the order of SST_FUNCTION_WINDOW and so on.
inline llvm::ArrayRef<llvm::StringRef> getFunctionNames() {
  static const llvm::StringRef names[SST_FUNCTION_COUNT] = {"window", "sequence", "prefill", "step",
                                                            "sequence_from_state"};
  return names;
}
/// Those of them that carry states.
inline llvm::ArrayRef<llvm::StringRef> getStreamFunctionNames() {
  return getFunctionNames().drop_front(SST_FUNCTION_PREFILL);
}

/// What `window` does with fewer rows than a window has; as sst_cold_t.
enum class Cold { Short, First, Zero };
/// `short`, `first` or `zero`.
inline llvm::StringRef stringifyCold(Cold cold) {
  return cold == Cold::First ? "first" : cold == Cold::Zero ? "zero" : "short";
}
inline std::optional<Cold> parseCold(llvm::StringRef text) {
  for (Cold cold : {Cold::Short, Cold::First, Cold::Zero})
    if (text == stringifyCold(cold))
      return cold;
  return std::nullopt;
}

/// What the functions for streams are compiled for.
struct StreamOptions {
  /// Most rows of a stream; with `attentionWindow`, of one call. At most kMaxStreamRows, like `attentionWindow`.
  int64_t maxRows = 0;
  /// By how many rows a stream can go back.
  int64_t rollback = 0;
  Cold cold = Cold::Short;
  /// Rows that a row attends to in all functions but `window`; without it all up to itself.
  std::optional<int64_t> attentionWindow;
};

} // namespace sst

#endif // SST_COMPILER_STREAMS_H
