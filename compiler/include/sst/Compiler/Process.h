//===- Process.h - how a tool ends when the system has nothing left -----------------------------------*- C++ -*-===//

#ifndef SST_COMPILER_PROCESS_H
#define SST_COMPILER_PROCESS_H

namespace sst {

/// For main, after InitLLVM: without memory, or without a thread that LLVM needs, the process says so in one line and
/// ends with exit code 1. A file that may not grow further is an error of writing it. `tool` is a literal.
void prepareProcess(const char *tool);

} // namespace sst

#endif // SST_COMPILER_PROCESS_H
