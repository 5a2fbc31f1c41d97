/*
 * machine.h - what the parts of the emulated machine's firmware know of each other.
 *
 * The firmware loads one static x86-64 Linux program from a tar archive on the disk, runs it in ring 0 with AVX-512
 * enabled and answers the few system calls such a program makes. It is not an operating system: one process, one
 * thread, no interrupts, files are read-only. Freestanding C, compiled without vector registers.
 */
#ifndef SST_TEST_EMULATION_MACHINE_H
#define SST_TEST_EMULATION_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#define MACHINE_PAGE 4096u
/** Instructions per second of the emulated clock; the same number as `ips` in bochsrc.in. */
#define MACHINE_CLOCK_HZ 100000000u
/** The exit status reported for a program that stopped on CPU exception n is this plus n. */
#define MACHINE_EXCEPTION_STATUS 128

/** A file of the archive; `data` is in RAM. */
typedef struct {
  char name[128];
  const uint8_t *data;
  uint64_t size;
} machine_file_t;

/* devices.c: ports, console, disk, power. */
static inline void port_write8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}
static inline uint8_t port_read8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

/** Where bytes go: the program's two output streams. */
typedef enum { CONSOLE_OUTPUT, CONSOLE_ERROR } console_t;

/** Size of the RAM in bytes. */
uint64_t machine_ram_size(void);
void console_open(void);
void console_write(console_t stream, const void *bytes, size_t count);
void console_text(console_t stream, const char *text);
void console_hex(console_t stream, uint64_t value);
/** Reads `count` sectors of 512 bytes. Stops the machine when the disk reports an error. */
void disk_read(uint32_t sector, uint32_t count, void *buffer);
/** Writes the status where run-v4.sh reads it and switches the machine off. */
__attribute__((noreturn)) void machine_stop(int status);
/** The same, after "machine: error: <what>". */
__attribute__((noreturn)) void machine_fail(const char *what, const char *name);

/* memory.c: address map and the two ends of free memory. */

/** Maps RAM to itself, except page 0 and the hole of the devices. */
void memory_map(void);
/** Declares everything below `end` taken; the program's break starts there. */
void memory_set_break_start(uint64_t end);
/** Linux brk: the new break, or the old one when there is no room. */
uint64_t memory_set_break(uint64_t end);
/** Takes zeroed pages from the top of free memory; 0 when there is no room. */
uint64_t memory_take(uint64_t bytes);
/** Gives pages back; only the ones taken last become free again. */
void memory_give(uint64_t address, uint64_t bytes);

/* loader.c: the archive and the program. */

/** Loads the archive and returns the number of files. */
size_t archive_load(void);
/** The file of that name, or NULL. A leading "/" or "./" does not matter. */
const machine_file_t *archive_find(const char *name);
/** Copies the program's segments where they belong, builds its stack and returns both for machine_enter. */
void program_load(uint64_t *entry, uint64_t *stack);

/* syscalls.c */
int64_t machine_handle_syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

/* main.c: what start.S calls. */
__attribute__((noreturn)) void machine_main(void);
__attribute__((noreturn)) void machine_exception(uint64_t number, uint64_t code, uint64_t rip, uint64_t address);

/* start.S */
__attribute__((noreturn)) void machine_enter(uint64_t entry, uint64_t stack);
void machine_syscall(void);
extern const uint8_t machine_exceptions[32][16];
extern const uint8_t machine_descriptor_pointer[10];

/* libc-class helpers, in memory.c; the compiler may call them too. */
void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

#endif /* SST_TEST_EMULATION_MACHINE_H */
