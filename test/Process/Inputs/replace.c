/* Loads models by path while the file there changes. Usage: replace A B, two shared artefacts of one name that answer
 * differently. Works in the current folder; ends with 0 if every model answered what the file that it was loaded from
 * does. */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "answer.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static const char *files[2];
static float answers[2];

static void check(int holds, const char *what) {
  printf("%s: %s\n", holds ? "passed" : "FAILED", what);
  failures += !holds;
}

static void must(int holds, const char *what) {
  if (!holds)
    perror(what), exit(2);
}

/** Writes what is in file `from` to `to`, in place or as a new file. */
static void copy(const char *from, const char *to, int flags) {
  void *bytes;
  size_t size;
  must(sst_file_read(from, &bytes, &size, NULL) == SST_STATUS_OK, from);
  int descriptor = open(to, O_WRONLY | O_CREAT | flags, 0755);
  must(descriptor >= 0 && write(descriptor, bytes, size) == (ssize_t)size, to);
  close(descriptor);
  free(bytes);
}

/** Puts model `which` at `path` as sst-compile does: beside it, then renamed. */
static void replace(int which, const char *path) {
  copy(files[which], "new", O_TRUNC);
  must(rename("new", path) == 0, path);
}

static sst_model_t *load(const char *path) {
  sst_model_t *model;
  sst_error_t error;
  if (sst_model_load(path, &model, &error) != SST_STATUS_OK) {
    printf("%s\n", error.message);
    exit(1);
  }
  return model;
}

static float ask(const sst_model_t *model) { return answer_of(sst_model_functions(model)); }
static int is(const sst_model_t *model, int which) { return ask(model) == answers[which]; }

/** Number of descriptors that are open. */
static int count_descriptors(void) {
  int count = 0;
  for (int i = 0; i < 256; ++i)
    count += fcntl(i, F_GETFD) != -1;
  return count;
}

/** The library that an address is in. */
typedef struct place {
  uintptr_t address;
  char name[256];
} place_t;

static int find_library(struct dl_phdr_info *library, size_t size, void *argument) {
  (void)size;
  place_t *place = argument;
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
    if (segment->p_type == PT_LOAD && place->address - (library->dlpi_addr + segment->p_vaddr) < segment->p_memsz) {
      snprintf(place->name, sizeof place->name, "%s", library->dlpi_name);
      return 1;
    }
  }
  return 0;
}

/** Whether another process, as a debugger is one, that opens the library of a model by its name gets the file `want`,
 * or, if `want` is NULL, some shared library. */
static int can_be_opened(const sst_model_t *model, const struct stat *want) {
  place_t place = {(uintptr_t)sst_model_functions(model), ""};
  if (!dl_iterate_phdr(find_library, &place))
    return 0;
  pid_t child = fork();
  if (child == 0) {
    closefrom(3);
    struct stat got;
    char magic[4];
    int descriptor = open(place.name, O_RDONLY | O_NONBLOCK);
    int good = descriptor >= 0 && fstat(descriptor, &got) == 0 && read(descriptor, magic, 4) == 4 &&
               memcmp(magic, ELFMAG, SELFMAG) == 0 &&
               (!want || (got.st_dev == want->st_dev && got.st_ino == want->st_ino));
    _exit(!good);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_other_processes(void) {
  struct stat first, second;
  replace(0, "hot.so");
  must(stat("hot.so", &first) == 0, "hot.so");
  sst_model_t *old = load("hot.so"), *copied = load("hot.so");
  replace(1, "hot.so");
  must(stat("hot.so", &second) == 0, "hot.so");
  sst_model_t *new = load("hot.so");
  check(can_be_opened(old, &first) && can_be_opened(new, &second) && can_be_opened(copied, NULL),
        "another process finds what is loaded");
  sst_model_unload(old), sst_model_unload(copied), sst_model_unload(new);
}

static void check_rename(void) {
  replace(0, "hot.so");
  sst_model_t *first = load("hot.so");
  replace(1, "hot.so");
  sst_model_t *second = load("hot.so");
  check(is(first, 0) && is(second, 1), "a file that was replaced by rename");
  replace(0, "hot.so");
  sst_model_t *third = load("hot.so");
  check(is(first, 0) && is(second, 1) && is(third, 0), "and back");
  sst_model_unload(first);
  check(is(second, 1) && is(third, 0), "the first is unloaded");
  sst_model_unload(third);
  check(is(second, 1), "the last is unloaded");
  unlink("hot.so");
  check(is(second, 1), "the file is deleted");
  sst_model_unload(second);
}

static void check_twice(void) {
  for (int order = 0; order < 2; ++order) {
    sst_model_t *models[2] = {load(files[0]), load(files[0])};
    check(is(models[0], 0) && is(models[1], 0), "the same file twice");
    sst_model_unload(models[order]);
    check(is(models[!order], 0), "one of the two is unloaded");
    sst_model_unload(models[!order]);
  }
}

static void check_in_place(void) {
  replace(0, "hot.so");
  sst_model_t *first = load("hot.so");
  copy(files[1], "hot.so", 0); /* the loaded model is no longer one */
  sst_model_t *second = load("hot.so");
  check(is(second, 1), "a file that was overwritten in place");
  sst_model_unload(first);
  check(is(second, 1), "the model that was overwritten is unloaded");
  copy(files[0], "hot.so", 0);
  check(is(second, 1), "a model that is a copy stays what it was");
  sst_model_t *third = load("hot.so");
  check(is(third, 0) && is(second, 1), "the file is overwritten again");
  sst_model_unload(second);
  sst_model_unload(third);
}

static void check_names(void) {
  symlink(files[0], "link.so");
  sst_model_t *first = load("link.so");
  unlink("link.so");
  symlink(files[1], "link.so");
  sst_model_t *second = load("link.so");
  check(is(first, 0) && is(second, 1), "a symbolic link that leads elsewhere");
  sst_model_t *third = load(files[0]), *fourth = load("link.so");
  check(is(third, 0) && is(fourth, 1), "the files themselves");
  sst_model_unload(second), sst_model_unload(first), sst_model_unload(fourth), sst_model_unload(third);
  unlink("link.so");

  /* The host has loaded the file itself, and a descriptor's number leads to another file than when it was loaded. */
  void *library = dlopen(files[0], RTLD_NOW | RTLD_GLOBAL);
  must(library != NULL, "dlopen");
  first = load(files[0]), second = load(files[1]), third = load(files[0]), fourth = load(files[1]);
  check(is(first, 0) && is(second, 1) && is(third, 0) && is(fourth, 1), "files that the host has loaded");
  dlclose(library);
  closefrom(3);
  sst_model_t *fifth = load(files[1]), *sixth = load(files[0]);
  check(is(first, 0) && is(second, 1) && is(fifth, 1) && is(sixth, 0), "after all descriptors were closed");
  sst_model_unload(first), sst_model_unload(second), sst_model_unload(third), sst_model_unload(fourth);
  check(is(fifth, 1) && is(sixth, 0), "all but two are unloaded");
  closefrom(3);
  int own[64];
  for (int i = 0; i < 64; ++i)
    own[i] = open("/dev/null", O_RDONLY);
  sst_model_unload(fifth), sst_model_unload(sixth);
  int kept = 1;
  for (int i = 0; i < 64; ++i)
    kept &= fcntl(own[i], F_GETFD) != -1;
  check(kept, "descriptors of the host that took the numbers stay open");
}

/** Shifts the numbers of descriptors, so that each name of one has belonged to several libraries. */
static void check_reuse(void) {
  sst_model_t *models[60];
  int good = 1;
  for (int i = 0; i < 60; ++i) {
    int extra[3], count = i % 4;
    for (int j = 0; j < count; ++j)
      extra[j] = open("/dev/null", O_RDONLY);
    replace(i % 2, "hot.so");
    models[i] = load(i % 3 ? "hot.so" : files[i % 2]);
    for (int j = 0; j < count; ++j)
      close(extra[j]);
    if (i % 7 == 6)
      sst_model_unload(models[i - 3]), models[i - 3] = NULL;
  }
  for (int i = 0; i < 60; ++i) {
    good &= !models[i] || is(models[i], i % 2);
    sst_model_unload(models[i]);
  }
  check(good, "sixty models");
}

static void *load_often(void *argument) {
  int which = *(int *)argument;
  for (int i = 0; i < 50; ++i) {
    sst_model_t *model = load(files[which]), *other = load(files[!which]);
    if (!is(model, which) || !is(other, !which))
      return argument;
    sst_model_unload(model), sst_model_unload(other);
  }
  return NULL;
}

static void check_threads(void) {
  pthread_t threads[3];
  int which[3] = {0, 1, 0}, good = 1;
  for (int i = 0; i < 3; ++i)
    must(pthread_create(&threads[i], NULL, load_often, &which[i]) == 0, "pthread_create");
  for (int i = 0; i < 3; ++i) {
    void *result;
    pthread_join(threads[i], &result);
    good &= result == NULL;
  }
  check(good, "three threads load and unload");
}

static void check_refused(void) {
  sst_model_t *model = load(files[0]);
  sst_model_t *none = model;
  sst_error_t error;
  copy(files[1], "short.so", O_TRUNC);
  truncate("short.so", 5000);
  check(sst_model_load("short.so", &none, &error) == SST_STATUS_CORRUPT && !none, "a file that is cut short");
  check(sst_model_load("gone.so", &none, &error) == SST_STATUS_NOT_FOUND && !none, "a file that is not there");
  sst_model_unload(model);
}

int main(int argc, char **argv) {
  must(argc == 3, "two files");
  for (int i = 0; i < 2; ++i) {
    files[i] = argv[i + 1];
    sst_model_t *model = load(files[i]);
    answers[i] = ask(model);
    sst_model_unload(model);
  }
  must(answers[0] != answers[1] && answers[0] != -999 && answers[1] != -999, "two models");
  int descriptors = count_descriptors();
  check_rename();
  check_twice();
  check_in_place();
  check_refused();
  check_other_processes();
  check_reuse();
  check_threads();
  check(count_descriptors() == descriptors, "no descriptor is left open");
  check_names();
  return failures != 0;
}
