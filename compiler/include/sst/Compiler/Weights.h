//===- Weights.h - a model: options and weights -------------------------------------------------------*- C++ -*-===//
//
// Weights of a model in memory, read from a safetensors file with Edifice's names or made up. What is not here: IR
// (Import.h) and packed layouts, which passes produce.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_WEIGHTS_H
#define SST_COMPILER_WEIGHTS_H

#include "sst/Compiler/Options.h"
#include "sst/Compiler/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct sst_safetensors;

namespace sst {

/// A shape as messages show it: `[32, 64]`.
std::string formatSizes(llvm::ArrayRef<int64_t> shape);

/// Name and shape of a weight.
struct WeightShape {
  /// `<Axon layer>.<parameter>`, e.g. `sst_block_1_attn_q.kernel`.
  std::string name;
  /// As the IR has it.
  llvm::SmallVector<int64_t, 2> shape;
  /// As a file has it: the convolution's kernel is `taps x 1 x channels` there, `taps x channels` in the IR.
  llvm::SmallVector<int64_t, 3> fileShape;
};

/// All weights of a model in canonical order: input_projection, the blocks from 1 on, final_norm.
std::vector<WeightShape> getModelWeightShapes(const ModelOptions &options);

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
  ModelOptions options;
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
/// stated come from the shapes where these leave no doubt, then from the defaults; `num_heads`, `head_dim` and
/// `layer_norm` must be stated. Everything wrong goes to `report`; the result then is empty. `name` and `files` of the
/// result are empty.
std::optional<Model> readWeights(const ::sst_safetensors &file, llvm::StringRef path, const StatedOptions &stated,
                                 const TensorNames &names, Report &report);

/// Weights of an untrained model that depend on nothing but the options and the seed: the same on every machine. Their
/// scale keeps activations near 1 at any depth and makes every gate move.
std::vector<Weight> makeRandomWeights(const ModelOptions &options, uint64_t seed);

/// Rounds the weights of all projections (what a file has as `<layer>.kernel` of two dimensions) to bf16: to nearest,
/// ties to even. Everything else stays as it is. Finite values that bf16 cannot hold are reported.
void roundWeights(const ModelOptions &options, std::vector<Weight> &weights, llvm::StringRef file, Report &report);

/// See Model::weightsDigest.
std::string computeWeightsDigest(llvm::ArrayRef<Weight> weights);

} // namespace sst

#endif // SST_COMPILER_WEIGHTS_H
