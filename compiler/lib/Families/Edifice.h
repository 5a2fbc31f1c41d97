//===- Edifice.h - options of an Edifice SSTransformer ------------------------------------------------*- C++ -*-===//
//
// Private to the family.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_FAMILIES_EDIFICE_H
#define SST_COMPILER_LIB_FAMILIES_EDIFICE_H

#include "sst/Compiler/Family.h"

namespace sst::edifice {

inline constexpr llvm::StringLiteral kEmbedDim = "embed_dim", kHiddenSize = "hidden_size", kStateSize = "state_size",
                                     kNumLayers = "num_layers", kNumHeads = "num_heads", kHeadDim = "head_dim",
                                     kExpandFactor = "expand_factor", kConvSize = "conv_size", kDropout = "dropout",
                                     kWindowSize = "window_size", kLayerNorm = "layer_norm";
/// Choices of kLayerNorm: the layer norm of Axon before 0.8.1, and since.
inline constexpr llvm::StringLiteral kAxon080 = "axon-0.8.0", kAxon081 = "axon-0.8.1";

llvm::ArrayRef<OptionInfo> getOptionInfos();
const OptionKeys &getOptionKeys();

} // namespace sst::edifice

#endif // SST_COMPILER_LIB_FAMILIES_EDIFICE_H
