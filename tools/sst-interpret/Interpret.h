//===- Interpret.h - sst-interpret as a function ------------------------------------------------------*- C++ -*-===//

#ifndef SST_TOOLS_SST_INTERPRET_INTERPRET_H
#define SST_TOOLS_SST_INTERPRET_INTERPRET_H

#include "Options.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace sst {

/// Does what the options ask for and prints it to `stream`. What is wrong goes to `report`. The result is false if
/// everything went well but a comparison.
bool interpret(const InterpretOptions &options, llvm::raw_ostream &stream, Report &report);

/// The whole of sst-interpret: reads the arguments, interprets, prints. The result is the exit code.
int interpretMain(int argc, char **argv, const Extensions &extensions = {});

} // namespace sst

#endif // SST_TOOLS_SST_INTERPRET_INTERPRET_H
