//===- Family.h - a family of models ------------------------------------------------------------------*- C++ -*-===//
//
// Everything that front end, driver and tools need to know about models of a kind: their options, the names and shapes
// of their weights, how sizes show in shapes, and what their functions compute. A family derives from Family in a file
// of its own below lib/Families; nothing else names its options. The front end knows families only through the table
// that a program hands to it.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_FAMILY_H
#define SST_COMPILER_FAMILY_H

#include "sst/Compiler/Options.h"
#include "sst/Runtime/sst_abi.h"

#include "mlir/IR/Value.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <utility>

namespace sst {

class ModelBuilder;
class SizeResolver;
class WeightTable;

/// The options, by name, that every family has under some name.
struct OptionRoles {
  /// Channels of a row of the input and of the output.
  llvm::StringLiteral inputSize, outputSize;
  llvm::StringLiteral layerCount;
  /// Rows of a window in training.
  llvm::StringLiteral windowRows;
};

/// A key of a JSON file or of metadata that is no option but says which choice an option has: the version of a library.
struct ImpliedOption {
  llvm::StringLiteral key;
  llvm::StringLiteral option;
  /// The choice that a value means; empty if it means none.
  std::optional<llvm::StringLiteral> (*parse)(llvm::StringRef text);
  /// For messages about a value that means none: what is expected, and what to do.
  llvm::StringLiteral expected, remedy;
  /// What to do about a value that is no string.
  llvm::StringLiteral stringRemedy;
};

/// What sources of options may hold, and what messages say about them.
struct OptionKeys {
  /// Nothing if there is none.
  std::optional<ImpliedOption> implied;
  /// Keys that a JSON file may have besides the options; so may it whatever ends in `_version`.
  llvm::ArrayRef<llvm::StringLiteral> ignored;
  /// An example of a JSON file.
  llvm::StringLiteral example;
};

/// How the weights are named in a file and in a module: those of layers `<before><layer><after><rest>`, with layers
/// numbered from `firstLayer` on, the others as `ends` lists them.
struct WeightNames {
  llvm::StringLiteral before, after;
  int64_t firstLayer;
  /// All weights outside of layers that a model may have.
  llvm::ArrayRef<llvm::StringLiteral> ends;
  /// What the names of weights behind the last layer start with: a file that has them and the first layer's has a whole
  /// model.
  llvm::StringLiteral behindLayers;
  /// For messages: a weight of the first layer, and what files with such weights hold.
  llvm::StringLiteral example, description;
  /// The input that a file with test tensors holds.
  llvm::StringLiteral input;
};

/// A tensor in whose shape a size shows.
struct SizeClue {
  /// Of a layer's weight what follows `<before><layer><after>`.
  llvm::StringLiteral weight;
  unsigned rank;
  unsigned dimension;
  bool ofLayer = true;
};

/// A size that shows in shapes: an option, or a product of several. Of these the rules above determine all but one, or
/// all of them must be stated.
struct SizeRule {
  llvm::ArrayRef<llvm::StringLiteral> options;
  /// What it counts, for messages: `inner channels`; of an option alone nothing.
  llvm::StringLiteral what;
  llvm::ArrayRef<SizeClue> clues;
};

/// A family. Stateless; lives as long as the program.
class Family {
public:
  /// As --family and `sst.family` have it.
  virtual llvm::StringRef getName() const = 0;
  /// In the order of `--help` and of messages.
  virtual llvm::ArrayRef<OptionInfo> getOptions() const = 0;
  virtual OptionRoles getRoles() const = 0;
  virtual const OptionKeys &getKeys() const = 0;
  virtual const WeightNames &getNames() const = 0;
  /// Whether a layer may have a weight of this name (without what stands before those of a layer).
  virtual bool isLayerWeight(llvm::StringRef rest) const = 0;
  /// Tensors that training leaves beside the weights are passed over. How many layers there are at least if there is
  /// this one; empty if it is none of these.
  virtual std::optional<int64_t> getLeastLayers(llvm::StringRef tensor) const = 0;
  /// In the order in which sizes are looked for.
  virtual llvm::ArrayRef<SizeRule> getSizeRules() const = 0;
  /// Finds and checks the options that no rule is for, after the others.
  virtual void resolveOthers(SizeResolver &resolver) const = 0;
  /// All weights of a model in canonical order: of the digest, of the module.
  virtual void listWeights(const OptionValues &options, WeightTable &weights) const = 0;
  /// Builds the body of a function: from rows of the input to rows of the output, all of them.
  virtual mlir::Value build(ModelBuilder &builder, mlir::Value rows) const = 0;
  /// Fills the options' fields of what an artefact says about itself. Texts live as long as the program.
  virtual void describe(const OptionValues &options, ::sst_info_t &info) const = 0;

protected:
  ~Family() = default;
};

/// The families that a program knows; not empty. The first one is that of modules that name none, and of random weights
/// unless --family says another.
using FamilyTable = llvm::ArrayRef<const Family *>;

/// The option of this name; nullptr if there is none.
const OptionInfo *findOption(const Family &family, llvm::StringRef name);
/// The same of an option that there must be.
const OptionInfo &getOption(const Family &family, llvm::StringRef name);
/// The options of all families, each name once.
llvm::SmallVector<const OptionInfo *> getAllOptions(FamilyTable families);
/// The family of this name; nullptr if there is none.
const Family *findFamily(FamilyTable families, llvm::StringRef name);

/// What stands before the names of the weights of a layer.
std::string getLayerPrefix(const Family &family, int64_t layer);
/// The layer and the rest of a name of a layer's weight; empty if the name is no such name. A number has no leading
/// zeros.
std::optional<std::pair<int64_t, llvm::StringRef>> splitLayerName(const Family &family, llvm::StringRef name);
/// Whether a model can have a weight of this name.
bool isWeightName(const Family &family, llvm::StringRef name);
/// The length of what stands before the name of a weight; empty if `name` does not end in one.
std::optional<size_t> findWeightPrefix(const Family &family, llvm::StringRef name);

} // namespace sst

#endif // SST_COMPILER_FAMILY_H
