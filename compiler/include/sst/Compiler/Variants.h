//===- Variants.h - the CPUs that SST generates code for ----------------------------------------------*- C++ -*-===//
//
// An architecture has one or more variants: levels of its instruction set, of which an artefact takes the best one that
// the machine can run. What differs between them is here and nowhere else: what LLVM is told, the sizes of register
// tiles, the number in the binary interface. All variants compute the same bits.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_VARIANTS_H
#define SST_COMPILER_VARIANTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace sst {

enum class Architecture { X86_64, AArch64 };

/// The one that artefacts are for if nobody says which.
inline constexpr Architecture kDefaultArchitecture = Architecture::X86_64;

/// Sizes of what kernels keep in registers.
struct Tiles {
  /// Row counts of the tiles of sst.dense, largest first, ending with 1.
  llvm::ArrayRef<int64_t> denseRows;
  /// The same for weights in bf16, whose conversion may need registers of its own.
  llvm::ArrayRef<int64_t> denseRowsBF16;
  /// Panels of 16 outputs in a tile of sst.dense; 1 or 2.
  int64_t densePanels;
  /// The same in a tile for a single row, more: enough sums to hide the latency of a multiply-add. A power of two.
  int64_t rowPanels;
  /// Up to how many rows tiles of sst.dense load the activations of several steps as one vector: for multiply-adds that
  /// take an element of one, where registers are left for that. 0: none do.
  int64_t vectorRows;
  /// Query rows of the tiles of sst.causal_attention, largest first, ending with 1; at most 12.
  llvm::ArrayRef<int64_t> queryRows;
};

/// An attribute of LLVM functions.
struct FunctionAttribute {
  llvm::StringLiteral name, value;
};

struct Variant {
  llvm::StringLiteral name;
  Architecture architecture;
  /// An sst_variant_t.
  uint32_t number;
  /// For LLVM: the CPU, and what else functions are told.
  llvm::StringLiteral cpu;
  llvm::ArrayRef<FunctionAttribute> attributes;
  Tiles tiles;
};

/// An attribute of LLVM functions whose instructions the machine scheduler leaves in their order. Otherwise it would
/// put independent chains one behind the other, to need fewer registers, and each multiply-add would wait for the one
/// before.
inline constexpr llvm::StringLiteral kKeepOrderAttribute = "sst-keep-order";

/// All variants, those of an architecture next to each other, best first.
llvm::ArrayRef<Variant> getVariants();
/// The variant of a name; null if there is none.
const Variant *findVariant(llvm::StringRef name);
/// The names of getVariants().
llvm::ArrayRef<llvm::StringRef> getVariantNames();

} // namespace sst

#endif // SST_COMPILER_VARIANTS_H
