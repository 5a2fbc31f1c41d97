//===- Options.h - the options of a model -------------------------------------------------------------*- C++ -*-===//
//
// What an option of a family of models is, the values of all options of a model, and how the values of flags, a JSON
// file, metadata and the weights' shapes are merged. What is not here: which options a family has (Family.h), and
// options of the compiler itself (targets, outputs).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_OPTIONS_H
#define SST_COMPILER_OPTIONS_H

#include "sst/Compiler/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sst {

class Family;

enum class OptionKind {
  /// An integer from 1 on.
  Size,
  /// A number in [0, limit).
  Number,
  /// One of several words.
  Choice,
};

/// What is known about an option; for readers of sources, parsers of flags, `--help` and messages.
struct OptionInfo {
  /// As in JSON and metadata: `hidden_size`.
  llvm::StringLiteral name;
  /// Without dashes in front: `hidden-size`.
  llvm::StringLiteral flag;
  OptionKind kind;
  /// For `--help`: `channels of the model`.
  llvm::StringLiteral description;
  /// As a flag would give it; empty if there is none, so that a model without a weights file must state it.
  llvm::StringLiteral defaultText;
  /// Of a size the largest that is accepted, of a number the first that is too large.
  int64_t limit = 0;
  /// Of a choice.
  llvm::ArrayRef<llvm::StringLiteral> choices = {};
  /// No shape shows it, and a wrong guess would give wrong numbers without any error: with a weights file the default
  /// does not count.
  bool mustBeStated = false;
  /// What to do about an impossible value; empty for "state the <name> that the model was trained with".
  llvm::StringLiteral remedy = "";
  /// What to do if nobody stated it; empty for "give --<flag>=N, or ...".
  llvm::StringLiteral howToState = "";
};

/// The value of an option.
struct OptionValue {
  /// A size, or which of the choices.
  int64_t integer = 0;
  double number = 0;

  bool operator==(const OptionValue &other) const { return integer == other.integer && number == other.number; }
  bool operator!=(const OptionValue &other) const { return !(*this == other); }
};

/// The value that `text` is; empty if the option cannot have it.
std::optional<OptionValue> parseOption(const OptionInfo &info, llvm::StringRef text);
/// The value as text that `parseOption` reads back: `256`, `0.1`, `axon-0.8.1`.
std::string stringifyOption(const OptionInfo &info, OptionValue value);
/// What values there are: `an integer from 1 to 4096`.
std::string describeValues(const OptionInfo &info);
/// Whether an option can have the value.
bool isValid(const OptionInfo &info, OptionValue value);

/// The values of all options of a model. Names must be those of options of its family, of the right kind.
class OptionValues {
public:
  /// Of no family; good for nothing but being replaced.
  OptionValues() = default;
  /// The defaults; 0 where there is none.
  explicit OptionValues(const Family &family);

  const Family &getFamily() const;
  int64_t getSize(llvm::StringRef name) const;
  double getNumber(llvm::StringRef name) const;
  /// The word, which ends in a NUL and lives as long as the program.
  llvm::StringRef getChoice(llvm::StringRef name) const;
  OptionValue get(llvm::StringRef name) const;
  std::string getText(llvm::StringRef name) const;

  void setSize(llvm::StringRef name, int64_t size);
  void setNumber(llvm::StringRef name, double number);
  void setChoice(llvm::StringRef name, llvm::StringRef word);
  void set(llvm::StringRef name, OptionValue value);

  bool operator==(const OptionValues &other) const { return family == other.family && values == other.values; }
  bool operator!=(const OptionValues &other) const { return !(*this == other); }

private:
  size_t getIndex(llvm::StringRef name) const;
  size_t getIndex(llvm::StringRef name, OptionKind kind) const;

  const Family *family = nullptr;
  /// In the order of the family's options.
  std::vector<OptionValue> values;
};

/// Where values of options come from. Later ones of this order lose: flags, JSON, metadata.
struct OptionSources {
  /// Texts of the flags that were given, by option name (`hidden_size`). Other keys are ignored.
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
  OptionValue value;
  /// Where, for messages: `--hidden-size=256`, `hidden_size = 256 in options.json:3:7`, `hidden_size = 256 in the
  /// metadata`.
  std::string source;
};

/// The stated options after precedence.
class StatedOptions {
public:
  explicit StatedOptions(const Family &family) : family(&family) {}

  const Family &getFamily() const { return *family; }
  /// What was stated for the option of this name; nullptr if nothing that is valid.
  const StatedOption *find(llvm::StringRef name) const;
  /// Whether somebody stated the option, be it with an invalid value (which is in the report then).
  bool isMentioned(llvm::StringRef name) const { return options.count(name) != 0; }

  /// Somebody may have stated the option, nobody knows what.
  void mention(llvm::StringRef name) { options.try_emplace(name.str()); }
  /// Somebody stated the option, but what is not valid, or not yet known to be.
  void invalidate(llvm::StringRef name) { options[name.str()].reset(); }
  void state(llvm::StringRef name, StatedOption option) { options[name.str()] = std::move(option); }

private:
  const Family *family;
  std::map<std::string, std::optional<StatedOption>, std::less<>> options;
};

/// Reads all sources. Every value of every source is checked, also one that loses; what is wrong goes to `report`.
StatedOptions readOptionSources(const Family &family, const OptionSources &sources, Report &report);

/// Writes every stated option over `options`.
void applyStatedOptions(const StatedOptions &stated, OptionValues &options);

/// Stated options over defaults, for a model without a weights file; what has no default must be stated. The result is
/// meaningful only if nothing was added to the report.
OptionValues mergeOptions(const StatedOptions &stated, Report &report);

/// A model has at most this many weights in all, so that sizes and offsets stay far from any overflow.
constexpr int64_t maxModelElements = int64_t(1) << 31;

/// Reports options whose sizes are each fine but give a model beyond `maxModelElements`. `file` is for the message.
void checkModelSize(const OptionValues &options, llvm::StringRef file, bool usage, Report &report);

} // namespace sst

#endif // SST_COMPILER_OPTIONS_H
