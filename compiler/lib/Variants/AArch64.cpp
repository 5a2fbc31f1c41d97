//===- AArch64.cpp - the variants of AArch64 ---------------------------------------------------------------------===//
//
// One: ARMv8.0-A, whose NEON has fused multiply-add. Of 32 registers of 128 bits a tile of 6 rows and a panel keeps 24
// sums. With four rows there is room for activations of four steps beside them, or for weights in bf16 on their way to
// f32, for which a tile of 6 rows has none: it would touch the stack.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Architectures.h"

#include "sst/Runtime/sst_abi.h"

using namespace sst;

static constexpr int64_t kDenseRows[] = {6, 4, 2, 1}, kDenseRowsBF16[] = {4, 2, 1}, kQueryRows[] = {6, 2, 1};

static constexpr Variant kVariants[] = {
    {"aarch64",
     Architecture::AArch64,
     SST_VARIANT_AARCH64,
     "generic",
     {},
     {kDenseRows, kDenseRowsBF16, 1, 2, 4, kQueryRows}},
};

llvm::ArrayRef<Variant> sst::getAArch64Variants() { return kVariants; }
