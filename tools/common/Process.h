/*
 * Process.h - how a tool of the runtime ends when the system has nothing left.
 */
#ifndef SST_TOOLS_COMMON_PROCESS_H
#define SST_TOOLS_COMMON_PROCESS_H

namespace sst {

/// For main: without memory the process says so in one line and ends with exit code 1; a file that may not grow further
/// is an error of writing it. `tool` is a literal.
void prepareProcess(const char *tool);

} // namespace sst

#endif // SST_TOOLS_COMMON_PROCESS_H
