/*
 * model.c - loading a shared artefact.
 *
 * The dynamic loader maps a file without looking whether all of it is there, and then dies of a bus error; so the ELF
 * headers are checked before it gets to see the file.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "file.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define ARTEFACT_SYMBOL "sst_artefact"
/* Linkers put the headers here, and the weights behind them need not be read. */
#define HEAD_BYTES 65536u

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#endif

struct sst_model {
  void *handle;
  const sst_artefact_t *functions;
};

static sst_status_t refuse(sst_error_t *error, const char *path, const char *what) {
  return sst_error_set(error, SST_STATUS_CORRUPT, "%s: %s; make one with sst-compile --emit=shared", path, what);
}

/** Checks that all segments of a shared library lie inside its file. */
static sst_status_t check_segments(const char *path, const char *bytes, size_t size, size_t file_size,
                                   const Elf64_Ehdr *header, sst_error_t *error) {
  size_t table_size = (size_t)header->e_phnum * sizeof(Elf64_Phdr);
  if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phoff > size ||
      table_size > size - header->e_phoff)
    return refuse(error, path, "is a damaged shared library");
  for (size_t i = 0; i < header->e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, bytes + header->e_phoff + i * sizeof segment, sizeof segment);
    size_t end;
    if (segment.p_type == PT_LOAD && (!sst_add_size(segment.p_offset, segment.p_filesz, &end) || end > file_size))
      return refuse(error, path, "is a shared library that is cut short");
  }
  return SST_STATUS_OK;
}

/** Checks that a file that starts with `bytes` is a whole shared library for this kind of machine. */
static sst_status_t check_elf(const char *path, const char *bytes, size_t size, size_t file_size, sst_error_t *error) {
  Elf64_Ehdr header;
  if (size < sizeof header || memcmp(bytes, ELFMAG, SELFMAG) != 0)
    return refuse(error, path, "is not a shared library");
  memcpy(&header, bytes, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != NATIVE_MACHINE)
    return refuse(error, path, "is a library for another kind of machine");
  if (header.e_type == ET_REL)
    return refuse(error, path, "is an object file, not a shared library");
  if (header.e_type != ET_DYN)
    return refuse(error, path, "is not a shared library");
  return check_segments(path, bytes, size, file_size, &header, error);
}

/** How much of the file its ELF headers take; 0 if that makes no sense. */
static size_t headers_end(const char *bytes, size_t size) {
  Elf64_Ehdr header;
  size_t end;
  if (size < sizeof header)
    return 0;
  memcpy(&header, bytes, sizeof header);
  return sst_add_size(header.e_phoff, (size_t)header.e_phnum * sizeof(Elf64_Phdr), &end) ? end : 0;
}

static sst_status_t check_file(const char *path, sst_error_t *error) {
  void *bytes;
  size_t size, file_size;
  sst_status_t status = sst_file_read_head(path, HEAD_BYTES, &bytes, &size, &file_size, error);
  size_t end = status == SST_STATUS_OK ? headers_end(bytes, size) : 0;
  if (end > size && end <= file_size) {
    /* Tools that edit a library move its headers to the end. */
    free(bytes);
    status = sst_file_read_head(path, end, &bytes, &size, &file_size, error);
  }
  if (status == SST_STATUS_OK)
    status = check_elf(path, bytes, size, file_size, error);
  free(bytes);
  return status;
}

/** Whether every entry of the table is there. */
static int has_all_functions(const sst_artefact_t *f) {
  return f->info && f->workspace_bytes && f->window && f->sequence && f->prefill && f->step && f->ahead_prepare &&
         f->ahead_finish && f->state_bytes && f->state_init && f->state_reset && f->state_position &&
         f->state_snapshot && f->state_restore && f->state_fork && f->state_rollback;
}

/** Checks the table of functions. */
static sst_status_t check_artefact(const char *path, const sst_artefact_t *functions, sst_error_t *error) {
  if (!functions)
    return refuse(error, path, "is a shared library without the symbol '" ARTEFACT_SYMBOL "'");
  if (functions->abi_version != SST_ABI_VERSION || functions->size != sizeof *functions)
    return sst_error_set(error, SST_STATUS_BAD_VERSION,
                         "%s: expects an artefact of interface version %u (%zu bytes), but got version %u (%u bytes); "
                         "compile the model again with this version of sst-compile",
                         path, SST_ABI_VERSION, sizeof *functions, functions->abi_version, functions->size);
  if (!has_all_functions(functions))
    return refuse(error, path, "is an artefact that lacks a function");
  return SST_STATUS_OK;
}

/** dlopen, with a path that is never looked up anywhere else. */
static void *open_library(const char *path) {
  if (strchr(path, '/'))
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
  char *local = NULL;
  if (asprintf(&local, "./%s", path) < 0)
    return NULL;
  void *handle = dlopen(local, RTLD_NOW | RTLD_LOCAL);
  free(local);
  return handle;
}

sst_status_t sst_model_load(const char *path, sst_model_t **model, sst_error_t *error) {
  *model = NULL;
  sst_status_t status = check_file(path, error);
  if (status != SST_STATUS_OK)
    return status;
  sst_model_t *result = calloc(1, sizeof *result);
  if (!result)
    return sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", path);
  result->handle = open_library(path);
  if (!result->handle) {
    const char *reason = dlerror();
    status = sst_error_set(error, SST_STATUS_CORRUPT, "%s: cannot be loaded: %s", path, reason ? reason : "no reason");
  } else {
    result->functions = dlsym(result->handle, ARTEFACT_SYMBOL);
    status = check_artefact(path, result->functions, error);
  }
  if (status != SST_STATUS_OK) {
    sst_model_unload(result);
    return status;
  }
  *model = result;
  return SST_STATUS_OK;
}

const sst_artefact_t *sst_model_functions(const sst_model_t *model) { return model->functions; }

void sst_model_unload(sst_model_t *model) {
  if (!model)
    return;
  if (model->handle)
    dlclose(model->handle);
  free(model);
}
