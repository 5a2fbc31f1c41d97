/*
 * Print.h - what sst-run says on standard output.
 */
#ifndef SST_TOOLS_SST_RUN_PRINT_H
#define SST_TOOLS_SST_RUN_PRINT_H

#include "Run.h"

#include <cstdio>

namespace sst {

/// Prints a result for a reader.
void printText(FILE *stream, const RunOptions &options, const RunResult &result);

/// Prints it as one JSON object. Numbers that JSON does not have (a difference that is not finite) are null.
void printJson(FILE *stream, const RunOptions &options, const RunResult &result);

/// Adds to `report` that the comparison failed.
void reportDifference(const RunOptions &options, const RunResult &result, sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_RUN_PRINT_H
