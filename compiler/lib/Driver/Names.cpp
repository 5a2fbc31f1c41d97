//===- Names.cpp - stages and kinds of files as text ------------------------------------------------------------===//

#include "sst/Compiler/Compile.h"

#include "llvm/ADT/STLExtras.h"

using namespace sst;
using llvm::StringRef;

static constexpr llvm::StringLiteral stageNames[stageCount] = {"import", "expand", "fuse",  "schedule",
                                                               "loops",  "llvm",   "object"};
static constexpr llvm::StringLiteral emitNames[] = {"obj", "static", "shared", "llvm", "asm", "mlir"};

StringRef sst::stringifyStage(Stage stage) { return stageNames[static_cast<unsigned>(stage)]; }

std::optional<Stage> sst::parseStage(StringRef text) {
  const auto *name = llvm::find(stageNames, text);
  if (name == std::end(stageNames))
    return std::nullopt;
  return static_cast<Stage>(name - std::begin(stageNames));
}

StringRef sst::stringifyEmitKind(EmitKind kind) { return emitNames[static_cast<unsigned>(kind)]; }

std::optional<EmitKind> sst::parseEmitKind(StringRef text) {
  const auto *name = llvm::find(emitNames, text);
  if (name == std::end(emitNames))
    return std::nullopt;
  return static_cast<EmitKind>(name - std::begin(emitNames));
}
