//===- SizeResolver.h - options of a model out of its weights' shapes ---------------------------------*- C++ -*-===//
//
// What a weights file says about the options by the names and shapes of its tensors, and whether that agrees with what
// was stated. Families use it for the sizes that no rule (Family.h) can tell.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_SIZERESOLVER_H
#define SST_COMPILER_SIZERESOLVER_H

#include "sst/Compiler/Family.h"
#include "sst/Compiler/Report.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <optional>
#include <string>

namespace sst {

class TensorTable;

/// The options of a model in a file.
struct ResolvedOptions {
  /// The model's options; to be used only if nothing was reported.
  OptionValues options;
  /// Options that fit most tensors of the file: what every single tensor is checked against, so that a wrong option is
  /// reported once and not with every tensor. Of a product that only shows as such, the last option has all of it.
  OptionValues fileOptions;
  /// Weights that are already reported.
  llvm::StringSet<> reported;
};

/// What the tensors say about a size.
struct SizeFinding {
  int64_t size;
  /// A tensor that shows it, as the file calls it.
  std::string tensor;
  llvm::SmallVector<int64_t, 3> shape;
  unsigned dimension;
};

/// Compares a file with what was stated, option by option.
class SizeResolver {
public:
  SizeResolver(const TensorTable &table, llvm::StringRef path, const StatedOptions &stated, Report &report);

  /// Empty if the file holds no such model at all; that is in the report then.
  std::optional<ResolvedOptions> run();

  // For families. Names of weights are those of the model, without a prefix.

  /// The shape of a weight in the file; empty if the file has none.
  std::optional<llvm::SmallVector<int64_t, 3>> getShape(llvm::StringRef weight) const;
  /// What was stated; nullptr if nothing was.
  const StatedOption *getStated(llvm::StringRef option) const { return stated.find(option); }
  OptionValues &getOptions() { return result.options; }
  OptionValues &getFileOptions() { return result.fileOptions; }
  /// Takes a size from the dimension of a weight that the file has, and compares it with what was stated.
  void resolveSize(llvm::StringRef option, llvm::StringRef weight, unsigned dimension);
  /// Reports an option, with what stated it, or a tensor.
  void rejectOption(llvm::StringRef option, const llvm::Twine &what, const llvm::Twine &remedy);
  void rejectTensor(llvm::StringRef weight, const llvm::Twine &what, const llvm::Twine &remedy);
  /// A weight is not to be reported again.
  void setReported(llvm::StringRef weight) { result.reported.insert(weight); }
  /// "tensor 'backbone.final_norm.gamma'".
  std::string describeTensor(llvm::StringRef weight) const;

private:
  void requireStated();
  bool resolveLayers();
  void resolveRule(const SizeRule &rule);
  void resolveSize(llvm::StringRef option, const std::optional<SizeFinding> &finding);
  void resolveFactor(const SizeRule &rule, llvm::StringRef option, const std::optional<SizeFinding> &finding);
  void resolveProduct(const SizeRule &rule, const std::optional<SizeFinding> &finding);
  void requireFactors(const SizeRule &rule, const std::optional<SizeFinding> &finding);
  void contradict(const llvm::Twine &option, const SizeFinding &finding, int64_t expected, const llvm::Twine &remedy);
  /// "option 'num_layers' (num_layers = 6 in the metadata)".
  std::string describeOption(llvm::StringRef option) const;
  /// The stated value, else the default.
  int64_t getStatedSize(llvm::StringRef option) const;

  const TensorTable &table;
  const Family &family;
  std::string path;
  const StatedOptions &stated;
  Report &report;
  ResolvedOptions result;
  /// Options that rules were for already.
  llvm::StringSet<> resolved;
};

} // namespace sst

#endif // SST_COMPILER_SIZERESOLVER_H
