//===- ModelName.cpp - names of models --------------------------------------------------------------------------===//
//
// A name is the prefix of C functions (`policy_window`) and, in upper case, of macros. It never stands alone, so that a
// keyword is as good as any.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

static constexpr size_t maxNameLength = 64;

/// Whether the functions and macros of a model of this name could be those of SST itself.
static bool isOurs(StringRef name) { return name.equals_insensitive("sst") || name.starts_with_insensitive("sst_"); }

static bool isIdentifier(StringRef name) {
  return !name.empty() && name.size() <= maxNameLength && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

bool sst::isModelName(StringRef name) { return isIdentifier(name) && !isOurs(name); }

void sst::checkModelName(StringRef name, Report &report) {
  if (isIdentifier(name) && isOurs(name))
    report.addUsage("--name",
                    "expects a name that is not 'sst' and does not start with 'sst_', as SST's own do, but got " +
                        quote(name),
                    "give for instance --name=policy");
  else if (!isModelName(name))
    report.addUsage("--name",
                    "expects letters, digits and '_', at most " + Twine(maxNameLength) +
                        " of them and no digit in front, but got " + quote(name),
                    "give for instance --name=policy");
}

/// FNV-1a in eight digits.
static std::string digest(StringRef text) {
  uint32_t hash = 0x811c9dc5;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  std::string digits = llvm::utohexstr(hash, /*LowerCase=*/true);
  return digits.insert(0, 8 - digits.size(), '0');
}

std::string sst::deriveModelName(StringRef path) {
  StringRef stem = llvm::sys::path::filename(path.rtrim('/'));
  if (!stem.consume_back(".safetensors.index.json"))
    stem = llvm::sys::path::stem(stem);
  if (isModelName(stem))
    return stem.str();
  // What is readable in it, and what tells it from others of which the same is.
  std::string name;
  for (char c : stem)
    if (llvm::isAlnum(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  StringRef readable = StringRef(name).rtrim('_');
  bool needsPrefix = readable.empty() || llvm::isDigit(readable.front()) || isOurs(readable);
  std::string prefix = !needsPrefix ? "" : readable.empty() ? "model" : "model_";
  std::string suffix = "_" + digest(stem);
  return prefix + readable.take_front(maxNameLength - prefix.size() - suffix.size()).rtrim('_').str() + suffix;
}
