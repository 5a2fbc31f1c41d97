/*
 * Print.h - the results as a table and as JSON.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_PRINT_H
#define SST_TOOLS_SST_BENCHMARK_PRINT_H

#include "Machine.h"
#include "Measure.h"

namespace sst {

/// The table for a person, with the machine above it and the ops below it.
void printTable(FILE *stream, const Machine &machine, const std::vector<Measurement> &results);

/// Writes one JSON object to `path`, complete or not at all. False and a message in `report` if that fails.
bool writeJson(const std::string &path, const Machine &machine, const std::vector<Measurement> &results,
               sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_PRINT_H
