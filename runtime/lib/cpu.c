/*
 * cpu.c - names of the variants and whether this machine can run them.
 */
#include "sst/Runtime/sst_runtime.h"

#include "entry/arch.h"

#include <string.h>

static const char *const names[] = {
    [SST_VARIANT_AUTO] = "auto",
    [SST_VARIANT_X86_64_V3] = "x86-64-v3",
    [SST_VARIANT_X86_64_V4] = "x86-64-v4",
    [SST_VARIANT_AARCH64] = "aarch64",
};

#define VARIANT_COUNT (sizeof names / sizeof *names)

const char *sst_variant_name(sst_variant_t variant) {
  return (unsigned)variant < VARIANT_COUNT ? names[variant] : "unknown";
}

int sst_variant_parse(const char *name, sst_variant_t *variant) {
  for (unsigned i = 0; i < VARIANT_COUNT; ++i) {
    if (strcmp(name, names[i]) == 0) {
      *variant = (sst_variant_t)i;
      return 1;
    }
  }
  return 0;
}

int sst_variant_supported(sst_variant_t variant) {
  uint32_t variants = sst_cpu_variants();
  if (variant == SST_VARIANT_AUTO)
    return variants != 0;
  return (unsigned)variant < VARIANT_COUNT && (variants >> variant & 1u) != 0;
}
