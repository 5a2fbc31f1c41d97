/*
 * AllocationCount.h - how often the program called malloc and its like.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_ALLOCATIONCOUNT_H
#define SST_TOOLS_SST_BENCHMARK_ALLOCATIONCOUNT_H

#include <cstdint>

namespace sst {

/// Whether this build can count: with glibc, and without a sanitizer that brings its own allocator.
bool countsAllocations();

/// Calls so far, by all threads and all libraries, of malloc, calloc, realloc, free (but of a null pointer) and the
/// functions that allocate aligned memory. 0 if this build cannot count.
uint64_t allocationCount();

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_ALLOCATIONCOUNT_H
