/*
 * file_write.c - memory into files that appear complete or not at all.
 *
 * Each file is written without a name where the file system can do that (O_TMPFILE), else under a temporary one,
 * `sst-<pid>-<number>.tmp` in the folder of the final one. When all are complete they get such a name, what they
 * replace gets a second one like it, and then each is renamed. So whenever the process is killed, each path holds the
 * old file or the new one; what may be left over is a temporary name.
 *
 * Who writes holds a lock on a file that has a temporary name (flock), and the system gives it back when the process is
 * gone: by that, and not by the number of a process, which may be another one's by now or that of another machine,
 * sst_files_remove_abandoned knows what is left over. Where a file cannot be locked it stays.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** A file on its way. */
typedef struct staged {
  char target[PATH_MAX];    /**< what is replaced; a link has been followed */
  char temporary[PATH_MAX]; /**< name of the new file; empty if it has none */
  char backup[PATH_MAX];    /**< second name of the old file; empty if it has none */
  struct stat existing;     /**< what is at `target`, if `exists` */
  int exists;
  int descriptor; /**< of the new file, which is locked; -1 if there is none */
} staged_t;

static sst_status_t write_error(sst_report_t *report, const char *path, int code) {
  const char *remedy = code == ENOENT || code == ENOTDIR ? "; make its folder first"
                       : code == EISDIR                  ? "; name a file in it"
                       : code == ENAMETOOLONG            ? "; give it a shorter name"
                                                         : "";
  sst_error_t error;
  sst_status_t status = sst_system_error(&error, path, "cannot be written", code);
  return sst_report_add(report, status, "%s%s", error.message, remedy);
}

int sst_write_spans(int descriptor, const sst_span_t *spans, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const char *data = spans[i].data;
    size_t left = spans[i].size;
    while (left > 0) {
      /* Linux writes at most 2 GiB at a time. */
      ssize_t written = write(descriptor, data, left < (1u << 30) ? left : (1u << 30));
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return written < 0 ? errno : EIO;
      data += written;
      left -= (size_t)written;
    }
  }
  return 0;
}

/** Closes; 0 or an errno, which may be that of writing. */
static int close_written(int descriptor) { return close(descriptor) == 0 || errno == EINTR ? 0 : errno; }

/* ---- temporary names ------------------------------------------------------------------------------------------ */

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/** Opens the folder of `path` with these flags; -1 with errno. */
static int open_folder(const char *path, int flags, mode_t mode) {
  char folder[PATH_MAX];
  int length = snprintf(folder, sizeof folder, "%.*s.", (int)(name_of(path) - path), path);
  return length < PATH_MAX ? open(folder, flags | O_CLOEXEC, mode) : -1;
}

/** Calls `make` with new names in the folder of `target` until one is none yet; 0 or an errno. */
static int make_name(const char *target, int (*make)(const char *name, void *context), void *context, char *name) {
  for (unsigned number = 0; number < 10000; ++number) {
    int length =
        snprintf(name, PATH_MAX, "%.*ssst-%ld-%u.tmp", (int)(name_of(target) - target), target, (long)getpid(), number);
    if (length < 0 || length >= PATH_MAX) {
      errno = ENAMETOOLONG;
      break;
    }
    if (make(name, context) == 0)
      return 0;
    if (errno != EEXIST)
      break;
  }
  name[0] = 0;
  return errno;
}

/** Whether `name` is one of those that make_name gives. */
static int is_temporary_name(const char *name) {
  size_t digits;
  if (strncmp(name, "sst-", 4) != 0)
    return 0;
  name += 4;
  digits = strspn(name, "0123456789");
  if (digits == 0 || name[digits] != '-')
    return 0;
  name += digits + 1;
  digits = strspn(name, "0123456789");
  return digits > 0 && strcmp(name + digits, ".tmp") == 0;
}

static int link_descriptor(const char *name, void *context) {
  char source[64];
  snprintf(source, sizeof source, "/proc/self/fd/%d", *(const int *)context);
  return linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static int link_file(const char *name, void *context) { return link(context, name); }

typedef struct creation {
  mode_t mode;
  int descriptor;
} creation_t;

static int create_file(const char *name, void *context) {
  creation_t *creation = context;
  struct stat info;
  creation->descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, creation->mode);
  if (creation->descriptor < 0)
    return -1;
  /* Somebody who looks for abandoned files may have taken it before it was locked: then the next name. */
  int locked = flock(creation->descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  if (locked && fstat(creation->descriptor, &info) == 0 && info.st_nlink > 0)
    return 0;
  close(creation->descriptor);
  errno = EEXIST;
  return -1;
}

/** Removes `name` in the folder if nobody writes it. */
static void remove_if_abandoned(int folder, const char *name) {
  struct stat opened, named;
  int descriptor = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0)
    return;
  if (fstat(descriptor, &opened) == 0 && S_ISREG(opened.st_mode) && flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
      fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == opened.st_ino &&
      named.st_dev == opened.st_dev)
    unlinkat(folder, name, 0);
  close(descriptor);
}

void sst_files_remove_abandoned(const char *path) {
  char target[PATH_MAX];
  int descriptor = open_folder(realpath(path, target) ? target : path, O_RDONLY | O_DIRECTORY, 0);
  DIR *folder = descriptor < 0 ? NULL : fdopendir(descriptor);
  if (!folder) {
    if (descriptor >= 0)
      close(descriptor);
    return;
  }
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
    if (is_temporary_name(entry->d_name))
      remove_if_abandoned(descriptor, entry->d_name);
  closedir(folder);
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

/** Writes the new file; 0 or an errno. */
static int fill(int descriptor, const sst_output_t *output, const staged_t *staged) {
  if (staged->exists && fchmod(descriptor, staged->existing.st_mode & 07777) != 0)
    return errno;
  int code = sst_write_spans(descriptor, output->spans, output->count);
  if (code != 0)
    return code;
  /* What takes the place of a file must be on the disk before it does, or a power failure leaves neither. */
  if (staged->exists)
    return fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  /* A folder on a network says only when a file is closed that there is no space. The lock needs it open. */
  int copy = dup(descriptor);
  return copy < 0 ? errno : close_written(copy);
}

/** Makes the new file with a temporary name; 0 or an errno. */
static int stage_regular(const sst_output_t *output, staged_t *staged) {
  mode_t mode = staged->exists ? S_IRUSR | S_IWUSR : output->executable ? 0777 : 0666;
  /* Not every file system can do that, nor link it where /proc is missing. */
  staged->descriptor = open_folder(staged->target, O_TMPFILE | O_RDWR, mode);
  if (staged->descriptor >= 0) {
    int code = fill(staged->descriptor, output, staged);
    if (code != 0)
      return code;
    flock(staged->descriptor, LOCK_EX | LOCK_NB);
    if (make_name(staged->target, link_descriptor, &staged->descriptor, staged->temporary) == 0)
      return 0;
    close(staged->descriptor);
  }
  creation_t creation = {mode, -1};
  int code = make_name(staged->target, create_file, &creation, staged->temporary);
  staged->descriptor = code == 0 ? creation.descriptor : -1;
  return code == 0 ? fill(staged->descriptor, output, staged) : code;
}

static int is_device(const staged_t *staged) { return staged->exists && !S_ISREG(staged->existing.st_mode); }

/** Finds out what is there and makes the new file, except for a device; 0 or an errno. */
static int stage(const sst_output_t *output, staged_t *staged) {
  size_t length = strlen(output->path);
  if (length >= PATH_MAX)
    return ENAMETOOLONG;
  memcpy(staged->target, output->path, length + 1);
  staged->exists = stat(output->path, &staged->existing) == 0;
  if (!staged->exists)
    return errno == ENOENT && length > 0 ? stage_regular(output, staged) : errno;
  if (S_ISDIR(staged->existing.st_mode))
    return EISDIR;
  if (is_device(staged))
    return 0;
  if (access(output->path, W_OK) != 0)
    return errno;
  /* The file a link leads to, so that the link itself stays. */
  if (!realpath(output->path, staged->target))
    return errno;
  return stage_regular(output, staged);
}

/** Writes to something that is not a regular file; 0 or an errno. */
static int write_device(const sst_output_t *output) {
  int descriptor = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0)
    return errno;
  int code = sst_write_spans(descriptor, output->spans, output->count);
  int closed = close_written(descriptor);
  return code != 0 ? code : closed;
}

/** Puts the old files back where the first `count` new ones are. */
static void take_back(const sst_output_t *outputs, staged_t *staged, size_t count, sst_report_t *report) {
  while (count-- > 0) {
    if (is_device(&staged[count]))
      continue;
    if (!staged[count].exists)
      unlink(staged[count].target);
    else if (staged[count].backup[0] == 0 || rename(staged[count].backup, staged[count].target) != 0)
      sst_report_add(report, SST_STATUS_IO_ERROR,
                     "%s: is the new one already, without the files that belong to it; write them again",
                     outputs[count].path);
  }
}

/** Renames all new files; if one cannot be, none is. */
static void publish(const sst_output_t *outputs, staged_t *staged, size_t count, sst_report_t *report) {
  /* A single file needs no way back. A file system without links has none. */
  for (size_t i = 0; count > 1 && i < count; ++i)
    if (staged[i].exists && staged[i].descriptor >= 0)
      make_name(staged[i].target, link_file, staged[i].target, staged[i].backup);
  for (size_t i = 0; i < count; ++i) {
    if (staged[i].descriptor < 0)
      continue;
    if (rename(staged[i].temporary, staged[i].target) != 0) {
      write_error(report, outputs[i].path, errno);
      take_back(outputs, staged, i, report);
      return;
    }
    staged[i].temporary[0] = 0;
  }
}

/** Removes the temporary names that are left. */
static void discard(const staged_t *staged) {
  if (staged->temporary[0])
    unlink(staged->temporary);
  if (staged->backup[0])
    unlink(staged->backup);
  if (staged->descriptor >= 0)
    close(staged->descriptor);
}

sst_status_t sst_files_write(const sst_output_t *outputs, size_t count, sst_report_t *report) {
  sst_report_t own = {0};
  staged_t *staged = calloc(count ? count : 1, sizeof *staged);
  if (!staged)
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory to write it",
                          count ? outputs[0].path : "output");
  for (size_t i = 0; i < count; ++i) {
    staged[i].descriptor = -1;
    int code = stage(&outputs[i], &staged[i]);
    if (code != 0)
      write_error(&own, outputs[i].path, code);
  }
  for (size_t i = 0; own.count == 0 && i < count; ++i) {
    int code = is_device(&staged[i]) ? write_device(&outputs[i]) : 0;
    if (code != 0)
      write_error(&own, outputs[i].path, code);
  }
  if (own.count == 0)
    publish(outputs, staged, count, &own);
  for (size_t i = 0; i < count; ++i)
    discard(&staged[i]);
  free(staged);
  sst_status_t status = own.status;
  for (size_t i = 0; i < own.kept; ++i)
    sst_report_add(report, status, "%s", own.messages[i]);
  sst_report_free(&own);
  return status;
}

sst_status_t sst_file_write(const char *path, const sst_span_t *spans, size_t count, sst_error_t *error) {
  sst_output_t output = {path, spans, count, 0};
  sst_report_t report = {0};
  sst_status_t status = sst_files_write(&output, 1, &report);
  if (status != SST_STATUS_OK)
    sst_error_set(error, status, "%s", report.kept > 0 ? report.messages[0] : path);
  sst_report_free(&report);
  return status;
}
