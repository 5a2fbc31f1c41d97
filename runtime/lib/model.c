/*
 * model.c - loading a shared artefact.
 *
 * The dynamic loader maps a file without looking whether all of it is there, and then dies of a bus error; so the ELF
 * headers are checked before it gets to see the file. What it then loads is what was checked, whatever happens to the
 * path meanwhile: it gets the descriptor, as /proc/PID/fd/N. Debuggers and profilers open a library by the name that it
 * was loaded under, often in a process of their own: so the name has the number of this process, and the descriptor
 * stays open for as long as the model is loaded.
 *
 * The loader has its own idea of what is loaded already, and then does not look into the file at all: a file of the
 * same name, or of the same inode, which then has both names. A descriptor has a name of its own while it is open, but
 * the host may have closed it, or its number may be in such a second name; then another number is taken. Of an inode
 * that is loaded, whose contents may have been replaced since, the loader gets a copy in memory.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "file.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARTEFACT_SYMBOL "sst_artefact"
/* Linkers put the headers here, and the weights behind them need not be read. */
#define HEAD_BYTES 65536u

/* Room for a process number, and for the name of a descriptor. */
#define PROCESS_BYTES 24
#define NAME_BYTES 64
/* Numbers that are tried for a file that may be one that is loaded, before it is taken for that. */
#define MOST_ATTEMPTS 16

#if defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#else
#define NATIVE_MACHINE EM_X86_64
#endif

struct sst_model {
  void *handle;
  const sst_artefact_t *functions;
  int descriptor;   /**< of the loaded file, or -1 */
  struct stat file; /**< what the descriptor led to */
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

static sst_status_t check_file(int descriptor, const char *path, sst_error_t *error) {
  void *bytes;
  size_t size, file_size;
  sst_status_t status = sst_file_read_head(descriptor, path, HEAD_BYTES, &bytes, &size, &file_size, error);
  size_t end = status == SST_STATUS_OK ? headers_end(bytes, size) : 0;
  if (end > size && end <= file_size) {
    /* Tools that edit a library move its headers to the end. */
    free(bytes);
    status = sst_file_read_head(descriptor, path, end, &bytes, &size, &file_size, error);
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

/** For dl_iterate_phdr: whether a library was loaded under the name `name`. */
static int has_name(struct dl_phdr_info *library, size_t size, void *name) {
  (void)size;
  return strcmp(library->dlpi_name, name) == 0;
}

/** Gives an open file a higher descriptor. */
static sst_status_t renumber(int *descriptor, const char *path, sst_error_t *error) {
  int next = fcntl(*descriptor, F_DUPFD_CLOEXEC, *descriptor + 1);
  if (next < 0)
    return sst_system_error(error, path, "cannot be loaded: no descriptor is left for it", errno);
  close(*descriptor);
  *descriptor = next;
  return SST_STATUS_OK;
}

/**
 * Writes the name under which all processes find an open file to `name`. No library has it: if one does, whose
 * descriptor was closed without it, `*descriptor` becomes another one.
 */
static sst_status_t name_descriptor(int *descriptor, const char *path, char name[NAME_BYTES], sst_error_t *error) {
  /* Not getpid(): /proc may be that of another PID namespace. */
  char process[PROCESS_BYTES] = "";
  ssize_t length = readlink("/proc/self", process, sizeof process - 1);
  if (length <= 0 || access("/proc/self/fd", X_OK) != 0)
    return sst_error_set(error, SST_STATUS_UNSUPPORTED,
                         "%s: cannot be loaded without /proc/self/fd, which is not there; mount /proc, or link the "
                         "object of the model into the program",
                         path);
  for (;;) {
    snprintf(name, NAME_BYTES, "/proc/%s/fd/%d", process, *descriptor);
    if (!dl_iterate_phdr(has_name, name))
      return SST_STATUS_OK;
    sst_status_t status = renumber(descriptor, path, error);
    if (status != SST_STATUS_OK)
      return status;
  }
}

static sst_status_t refuse_loading(sst_error_t *error, const char *path, const char *name) {
  const char *reason = dlerror();
  size_t length = strlen(name);
  /* The reason may start with a name that says nothing to a user. */
  if (reason && strncmp(reason, name, length) == 0 && strncmp(reason + length, ": ", 2) == 0)
    reason += length + 2;
  return sst_error_set(error, SST_STATUS_CORRUPT, "%s: cannot be loaded: %s", path, reason ? reason : "no reason");
}

/** Whether `library` is the open file, as far as its name tells. */
static int is_file(const struct link_map *library, int descriptor) {
  struct stat loaded, file;
  return stat(library->l_name, &loaded) == 0 && fstat(descriptor, &file) == 0 && loaded.st_dev == file.st_dev &&
         loaded.st_ino == file.st_ino;
}

/** Loads an open file under the name of `*descriptor`, which may become another one. `*handle` is NULL and the status
 * OK if the dynamic loader has it already, which a file that `is_new` is not. */
static sst_status_t load_descriptor(int *descriptor, int is_new, const char *path, void **handle, sst_error_t *error) {
  for (unsigned attempt = 0; is_new || attempt < MOST_ATTEMPTS; ++attempt) {
    char name[NAME_BYTES];
    struct link_map *library;
    sst_status_t status = name_descriptor(descriptor, path, name, error);
    if (status != SST_STATUS_OK)
      return status;
    *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!*handle)
      return refuse_loading(error, path, name);
    int known = dlinfo(*handle, RTLD_DI_LINKMAP, &library) == 0;
    if (known && strcmp(library->l_name, name) == 0)
      return SST_STATUS_OK;
    int has_file = !is_new && known && is_file(library, *descriptor);
    dlclose(*handle);
    *handle = NULL;
    if (has_file)
      return SST_STATUS_OK;
    status = renumber(descriptor, path, error); /* the name was a second one of that library */
    if (status != SST_STATUS_OK)
      return status;
  }
  return SST_STATUS_OK;
}

/** Replaces an open file by a copy in memory, which is checked: the file itself may have been changed since. */
static sst_status_t replace_by_copy(int *descriptor, const char *path, sst_error_t *error) {
  const char *slash = strrchr(path, '/');
  int copy;
  char name[200]; /* the system allows 249 bytes */
  snprintf(name, sizeof name, "%s", slash ? slash + 1 : path);
  sst_status_t status = sst_file_copy_to_memory(*descriptor, path, name, &copy, error);
  if (status != SST_STATUS_OK)
    return status;
  close(*descriptor);
  *descriptor = copy;
  return check_file(copy, path, error);
}

/** Loads the library at `path`, once it has been found in order. */
static sst_status_t load_library(const char *path, sst_model_t *model, sst_error_t *error) {
  sst_status_t status = sst_file_open(path, &model->descriptor, error);
  if (status == SST_STATUS_OK)
    status = check_file(model->descriptor, path, error);
  if (status == SST_STATUS_OK)
    status = load_descriptor(&model->descriptor, 0, path, &model->handle, error);
  if (status == SST_STATUS_OK && !model->handle) {
    status = replace_by_copy(&model->descriptor, path, error);
    if (status == SST_STATUS_OK)
      status = load_descriptor(&model->descriptor, 1, path, &model->handle, error);
  }
  if (model->descriptor >= 0)
    fstat(model->descriptor, &model->file);
  return status;
}

/** Closes the model's file, unless the host has done so and its number is that of another file by now. */
static void close_file(const sst_model_t *model) {
  struct stat now;
  if (model->descriptor >= 0 && fstat(model->descriptor, &now) == 0 && now.st_dev == model->file.st_dev &&
      now.st_ino == model->file.st_ino)
    close(model->descriptor);
}

sst_status_t sst_model_load(const char *path, sst_model_t **model, sst_error_t *error) {
  *model = NULL;
  sst_model_t *result = calloc(1, sizeof *result);
  if (!result)
    return sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", path);
  result->descriptor = -1;
  sst_status_t status = load_library(path, result, error);
  if (status == SST_STATUS_OK) {
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
  close_file(model);
  free(model);
}
