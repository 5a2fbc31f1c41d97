/*
 * faults.c - a system that is not what a tool hopes for, to be loaded in front of libc (LD_PRELOAD). In the
 * environment:
 *
 *   FAULT_KILL=N       the tool is killed instead of its Nth call that changes files
 *   FAULT_RENAME=N     its Nth rename fails
 *   FAULT_UNNAMED=1    files must have a name (no O_TMPFILE)
 *   FAULT_LINK=1       files have one name only (no link)
 *   FAULT_THREADS=N    N threads can be started, then no more
 *
 * Programs that the tool starts are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The number in the environment; -1 if there is none, or the program is not a tool. */
static int setting(const char *name) {
  const char *value = getenv(name);
  return value && strncmp(program_invocation_short_name, "sst-", 4) == 0 ? atoi(value) : -1;
}

#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

/** Counts a call that changes files. */
static void change(void) {
  static atomic_int calls;
  int last = setting("FAULT_KILL");
  if (last >= 0 && ++calls == last)
    kill(getpid(), SIGKILL);
}

static int open_any(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int unnamed = (flags & O_TMPFILE) == O_TMPFILE;
  if (unnamed && setting("FAULT_UNNAMED") > 0) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if (unnamed || (flags & O_CREAT))
    change();
  return real(path, flags, mode);
}

#define OPEN(name)                                                                                                     \
  int name(const char *path, int flags, ...) {                                                                         \
    va_list arguments;                                                                                                 \
    va_start(arguments, flags);                                                                                        \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;                                       \
    va_end(arguments);                                                                                                 \
    return open_any(REAL(name), path, flags, mode);                                                                    \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int descriptor, const void *bytes, size_t size) {
  if (descriptor > 2)
    change();
  return REAL(write)(descriptor, bytes, size);
}

int fsync(int descriptor) {
  change();
  return REAL(fsync)(descriptor);
}

int link(const char *from, const char *to) {
  change();
  if (setting("FAULT_LINK") > 0) {
    errno = EPERM;
    return -1;
  }
  return REAL(link)(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  change();
  if (setting("FAULT_LINK") > 0) {
    errno = EPERM;
    return -1;
  }
  return REAL(linkat)(from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to) {
  static atomic_int calls;
  change();
  if (++calls == setting("FAULT_RENAME")) {
    errno = EACCES;
    return -1;
  }
  return REAL(rename)(from, to);
}

int unlink(const char *path) {
  change();
  return REAL(unlink)(path);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  static atomic_int calls;
  int most = setting("FAULT_THREADS");
  if (most >= 0 && ++calls > most)
    return EAGAIN;
  return REAL(pthread_create)(thread, attributes, start, argument);
}
