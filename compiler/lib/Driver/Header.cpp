//===- Header.cpp - the C header of a compiled model ------------------------------------------------------------===//
//
// sst_abi.h as it is, then what is particular to the model: sizes as macros, prototypes, and how to call them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/Compile.h"
#include "sst/Compiler/Family.h"
#include "sst/Runtime/sst_abi.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::StringRef;

static const unsigned char abiText[] = {
#include "sst_abi.h.inc"
};

/// What a caller must know, with `@` for the model's name, `$` for the prefix of its macros, and in braces the options
/// that give its sizes.
static const char usageText[] = R"(
/*
 * One call:
 *
 *   float input[ROWS * $_{input}], output[$_{output}];
 *   size_t bytes;
 *   @_workspace_bytes(1, ROWS, 1, &bytes);        // $_WORKSPACE_BYTES for ROWS = $_{window}
 *   sst_call_t call = {0};
 *   call.size = sizeof call;
 *   call.abi_version = SST_ABI_VERSION;
 *   call.batch = 1;
 *   call.rows = ROWS;
 *   call.input = input;
 *   call.output = output;
 *   call.workspace = workspace;                        // aligned to SST_WORKSPACE_ALIGNMENT
 *   call.workspace_bytes = bytes;
 *   if (@_window(&call) != SST_STATUS_OK) ...
 *
 * Shapes, row-major and contiguous:
 *   input                 [batch][rows][$_{input}]
 *   output of window      [batch][$_{output}], the last row of each sequence
 *   output of sequence    [batch][rows][$_{output}], every row
 *   output of the others  [batch][$_{output}], the model's row after the last row of each stream
 *   `rows` may be any number from 1 on, not only $_{window}.
 * Streams, whose rows come piece by piece: bring $_STATE_BYTES bytes for each, aligned to SST_STATE_ALIGNMENT, and
 *
 *   @_state_init(state, $_STATE_BYTES);
 *   void *states[1] = {state};
 *   call.states = states;                                // and input, rows and the rest as above
 *   @_prefill(&call) ... @_step(&call) ...               // `call.rows` is 1 in a step
 *
 *
)";

/// What a stream is, without and with an attention window.
static const char streamText[] =
    R"( *   A stream has up to $_MAX_ROWS rows. The outputs have the bits of @_window over all rows so far
 *   (but where sst_info_t::cold puts rows in front of these).
)";
static const char endlessText[] =
    R"( *   A stream has no end; a call with states has up to $_MAX_ROWS rows. In all functions but @_window a row
 *   attends to the last $_ATTENTION_WINDOW rows only. Up to so many rows the outputs have the bits of @_window
 *   over all of them; beyond that they are another function's, and how far from it says sst-run --drift.
)";

static const char usageEndText[] =
    R"( * Errors: any status but SST_STATUS_OK means that nothing was written. sst_status_t says what is wrong.
 * Threads: calls with distinct output, workspace and states may run at the same time. The weights are shared and
 *   constant. One call runs on several threads if the caller brings them: set `threads`, ask @_workspace_bytes for
 *   as many, and set `parallel` to a function that runs tasks on them (see sst_call_t), for instance sst_pool_run of
 *   SST's runtime library with a pool as `parallel_context`.
 * Leaving a call: exceptions of the function in `parallel` and the cancellation of a thread pass through it. The
 *   workspace can be used again, a stream after @_state_reset or @_state_restore (see sst_call_t, which also
 *   speaks of signals, stacks and fork).
 * Ownership: the caller owns every buffer. No function allocates, locks or starts a thread; on one thread none makes a
 *   system call.
 * Numerics: the same input gives the same bits, whatever batch, number of threads and CPU variant, and however a
 *   stream is divided among calls.
)";

/// Who sees the symbols.
static const char linkSymbolsText[] =
    R"( * Symbols: those below are hidden. They are for the one program or library that the object is linked into, which
 *   does not export them, -rdynamic or not; any number of plug-ins in a process can have a model '@' of their own.
 *   To hand it to others, give them the address of @_artefact; to export it, compile it with --emit=shared.
 */
)";
static const char processSymbolsText[] =
    R"( * Symbols: the library exports those below, and @_artefact as sst_artefact too. What they lead to is this
 *   model and never another of the same name in the process; but if a program is linked with several libraries that
 *   export the same names, it gets the first one's. Load such models with sst_model_load, or dlopen and dlsym.
 */
)";

static const char prototypesText[] = R"(
#if SST_ABI_VERSION != %uu
#error "sst_abi.h of another version is included; compile all models with the same sst-compile"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Fills `info`, whose `size` and `abi_version` the caller sets first. */
sst_status_t @_info(sst_info_t *info);

/** Writes the size that a workspace must have for calls of up to these sizes, and as many threads, to `*bytes`. */
sst_status_t @_workspace_bytes(size_t batch, size_t rows, size_t threads, size_t *bytes);

/** Computes the last row of the model for each sequence. */
sst_status_t @_window(const sst_call_t *call);

/** Computes every row; of streams if there are states. `lengths` must be NULL. */
sst_status_t @_sequence(const sst_call_t *call);

/** Appends rows to streams and computes the model's row after the last of them. */
sst_status_t @_prefill(const sst_call_t *call);

/** The same for one row of each stream. */
sst_status_t @_step(const sst_call_t *call);

/** The exact window at the latency of a step: all rows but the last, when there is time, and then the last. See
 *  sst_artefact_t. */
sst_status_t @_ahead_prepare(const sst_call_t *call);
sst_status_t @_ahead_finish(const sst_call_t *call);

/** The memory of a stream; see the functions of sst_artefact_t. */
size_t @_state_bytes(void);
sst_status_t @_state_init(void *state, size_t bytes);
sst_status_t @_state_reset(void *state);
sst_status_t @_state_position(const void *state, size_t *rows);
sst_status_t @_state_snapshot(const void *state, void *snapshot, size_t bytes);
sst_status_t @_state_restore(void *state, const void *snapshot, size_t bytes);
sst_status_t @_state_fork(void *to, const void *from);
sst_status_t @_state_rollback(void *state, size_t rows);

/** The functions above as a table. */
extern const sst_artefact_t @_artefact;

#ifdef __cplusplus
} /* extern "C" */
#endif
)";

std::optional<uint64_t> sst::getWindowWorkspaceBytes(const ArtifactInfo &info) {
  // As lay_out in runtime/lib/entry/groups.h gives.
  const WorkspaceSize &size = info.workspace;
  OptionRoles roles = info.options.getFamily().getRoles();
  auto rows = static_cast<uint64_t>(info.options.getSize(roles.windowRows));
  auto channels = static_cast<uint64_t>(info.options.getSize(roles.inputSize));
  uint64_t filledBytes = info.model.stream.cold == Cold::Short ? 0 : rows * channels * sizeof(float);
  uint64_t total = 0;
  for (uint64_t bytes : {llvm::SaturatingMultiply(size.rowBytes, rows), size.sequenceBytes, size.fixedBytes,
                         size.threadBytes, filledBytes}) {
    if (bytes > uint64_t(INT64_MAX) - SST_WORKSPACE_ALIGNMENT)
      return std::nullopt;
    total = llvm::SaturatingAdd(total, llvm::alignTo(bytes, SST_WORKSPACE_ALIGNMENT));
  }
  if (total > uint64_t(INT64_MAX))
    return std::nullopt;
  return total;
}

/// What the model's macros begin with: its name in upper case, if it has no upper case letters. Other names keep
/// theirs, or what has no small ones would be like it; those that have no small ones get small ones. So no two models
/// share it.
static std::string getMacroPrefix(StringRef name) {
  if (llvm::none_of(name, llvm::isUpper))
    return name.upper();
  return llvm::any_of(name, llvm::isLower) ? name.str() : name.lower();
}

/// Fills in the model's name and the names of its sizes.
static std::string substitute(StringRef text, const ArtifactInfo &info) {
  OptionRoles roles = info.options.getFamily().getRoles();
  std::pair<StringRef, std::string> replacements[] = {{"@", info.model.name},
                                                      {"$", getMacroPrefix(info.model.name)},
                                                      {"{input}", roles.inputSize.upper()},
                                                      {"{output}", roles.outputSize.upper()},
                                                      {"{window}", roles.windowRows.upper()}};
  std::string result;
  while (!text.empty()) {
    auto *found = llvm::find_if(replacements, [&](const auto &entry) { return text.consume_front(entry.first); });
    if (found != std::end(replacements)) {
      result += found->second;
      continue;
    }
    result += text.front();
    text = text.drop_front();
  }
  return result;
}

/// The model's sizes as macros.
static void writeMacros(llvm::raw_ostream &stream, const ArtifactInfo &info) {
  std::string prefix = getMacroPrefix(info.model.name);
  auto define = [&](StringRef name, const llvm::Twine &value) {
    stream << "#define " << prefix << "_" << name << " " << value << "\n";
  };
  const Family &family = info.options.getFamily();
  stream << "\n/* The options of the model, named as those of family '" << family.getName() << "' are called. */\n";
  for (const OptionInfo &option : family.getOptions())
    if (option.kind == OptionKind::Size)
      define(option.name.upper(), info.options.getText(option.name));
    else if (option.kind == OptionKind::Choice)
      define(option.name.upper(), "\"" + info.options.getText(option.name) + "\"");
  define("WEIGHT_STORAGE", "\"" + stringifyStorage(info.model.weightStorage) + "\"");
  define("PARAMETERS", llvm::Twine(info.model.parameters) + "u");
  stream
      << "/* Streams: most rows (with an attention window, of one call), by how many they can go back, how many rows\n"
      << " * a row attends to (0: all before it), and the size of the state of one. */\n";
  define("MAX_ROWS", llvm::Twine(info.model.stream.maxRows));
  define("ROLLBACK", llvm::Twine(info.model.stream.rollback));
  define("ATTENTION_WINDOW", llvm::Twine(info.model.stream.attentionWindow.value_or(0)));
  define("STATE_BYTES", llvm::Twine(info.model.stateBytes) + "u");
  std::optional<uint64_t> workspace = getWindowWorkspaceBytes(info);
  if (workspace) {
    stream << "/* Workspace that " << info.model.name << "_window and " << info.model.name
           << "_sequence need for a batch "
           << "of 1 and " << prefix << "_" << family.getRoles().windowRows.upper() << " rows on one thread. */\n";
    define("WORKSPACE_BYTES", llvm::Twine(*workspace) + "u");
  }
}

std::string sst::makeHeader(const ArtifactInfo &info) {
  const std::string &name = info.model.name;
  std::string guard = "SST_MODEL_" + name + "_H";
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "/*\n * The model '" << name << "', compiled by sst-compile " << info.model.compilerVersion << ".\n"
         << " * CPU variants: " << llvm::join(info.variants, ", ") << ". Weights: " << info.model.weightsDigest << ".\n"
         << " *\n * Link it with the object or library that was written with it. No other file is needed.\n */\n"
         << "#ifndef " << guard << "\n#define " << guard << "\n\n";
  stream << StringRef(reinterpret_cast<const char *>(abiText), sizeof(abiText));
  writeMacros(stream, info);
  stream << substitute(usageText, info)
         << substitute(info.model.stream.attentionWindow ? endlessText : streamText, info)
         << substitute(usageEndText, info)
         << substitute(info.kind == stringifyEmitKind(EmitKind::Shared) ? processSymbolsText : linkSymbolsText, info);
  std::string prototypes = substitute(prototypesText, info);
  size_t version = prototypes.find("%u");
  stream << StringRef(prototypes).take_front(version) << SST_ABI_VERSION
         << StringRef(prototypes).drop_front(version + 2);
  stream << "\n#endif /* " << guard << " */\n";
  return text;
}
