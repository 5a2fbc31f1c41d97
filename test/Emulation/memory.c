/*
 * memory.c - address map, free memory and the memory functions of libc.
 *
 * Free memory is one range: the program's break grows from its low end, everything else (files, stack, mmap) is taken
 * from its high end. Page 0 and addresses without RAM are not mapped, so a wild pointer stops the program.
 */
#include "machine.h"

#define ENTRIES 512u
#define PRESENT_WRITE 0x3u
#define LARGE_PRESENT_WRITE 0x83u
#define LARGE_PAGE (2u << 20)
#define DEVICE_HOLE 0xa0000u
#define DEVICE_HOLE_END 0x100000u

static uint64_t map_root[ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_pointers[ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_directory[ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_first_pages[ENTRIES] __attribute__((aligned(4096)));

static uint64_t break_start, break_now, free_end;

void memory_map(void) {
  uint64_t ram = machine_ram_size();
  if (ram > (uint64_t)ENTRIES * LARGE_PAGE)
    machine_fail("expects at most 1024 MiB of RAM, lower --memory", "memory");
  for (uint64_t page = 1; page < ENTRIES; ++page)
    if (page * MACHINE_PAGE < DEVICE_HOLE || page * MACHINE_PAGE >= DEVICE_HOLE_END)
      map_first_pages[page] = page * MACHINE_PAGE | PRESENT_WRITE;
  map_directory[0] = (uint64_t)(uintptr_t)map_first_pages | PRESENT_WRITE;
  for (uint64_t i = 1; (i + 1) * LARGE_PAGE <= ram; ++i)
    map_directory[i] = i * LARGE_PAGE | LARGE_PRESENT_WRITE;
  map_pointers[0] = (uint64_t)(uintptr_t)map_directory | PRESENT_WRITE;
  map_root[0] = (uint64_t)(uintptr_t)map_pointers | PRESENT_WRITE;
  __asm__ volatile("lgdt (%0)" ::"r"(machine_descriptor_pointer));
  __asm__ volatile("mov %0, %%cr3" ::"r"((uint64_t)(uintptr_t)map_root) : "memory");
  free_end = ram / LARGE_PAGE * LARGE_PAGE;
  break_start = break_now = DEVICE_HOLE_END;
}

void memory_set_break_start(uint64_t end) { break_start = break_now = end; }

uint64_t memory_set_break(uint64_t end) {
  if (end < break_start || end > free_end)
    return break_now;
  if (end > break_now)
    memset((void *)(uintptr_t)break_now, 0, end - break_now);
  break_now = end;
  return break_now;
}

uint64_t memory_take(uint64_t bytes) {
  if (bytes > free_end)
    return 0;
  uint64_t address = (free_end - bytes) & ~(uint64_t)(MACHINE_PAGE - 1);
  if (address < break_now)
    return 0;
  free_end = address;
  memset((void *)(uintptr_t)address, 0, bytes);
  return address;
}

void memory_give(uint64_t address, uint64_t bytes) {
  if (address == free_end)
    free_end = (address + bytes + MACHINE_PAGE - 1) & ~(uint64_t)(MACHINE_PAGE - 1);
}

/* The emulator charges one step per repetition, so most bytes move eight at a time. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  void *next = to;
  size_t words = count / 8, bytes = count % 8;
  __asm__ volatile("rep movsq" : "+D"(next), "+S"(from), "+c"(words)::"memory");
  __asm__ volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(bytes)::"memory");
  return to;
}

void *memset(void *to, int value, size_t count) {
  void *next = to;
  size_t words = count / 8, bytes = count % 8;
  uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;
  __asm__ volatile("rep stosq" : "+D"(next), "+c"(words) : "a"(pattern) : "memory");
  __asm__ volatile("rep stosb" : "+D"(next), "+c"(bytes) : "a"(pattern) : "memory");
  return to;
}

size_t strlen(const char *text) {
  size_t count = 0;
  while (text[count])
    ++count;
  return count;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) {
    ++a;
    ++b;
  }
  return (unsigned char)*a - (unsigned char)*b;
}
