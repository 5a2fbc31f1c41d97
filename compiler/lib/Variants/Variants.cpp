//===- Variants.cpp - all variants of all architectures ---------------------------------------------------------===//

#include "Architectures.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace sst;

llvm::ArrayRef<Variant> sst::getVariants() {
  static const llvm::SmallVector<Variant> variants = [] {
    llvm::SmallVector<Variant> all;
    for (llvm::ArrayRef<Variant> some : {getX86Variants(), getAArch64Variants()})
      all.append(some.begin(), some.end());
    return all;
  }();
  return variants;
}

const Variant *sst::findVariant(llvm::StringRef name) {
  const Variant *found = llvm::find_if(getVariants(), [&](const Variant &variant) { return variant.name == name; });
  return found == getVariants().end() ? nullptr : found;
}

llvm::ArrayRef<llvm::StringRef> sst::getVariantNames() {
  static const auto names =
      llvm::map_to_vector(getVariants(), [](const Variant &variant) -> llvm::StringRef { return variant.name; });
  return names;
}
