/*
 * syscalls.c - the Linux system calls that a static program makes, for one process without threads.
 *
 * Calls that only matter to signals, threads or other processes succeed without effect; a call that we do not know is
 * named on standard error once and answers ENOSYS.
 */
#include "machine.h"

#include <asm/unistd_64.h>

#define ERROR_NO_ENTRY (-2)
#define ERROR_BAD_FILE (-9)
#define ERROR_NO_MEMORY (-12)
#define ERROR_INVALID (-22)
#define ERROR_NOT_TERMINAL (-25)
#define ERROR_READ_ONLY (-30)
#define ERROR_UNKNOWN_CALL (-38)

#define OPEN_FOR_WRITING 0x43 /* O_WRONLY, O_RDWR, O_CREAT */
#define MAP_AT_ADDRESS 0x10   /* MAP_FIXED */
#define MAP_WITHOUT_FILE 0x20 /* MAP_ANONYMOUS */
#define ARCH_SET_FS 0x1002
#define MSR_FS_BASE 0xc0000100u
#define FIRST_FILE 3
#define MAX_OPEN 32

typedef struct {
  const machine_file_t *file;
  uint64_t offset;
} open_file_t;

typedef struct {
  uint64_t base, length;
} buffer_t;

/** The part of Linux's struct stat that we fill; 144 bytes in all. */
typedef struct {
  uint64_t device, inode, links;
  uint32_t mode, user, group, pad;
  uint64_t special_device, size, block_size, blocks, times[6], unused[3];
} file_status_t;
_Static_assert(sizeof(file_status_t) == 144, "the kernel's struct stat");

static open_file_t open_files[MAX_OPEN];

static open_file_t *find_open(uint64_t number) {
  if (number < FIRST_FILE || number >= FIRST_FILE + MAX_OPEN || !open_files[number - FIRST_FILE].file)
    return NULL;
  return &open_files[number - FIRST_FILE];
}

static int64_t open_file(const char *name, uint64_t flags) {
  if (flags & OPEN_FOR_WRITING)
    return ERROR_READ_ONLY;
  const machine_file_t *file = archive_find(name);
  if (!file)
    return ERROR_NO_ENTRY;
  for (int i = 0; i < MAX_OPEN; ++i)
    if (!open_files[i].file) {
      open_files[i] = (open_file_t){file, 0};
      return FIRST_FILE + i;
    }
  return -24; /* EMFILE */
}

static int64_t close_file(uint64_t number) {
  open_file_t *open = find_open(number);
  if (open)
    open->file = NULL;
  return open || number < FIRST_FILE ? 0 : ERROR_BAD_FILE;
}

static int64_t read_at(uint64_t number, uint64_t buffer, uint64_t count, uint64_t offset) {
  open_file_t *open = find_open(number);
  if (!open)
    return number == 0 ? 0 : ERROR_BAD_FILE; /* standard input is empty */
  uint64_t left = offset < open->file->size ? open->file->size - offset : 0;
  if (count > left)
    count = left;
  memcpy((void *)(uintptr_t)buffer, open->file->data + offset, count);
  return (int64_t)count;
}

static int64_t read_file(uint64_t number, uint64_t buffer, uint64_t count) {
  open_file_t *open = find_open(number);
  int64_t done = read_at(number, buffer, count, open ? open->offset : 0);
  if (open && done > 0)
    open->offset += (uint64_t)done;
  return done;
}

static int64_t write_file(uint64_t number, uint64_t buffer, uint64_t count) {
  if (number != 1 && number != 2)
    return ERROR_BAD_FILE;
  console_write(number == 1 ? CONSOLE_OUTPUT : CONSOLE_ERROR, (const void *)(uintptr_t)buffer, count);
  return (int64_t)count;
}

static int64_t write_buffers(uint64_t number, const buffer_t *buffers, uint64_t count) {
  int64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    int64_t done = write_file(number, buffers[i].base, buffers[i].length);
    if (done < 0)
      return done;
    total += done;
  }
  return total;
}

static int64_t seek(uint64_t number, int64_t offset, uint64_t origin) {
  open_file_t *open = find_open(number);
  if (!open)
    return number < FIRST_FILE ? -29 /* ESPIPE */ : ERROR_BAD_FILE;
  int64_t base = origin == 0 ? 0 : (int64_t)(origin == 1 ? open->offset : open->file->size);
  if (origin > 2 || base + offset < 0)
    return ERROR_INVALID;
  open->offset = (uint64_t)(base + offset);
  return base + offset;
}

static int64_t status_of(const machine_file_t *file, file_status_t *status) {
  memset(status, 0, sizeof *status);
  status->links = 1;
  status->block_size = MACHINE_PAGE;
  status->mode = file ? 0100444 : 0020620; /* a regular file; the console is a character device */
  status->size = file ? file->size : 0;
  status->inode = (uint64_t)(uintptr_t)file;
  return 0;
}

static int64_t status_of_open(uint64_t number, file_status_t *status) {
  open_file_t *open = find_open(number);
  if (!open && number >= FIRST_FILE)
    return ERROR_BAD_FILE;
  return status_of(open ? open->file : NULL, status);
}

static int64_t status_of_name(uint64_t folder, const char *name, file_status_t *status) {
  if (name[0] == 0)
    return status_of_open(folder, status);
  const machine_file_t *file = archive_find(name);
  return file ? status_of(file, status) : ERROR_NO_ENTRY;
}

static int64_t map_memory(uint64_t address, uint64_t bytes, uint64_t flags, uint64_t number, uint64_t offset) {
  if (bytes == 0)
    return ERROR_INVALID;
  if (flags & MAP_AT_ADDRESS)
    memset((void *)(uintptr_t)address, 0, bytes);
  else
    address = memory_take(bytes);
  if (address == 0)
    return ERROR_NO_MEMORY;
  if (!(flags & MAP_WITHOUT_FILE)) {
    int64_t done = read_at(number, address, bytes, offset);
    if (done < 0)
      return done;
  }
  return (int64_t)address;
}

static int64_t set_thread_pointer(uint64_t operation, uint64_t value) {
  if (operation != ARCH_SET_FS)
    return ERROR_INVALID;
  __asm__ volatile("wrmsr" ::"c"(MSR_FS_BASE), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
  return 0;
}

/** Time since power-on, which counts instructions: one is 10 ns. */
static int64_t read_clock(uint64_t *time, uint64_t fraction_per_second) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  uint64_t ticks = (uint64_t)high << 32 | low;
  time[0] = ticks / MACHINE_CLOCK_HZ;
  time[1] = ticks % MACHINE_CLOCK_HZ * fraction_per_second / MACHINE_CLOCK_HZ;
  return 0;
}

static int64_t unknown_call(int64_t number) {
  static uint64_t named[16];
  if (number < 0 || number >= 1024 || named[number / 64] >> (number % 64) & 1)
    return ERROR_UNKNOWN_CALL;
  named[number / 64] |= 1ull << (number % 64);
  console_text(CONSOLE_ERROR, "machine: warning: program: system call ");
  console_hex(CONSOLE_ERROR, (uint64_t)number);
  console_text(CONSOLE_ERROR, " is not supported\n");
  return ERROR_UNKNOWN_CALL;
}

/** Calls about files; `*answered` says whether the number was one of them. */
static int64_t file_call(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, int *answered) {
  *answered = 1;
  switch (number) {
  case __NR_read:
    return read_file(a, b, c);
  case __NR_pread64:
    return read_at(a, b, c, d);
  case __NR_write:
    return write_file(a, b, c);
  case __NR_writev:
    return write_buffers(a, (const buffer_t *)(uintptr_t)b, c);
  case __NR_open:
    return open_file((const char *)(uintptr_t)a, b);
  case __NR_openat:
    return open_file((const char *)(uintptr_t)b, c);
  case __NR_close:
    return close_file(a);
  case __NR_lseek:
    return seek(a, (int64_t)b, c);
  case __NR_fstat:
    return status_of_open(a, (file_status_t *)(uintptr_t)b);
  case __NR_stat:
    return status_of_name(0, (const char *)(uintptr_t)a, (file_status_t *)(uintptr_t)b);
  case __NR_newfstatat:
    return status_of_name(a, (const char *)(uintptr_t)b, (file_status_t *)(uintptr_t)c);
  case __NR_access:
    return archive_find((const char *)(uintptr_t)a) ? 0 : ERROR_NO_ENTRY;
  case __NR_readlink:
  case __NR_readlinkat:
    return ERROR_INVALID;
  case __NR_ioctl:
    return ERROR_NOT_TERMINAL;
  default:
    *answered = 0;
    return 0;
  }
}

int64_t machine_handle_syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  int answered;
  int64_t result = file_call(number, a, b, c, d, &answered);
  if (answered)
    return result;
  switch (number) {
  case __NR_brk:
    return (int64_t)memory_set_break(a);
  case __NR_mmap:
    return map_memory(a, b, d, e, f);
  case __NR_munmap:
    memory_give(a, b);
    return 0;
  case __NR_arch_prctl:
    return set_thread_pointer(a, b);
  case __NR_clock_gettime:
    return read_clock((uint64_t *)(uintptr_t)b, 1000000000);
  case __NR_gettimeofday:
    return read_clock((uint64_t *)(uintptr_t)a, 1000000);
  case __NR_getrandom:
    memset((void *)(uintptr_t)a, 0, b); /* the same on every run */
    return (int64_t)b;
  case __NR_getpid:
  case __NR_gettid:
  case __NR_set_tid_address:
    return 1;
  case __NR_tgkill:
  case __NR_kill:
    machine_stop(MACHINE_EXCEPTION_STATUS + (int)(number == __NR_tgkill ? c : b));
  case __NR_exit:
  case __NR_exit_group:
    machine_stop((int)a);
  case __NR_mprotect:
  case __NR_madvise:
  case __NR_futex:
  case __NR_rt_sigaction:
  case __NR_rt_sigprocmask:
  case __NR_set_robust_list:
  case __NR_sched_yield:
  case __NR_nanosleep:
  case __NR_clock_nanosleep:
    return 0;
  case __NR_getuid:
  case __NR_geteuid:
  case __NR_getgid:
  case __NR_getegid:
    return 0;
  case __NR_rseq:
  case __NR_sysinfo: /* glibc asks for it when it sorts, and does without */
  case __NR_prlimit64:
    return ERROR_UNKNOWN_CALL;
  default:
    return unknown_call(number);
  }
}
