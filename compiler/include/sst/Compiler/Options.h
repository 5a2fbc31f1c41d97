//===- Options.h - the options of a model -------------------------------------------------------------*- C++ -*-===//
//
// The ten options of an Edifice SSTransformer and the flavour of its layer norm: their names, defaults and limits, and
// how the values of flags, a JSON file, metadata and the weights' shapes are merged. What is not here: options of the
// compiler itself (targets, outputs).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_OPTIONS_H
#define SST_COMPILER_OPTIONS_H

#include "sst/Compiler/Report.h"
#include "sst/Dialect/SSTDialect.h"
#include "sst/Dialect/StateLayout.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sst {

/// The options of a model under Edifice's names, with Edifice's defaults. Only `embedDim` has none.
struct ModelOptions {
  int64_t embedDim = 0;
  int64_t hiddenSize = 256;
  int64_t stateSize = 16;
  int64_t numLayers = 6;
  int64_t numHeads = 4;
  int64_t headDim = 64;
  int64_t expandFactor = 2;
  int64_t convSize = 4;
  /// Identity at inference; kept for the record.
  double dropout = 0.1;
  /// Rows that the model was trained on; any number of rows can be run.
  int64_t windowSize = 60;
  LayerNormFlavor layerNorm = LayerNormFlavor::Axon081;

  /// Channels inside the state-space path.
  int64_t getInnerSize() const { return hiddenSize * expandFactor; }
  /// Channels of queries, keys and values.
  int64_t getAttentionSize() const { return numHeads * headDim; }
  /// Whether the input goes through `input_projection` first.
  bool hasInputProjection() const { return embedDim != hiddenSize; }

  bool operator==(const ModelOptions &other) const;
  bool operator!=(const ModelOptions &other) const { return !(*this == other); }
};

/// What `window` does with fewer rows than window_size; as sst_cold_t.
enum class Cold { Short, First, Zero };

/// What the functions for streams are compiled for.
struct StreamOptions {
  /// Most rows of a stream; with `attentionWindow`, of one call.
  int64_t maxRows = 0;
  /// By how many rows a stream can go back.
  int64_t rollback = 0;
  Cold cold = Cold::Short;
  /// Rows that a row attends to in all functions but `window`; without it all up to itself.
  std::optional<int64_t> attentionWindow;
};

/// `short`, `first` or `zero`.
llvm::StringRef stringifyCold(Cold cold);
std::optional<Cold> parseCold(llvm::StringRef text);

/// Identifies an option.
enum class Option {
  EmbedDim,
  HiddenSize,
  StateSize,
  NumLayers,
  NumHeads,
  HeadDim,
  ExpandFactor,
  ConvSize,
  Dropout,
  WindowSize,
  LayerNorm,
};
constexpr unsigned optionCount = 11;

/// What is known about an option; for parsers of flags, `--help` and messages.
struct OptionInfo {
  Option option;
  /// As in JSON, metadata and Edifice: `embed_dim`.
  llvm::StringLiteral name;
  /// Without dashes in front: `embed-dim`.
  llvm::StringLiteral flag;
  /// For `--help`: `channels of the input`.
  llvm::StringLiteral description;
  /// For `--help`: `256`; empty if there is none.
  llvm::StringLiteral defaultText;
  /// Largest accepted value of an integer option; the smallest is 1. 0 for dropout and layer norm.
  int64_t limit;
};

/// All options in the order of `Option`.
llvm::ArrayRef<OptionInfo> getOptionInfos();
const OptionInfo &getOptionInfo(Option option);

/// The flavour as a flag spells it: `axon-0.8.1`.
llvm::StringRef stringifyLayerNorm(LayerNormFlavor flavor);
std::optional<LayerNormFlavor> parseLayerNorm(llvm::StringRef text);
/// The flavour of a version of Axon: `0.8.0`, `v0.8.1`, `0.8.0-dev`, `== 0.8.1`. Empty for what is no single version
/// (`0.8`, `~> 0.8.0`) and for versions whose layer norm is not known: before 0.8.0-dev, 0.8.1-dev, from 0.9 on.
std::optional<LayerNormFlavor> parseAxonVersion(llvm::StringRef text);

/// The value of an option as text, as a flag would give it.
std::string getOptionText(const ModelOptions &options, Option option);
/// The value of an integer option (not dropout, not layer norm).
int64_t getInteger(const ModelOptions &options, Option option);
void setInteger(ModelOptions &options, Option option, int64_t value);

/// Where values of options come from. Later ones of this order lose: flags, JSON, metadata.
struct OptionSources {
  /// Texts of the flags that were given, by option name (`embed_dim`). Other keys are ignored.
  std::map<std::string, std::string> flags;
  /// Path of a JSON file with an object of options; empty for none.
  std::string jsonFile;
  /// Metadata of the weights file, as strings; keys that are no options are ignored.
  std::map<std::string, std::string> metadata;
  /// Path of the weights file, for messages.
  std::string metadataFile;
};

/// A valid value that somebody stated for an option.
struct StatedOption {
  /// The value of an integer option.
  int64_t integer = 0;
  double number = 0;
  LayerNormFlavor flavor = LayerNormFlavor::Axon081;
  /// Where, for messages: `--hidden-size=256`, `hidden_size = 256 in options.json:3:7`, `hidden_size = 256 in the
  /// metadata`.
  std::string source;
};

/// The stated options after precedence, by `Option`; the others are empty.
class StatedOptions {
public:
  const std::optional<StatedOption> &operator[](Option option) const { return values[static_cast<unsigned>(option)]; }
  std::optional<StatedOption> &operator[](Option option) { return values[static_cast<unsigned>(option)]; }
  /// Whether somebody stated the option, be it with an invalid value (which is in the report then).
  bool isMentioned(Option option) const { return mentioned[static_cast<unsigned>(option)]; }
  void setMentioned(Option option) { mentioned[static_cast<unsigned>(option)] = true; }

private:
  std::array<std::optional<StatedOption>, optionCount> values;
  std::array<bool, optionCount> mentioned = {};
};

/// Reads all sources. Every value of every source is checked, also one that loses; what is wrong goes to `report`.
StatedOptions readOptionSources(const OptionSources &sources, Report &report);

/// Writes every stated option over `options`.
void applyStatedOptions(const StatedOptions &stated, ModelOptions &options);

/// Stated options over defaults, for a model without a weights file; `embed_dim` must be stated. The result is
/// meaningful only if nothing was added to the report.
ModelOptions mergeOptions(const StatedOptions &stated, Report &report);

/// A model has at most this many weights in all, so that sizes and offsets stay far from any overflow.
constexpr int64_t maxModelElements = int64_t(1) << 31;

/// Reports options whose sizes are each fine but give a model beyond `maxModelElements`. `file` is for the message.
void checkModelSize(const ModelOptions &options, llvm::StringRef file, bool usage, Report &report);

} // namespace sst

#endif // SST_COMPILER_OPTIONS_H
