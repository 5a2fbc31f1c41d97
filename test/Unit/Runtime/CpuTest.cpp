// Names of variants, and agreement with what the C compiler's runtime finds out about the CPU.
#include "sst/Runtime/sst_runtime.h"

#include <gtest/gtest.h>

TEST(Cpu, NamesReadBack) {
  for (sst_variant_t variant : {SST_VARIANT_AUTO, SST_VARIANT_X86_64_V3, SST_VARIANT_X86_64_V4, SST_VARIANT_AARCH64}) {
    sst_variant_t parsed = sst_variant_t(77);
    EXPECT_EQ(sst_variant_parse(sst_variant_name(variant), &parsed), 1);
    EXPECT_EQ(parsed, variant);
  }
  sst_variant_t untouched = SST_VARIANT_X86_64_V4;
  EXPECT_EQ(sst_variant_parse("x86-64-v2", &untouched), 0);
  EXPECT_EQ(sst_variant_parse("", &untouched), 0);
  EXPECT_EQ(untouched, SST_VARIANT_X86_64_V4);
  EXPECT_STREQ(sst_variant_name(sst_variant_t(77)), "unknown");
}

#if defined(__x86_64__)
TEST(Cpu, AgreesWithTheCompilersRuntime) {
  __builtin_cpu_init();
  EXPECT_EQ(sst_variant_supported(SST_VARIANT_X86_64_V3), __builtin_cpu_supports("x86-64-v3") != 0);
  EXPECT_EQ(sst_variant_supported(SST_VARIANT_X86_64_V4), __builtin_cpu_supports("x86-64-v4") != 0);
  EXPECT_EQ(sst_variant_supported(SST_VARIANT_AUTO), __builtin_cpu_supports("x86-64-v3") != 0);
  EXPECT_EQ(sst_variant_supported(SST_VARIANT_AARCH64), 0);
  EXPECT_EQ(sst_variant_supported(sst_variant_t(77)), 0);
}
#endif
