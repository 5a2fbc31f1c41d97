// Which variant of an artefact a tool runs, and what it says if there is none.
#include "common/Artefact.h"

#include <gtest/gtest.h>

using namespace sst;

TEST(Artefact, SaysWhatToDoWithoutCodeForThisCpu) {
  Artefact artefact;
  artefact.path = "m.so";
  artefact.info.variants = 1u << SST_VARIANT_X86_64_V4;
  artefact.info.variant = SST_VARIANT_AUTO;
  sst_report_t report{};
  EXPECT_EQ(chooseVariant(artefact, SST_VARIANT_AUTO, &report), SST_VARIANT_AUTO);
  ASSERT_EQ(sst_report_count(&report), 1u);
  std::string message = sst_report_message(&report, 0);
  sst_report_free(&report);
  std::string remedy = sst_variant_supported(SST_VARIANT_X86_64_V3)
                           ? "compile the model with --target=x86-64-v3"
                           : "run it on a CPU with AVX2 and FMA, or the model itself with sst-interpret";
  EXPECT_EQ(message, "m.so: has no code that this CPU can run, only x86-64-v4; " + remedy);
}
