//===- Architectures.h - the variants of each architecture --------------------------------------------*- C++ -*-===//
//
// Private to this library; getVariants() has them all.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_VARIANTS_ARCHITECTURES_H
#define SST_COMPILER_LIB_CPU_VARIANTS_ARCHITECTURES_H

#include "sst/Compiler/Variants.h"

namespace sst {

llvm::ArrayRef<Variant> getX86Variants();
llvm::ArrayRef<Variant> getAArch64Variants();

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_VARIANTS_ARCHITECTURES_H
