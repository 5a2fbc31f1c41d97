/*
 * Artefact.cpp - the checks that every tool makes before it calls a model.
 */
#include "common/Artefact.h"

namespace sst {

bool loadArtefact(const std::string &path, Artefact &artefact, sst_report_t *report) {
  artefact.path = path;
  sst_model_t *model = nullptr;
  sst_error_t error;
  if (sst_model_load(path.c_str(), &model, &error) != SST_STATUS_OK) {
    sst_report_add_error(report, &error);
    return false;
  }
  artefact.model.reset(model);
  artefact.info.size = sizeof artefact.info;
  artefact.info.abi_version = SST_ABI_VERSION;
  sst_status_t status = artefact.functions()->info(&artefact.info);
  if (status != SST_STATUS_OK)
    sst_report_add(report, status, "%s: its info function fails: %s", path.c_str(), sst_status_text(status));
  return status == SST_STATUS_OK;
}

sst_variant_t chooseVariant(const Artefact &artefact, sst_variant_t wanted, sst_report_t *report) {
  const sst_info_t &info = artefact.info;
  auto fail = [&](const std::string &what) {
    sst_report_add(report, SST_STATUS_UNSUPPORTED_VARIANT, "%s: %s", artefact.path.c_str(), what.c_str());
    return SST_VARIANT_AUTO;
  };
  sst_variant_t variant = wanted == SST_VARIANT_AUTO ? sst_variant_t(info.variant) : wanted;
  std::string name = sst_variant_name(variant), present;
  for (unsigned v = 1; v < 32; ++v)
    if (info.variants >> v & 1u)
      present += std::string(present.empty() ? "" : ", ") + sst_variant_name(sst_variant_t(v));
  if (variant == SST_VARIANT_AUTO)
    return fail("has no code that this CPU can run, only " + present +
                (sst_variant_supported(SST_VARIANT_AARCH64) ? "; compile the model with --target=aarch64"
                 : sst_variant_supported(SST_VARIANT_X86_64_V3)
                     ? "; compile the model with --target=x86-64-v3"
                     : "; run it on a CPU with AVX2 and FMA, or the model itself with sst-interpret"));
  if (!(info.variants >> variant & 1u))
    return fail("has no code for " + name + "; it has " + present);
  if (!sst_variant_supported(variant))
    return fail(
        "this CPU cannot run " + name +
        (info.variant == SST_VARIANT_AUTO ? ", nor anything else in it; use another CPU" : "; use --variant=auto"));
  return variant;
}

std::unique_ptr<void, MemoryDeleter> allocateAligned(size_t bytes) {
  size_t rounded;
  if (!sst_add_size(bytes, SST_WORKSPACE_ALIGNMENT, &rounded))
    return nullptr;
  rounded -= rounded % SST_WORKSPACE_ALIGNMENT;
  return std::unique_ptr<void, MemoryDeleter>(std::aligned_alloc(SST_WORKSPACE_ALIGNMENT, rounded));
}

bool allocateStates(size_t stateBytes, size_t count, std::unique_ptr<void, MemoryDeleter> &memory,
                    std::vector<void *> &states) {
  size_t stride, bytes;
  if (!sst_add_size(stateBytes, SST_STATE_ALIGNMENT - 1, &stride))
    return false;
  stride -= stride % SST_STATE_ALIGNMENT;
  if (!sst_mul_size(stride, count, &bytes) || !(memory = allocateAligned(bytes)))
    return false;
  for (size_t i = 0; i < count; ++i)
    states.push_back(static_cast<char *>(memory.get()) + i * stride);
  return true;
}

} // namespace sst
