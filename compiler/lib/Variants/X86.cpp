//===- X86.cpp - the variants of x86-64 -------------------------------------------------------------------------===//
//
// Tiles have as many accumulators as the register file holds next to the operands: 12 of 16 (256-bit), 24 of 32
// (512-bit). The smaller ones are for what is left.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Architectures.h"

#include "sst/Runtime/sst_abi.h"

using namespace sst;

static constexpr int64_t kDenseRowsV3[] = {6, 4, 2, 1}, kQueryRowsV3[] = {6, 2, 1};
static constexpr int64_t kDenseRowsV4[] = {12, 8, 6, 4, 2, 1}, kQueryRowsV4[] = {12, 4, 1};
static constexpr FunctionAttribute kAttributesV3[] = {{"prefer-vector-width", "256"},
                                                      {"min-legal-vector-width", "256"}};
static constexpr FunctionAttribute kAttributesV4[] = {{"prefer-vector-width", "512"},
                                                      {"min-legal-vector-width", "512"}};

static constexpr Variant kVariants[] = {
    {"x86-64-v4",
     Architecture::X86_64,
     SST_VARIANT_X86_64_V4,
     "x86-64-v4",
     kAttributesV4,
     {kDenseRowsV4, kDenseRowsV4, 2, 4, 0, kQueryRowsV4}},
    {"x86-64-v3",
     Architecture::X86_64,
     SST_VARIANT_X86_64_V3,
     "x86-64-v3",
     kAttributesV3,
     {kDenseRowsV3, kDenseRowsV3, 1, 4, 0, kQueryRowsV3}},
};

llvm::ArrayRef<Variant> sst::getX86Variants() { return kVariants; }
