/*
 * AllocationCount.cpp - the program's own malloc, in front of glibc's. The dynamic linker resolves these names of every
 * library, also of one that is loaded later, to the definitions in the program (glibc manual, "Replacing malloc").
 */
#include "AllocationCount.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SST_COUNT_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SST_COUNT_ALLOCATIONS 0
#endif
#endif
#ifndef SST_COUNT_ALLOCATIONS
#ifdef __GLIBC__
#define SST_COUNT_ALLOCATIONS 1
#else
#define SST_COUNT_ALLOCATIONS 0
#endif
#endif

static std::atomic<uint64_t> calls{0};

namespace sst {

bool countsAllocations() { return SST_COUNT_ALLOCATIONS; }
uint64_t allocationCount() { return calls.load(std::memory_order_relaxed); }

} // namespace sst

#if SST_COUNT_ALLOCATIONS

#define SST_VISIBLE __attribute__((visibility("default")))

static void count() { calls.fetch_add(1, std::memory_order_relaxed); }

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

SST_VISIBLE void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

SST_VISIBLE void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

SST_VISIBLE void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

SST_VISIBLE void free(void *memory) {
  if (memory)
    count();
  __libc_free(memory);
}

SST_VISIBLE void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

SST_VISIBLE void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

SST_VISIBLE int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  void *result = memalign(alignment, size);
  if (!result)
    return ENOMEM;
  *memory = result;
  return 0;
}
} // extern "C"

#endif // SST_COUNT_ALLOCATIONS
