//===- CheckTargets.cpp - what --target may say -----------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Variants.h"

#include "llvm/ADT/STLExtras.h"

using namespace sst;
using llvm::StringRef;

namespace {
/// What platforms are called that have no code, or by other names than ours.
struct Platform {
  llvm::StringLiteral part;
  llvm::StringLiteral remedy;
};
} // namespace

static constexpr llvm::StringLiteral kAndroid =
    "there is no code for Android yet: it would have to leave register x18 alone, and to be tested with Android's C "
    "library and loader";
static constexpr llvm::StringLiteral kDarwin =
    "there is no code for macOS and iOS yet: that needs objects in the format Mach-O, entry code that waits without "
    "Linux's futex, and to leave register x18 alone";
static constexpr llvm::StringLiteral kWindows =
    "there is no code for Windows yet: that needs objects in the format COFF, its calling convention and unwind "
    "tables, and entry code that waits without Linux's futex";

static constexpr Platform kPlatforms[] = {
    {"android", kAndroid},
    {"darwin", kDarwin},
    {"macos", kDarwin},
    {"apple", kDarwin},
    {"ios", kDarwin},
    {"windows", kWindows},
    {"mingw", kWindows},
    {"aarch64", "did you mean aarch64?"},
    {"arm64", "did you mean aarch64?"},
};

StringRef sst::getRemedyForTarget(StringRef name) {
  for (const Platform &platform : kPlatforms)
    if (name.contains_insensitive(platform.part))
      return platform.remedy;
  return "";
}

void sst::checkTargets(const CompileOptions &options, Report &report) {
  const Variant *first = nullptr;
  for (StringRef name : options.targets) {
    const Variant *variant = findVariant(name);
    if (first && variant->architecture != first->architecture)
      return report.addUsage("--target",
                             "expects CPUs of one architecture, but got " + first->name + " and " + variant->name,
                             "compile for each architecture on its own");
    first = variant;
  }
}
