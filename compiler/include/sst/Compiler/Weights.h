//===- Weights.h - a model: options and weights -------------------------------------------------------*- C++ -*-===//
//
// Weights of a model in memory, read from a safetensors file or made up. What is not here: IR
// (Import.h) and packed layouts, which passes produce.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_WEIGHTS_H
#define SST_COMPILER_WEIGHTS_H

#include "sst/Compiler/Options.h"
#include "sst/Compiler/Report.h"
#include "sst/Compiler/Streams.h"
#include "sst/Dialect/SSTDialect.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct sst_safetensors;

namespace sst {

/// A shape as messages show it: `[32, 64]`.
std::string formatSizes(llvm::ArrayRef<int64_t> shape);

/// What a weight is to the model: --weight-storage is about projections.
enum class WeightRole { Projection, Other };

/// How --random-weights makes up values.
struct RandomScale {
  enum Kind {
    /// In [-range, range).
    Uniform,
    /// Magnitudes in [0.5, 1.5), one in four negative, as a trained gamma may be. Has no range.
    Signed,
    /// A matrix whose columns move together: to each row's uniform values a common one is added, so that the mean of
    /// the columns varies as much as a single one.
    Together,
  };
  Kind kind = Uniform;
  float range = 0;
};

/// What a family says about a weight.
struct WeightInfo {
  /// In the module, and in a file behind the prefix of all names.
  std::string name;
  /// As the IR has it.
  llvm::SmallVector<int64_t, 2> shape;
  /// As a file has it: the same elements, with dimensions of size 1 besides.
  llvm::SmallVector<int64_t, 3> fileShape;
  WeightRole role = WeightRole::Other;
  RandomScale random;

  /// A weight that a file has as it is.
  WeightInfo(const llvm::Twine &name, llvm::ArrayRef<int64_t> shape, WeightRole role, RandomScale random)
      : WeightInfo(name, shape, shape, role, random) {}
  WeightInfo(const llvm::Twine &name, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> fileShape, WeightRole role,
             RandomScale random)
      : name(name.str()), shape(shape), fileShape(fileShape), role(role), random(random) {}
};

/// The weights that a model has, in canonical order.
class WeightTable {
public:
  /// Those of a model of these options.
  explicit WeightTable(const OptionValues &options);

  void add(WeightInfo weight);
  llvm::ArrayRef<WeightInfo> getWeights() const { return weights; }
  /// The weight of this name; nullptr if there is none.
  const WeightInfo *find(llvm::StringRef name) const;
  /// How many elements all weights have together; UINT64_MAX if that does not fit.
  uint64_t countElements() const;

private:
  std::vector<WeightInfo> weights;
  llvm::StringMap<size_t> indices;
};

/// A weight with its values, row by row.
struct Weight {
  std::string name;
  llvm::SmallVector<int64_t, 2> shape;
  std::vector<float> values;
};

/// Everything that is known about a model.
struct Model {
  /// Prefix of the artefact's functions; an identifier of C.
  std::string name;
  OptionValues options;
  StreamOptions stream;
  /// How the artefact stores the weights of projections; with BF16 they are rounded to that.
  Storage weightStorage = Storage::F32;
  /// In canonical order.
  std::vector<Weight> weights;
  /// SHA-256 over names, shapes and values before rounding, 64 lower-case hexadecimal digits.
  std::string weightsDigest;
  /// What stood before the names of all weights in the file, and was left out; often nothing.
  std::string tensorPrefix;
  /// The files that the weights came from: one, or an index and its shards; none for random weights.
  std::vector<std::string> files;
};

/// What the names of tensors in a file are like besides those of the weights.
struct TensorNames {
  /// --tensor-prefix: what stands before the names of all weights. Without it, whatever does.
  std::optional<std::string> prefix;
  /// --ignore: patterns with `*`, `?` and `[...]` of names that do not matter. No weight may match.
  std::vector<std::string> ignored;
};

/// The model's weights out of a safetensors file that is already open; `path` is for messages. Options that are not
/// stated come from the shapes where these leave no doubt, then from the defaults unless they must be stated.
/// Everything wrong goes to `report`; the result then is empty. `name` and `files` of the result are empty.
std::optional<Model> readWeights(const ::sst_safetensors &file, llvm::StringRef path, const StatedOptions &stated,
                                 const TensorNames &names, Report &report);

/// Weights of an untrained model that depend on nothing but the options and the seed: the same on every machine.
std::vector<Weight> makeRandomWeights(const OptionValues &options, uint64_t seed);

/// Rounds the weights of all projections to bf16: to nearest, ties to even. Everything else stays as it is. Finite
/// values that bf16 cannot hold are reported.
void roundWeights(const OptionValues &options, std::vector<Weight> &weights, llvm::StringRef file, Report &report);

/// See Model::weightsDigest.
std::string computeWeightsDigest(llvm::ArrayRef<Weight> weights);

} // namespace sst

#endif // SST_COMPILER_WEIGHTS_H
