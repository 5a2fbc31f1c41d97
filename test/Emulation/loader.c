/*
 * loader.c - the archive on the disk and the program in it.
 *
 * The disk is a plain ustar archive. Two of its files are special: "program", a static x86-64 ELF executable with
 * fixed addresses, and "arguments", its argv as NUL-terminated strings.
 */
#include "machine.h"

#include <elf.h>

#define SECTOR_BYTES 512u
#define MAX_FILES 64u
#define MAX_ARGUMENTS 64u
#define STACK_BYTES (8u << 20)
/** Programs are linked at 4 MiB by default; everything below 1 MiB is the firmware's. */
#define LOWEST_PROGRAM_ADDRESS (1u << 20)

typedef struct {
  char name[100], mode[8], owner[8], group[8], size[12], time[12], checksum[8], type, link[100], magic[6];
  char rest[249];
} tar_header_t;
_Static_assert(sizeof(tar_header_t) == SECTOR_BYTES, "a tar header is one sector");

static machine_file_t files[MAX_FILES];
static size_t file_count;

static uint64_t octal(const char *digits, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count && digits[i] >= '0' && digits[i] <= '7'; ++i)
    value = value * 8 + (uint64_t)(digits[i] - '0');
  return value;
}

static const char *without_leading_dots(const char *name) {
  while (*name == '/' || (name[0] == '.' && name[1] == '/'))
    ++name;
  return name;
}

size_t archive_load(void) {
  tar_header_t header;
  uint32_t sector = 0;
  for (;;) {
    disk_read(sector++, 1, &header);
    if (header.name[0] == 0)
      return file_count;
    uint64_t size = octal(header.size, sizeof header.size);
    uint32_t sectors = (uint32_t)((size + SECTOR_BYTES - 1) / SECTOR_BYTES);
    if (header.type == '0' || header.type == 0) {
      if (file_count == MAX_FILES)
        machine_fail("expects at most 64 files", "archive");
      machine_file_t *file = &files[file_count++];
      memcpy(file->name, header.name, sizeof header.name);
      uint64_t data = memory_take((uint64_t)sectors * SECTOR_BYTES + 1);
      if (data == 0)
        machine_fail("does not fit the RAM, raise --memory", file->name);
      disk_read(sector, sectors, (void *)(uintptr_t)data);
      file->data = (const uint8_t *)(uintptr_t)data;
      file->size = size;
    }
    sector += sectors;
  }
}

const machine_file_t *archive_find(const char *name) {
  name = without_leading_dots(name);
  for (size_t i = 0; i < file_count; ++i)
    if (strcmp(without_leading_dots(files[i].name), name) == 0)
      return &files[i];
  return NULL;
}

static const Elf64_Phdr *program_headers(const machine_file_t *file) {
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)file->data;
  if (file->size < sizeof *elf || elf->e_ident[0] != 0x7f || elf->e_ident[1] != 'E' || elf->e_machine != EM_X86_64)
    machine_fail("expects an x86-64 ELF file", "program");
  if (elf->e_type != ET_EXEC)
    machine_fail("expects an executable with fixed addresses, link with -static -no-pie", "program");
  return (const Elf64_Phdr *)(file->data + elf->e_phoff);
}

/** Copies the segments and returns the address of the program headers in the loaded program, or 0. */
static uint64_t load_segments(const machine_file_t *file) {
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)file->data;
  const Elf64_Phdr *headers = program_headers(file);
  uint64_t end = 0, headers_address = 0;
  for (size_t i = 0; i < elf->e_phnum; ++i) {
    const Elf64_Phdr *segment = &headers[i];
    if (segment->p_type == PT_INTERP)
      machine_fail("expects no dynamic loader, link with -static -no-pie", "program");
    if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
      continue;
    uint64_t segment_end = segment->p_vaddr + segment->p_memsz;
    if (segment->p_vaddr < LOWEST_PROGRAM_ADDRESS || segment_end > (uint64_t)(uintptr_t)file->data)
      machine_fail("expects segments between 1 MiB and the end of free RAM, raise --memory", "program");
    memcpy((void *)(uintptr_t)segment->p_vaddr, file->data + segment->p_offset, segment->p_filesz);
    memset((void *)(uintptr_t)(segment->p_vaddr + segment->p_filesz), 0, segment->p_memsz - segment->p_filesz);
    if (elf->e_phoff >= segment->p_offset && elf->e_phoff < segment->p_offset + segment->p_filesz)
      headers_address = segment->p_vaddr + (elf->e_phoff - segment->p_offset);
    if (segment_end > end)
      end = segment_end;
  }
  memory_set_break_start((end + MACHINE_PAGE - 1) & ~(uint64_t)(MACHINE_PAGE - 1));
  return headers_address;
}

/** Fills argv from the file "arguments" and returns how many there are. */
static size_t list_arguments(uint64_t *arguments) {
  const machine_file_t *file = archive_find("arguments");
  size_t count = 0;
  for (uint64_t at = 0; file && at < file->size; at += strlen((const char *)file->data + at) + 1) {
    if (count == MAX_ARGUMENTS)
      machine_fail("expects at most 64 arguments", "arguments");
    arguments[count++] = (uint64_t)(uintptr_t)(file->data + at);
  }
  return count;
}

void program_load(uint64_t *entry, uint64_t *stack) {
  /* What AT_RANDOM points to: fixed, so that every run is the same. */
  static const uint8_t not_random[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const machine_file_t *file = archive_find("program");
  if (!file)
    machine_fail("missing from the archive", "program");
  uint64_t headers_address = load_segments(file);
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)file->data;
  uint64_t vectors[] = {AT_PHDR,   headers_address,
                        AT_PHENT,  elf->e_phentsize,
                        AT_PHNUM,  elf->e_phnum,
                        AT_PAGESZ, MACHINE_PAGE,
                        AT_ENTRY,  elf->e_entry,
                        AT_UID,    0,
                        AT_EUID,   0,
                        AT_GID,    0,
                        AT_EGID,   0,
                        AT_SECURE, 0,
                        AT_CLKTCK, 100,
                        AT_RANDOM, (uint64_t)(uintptr_t)not_random,
                        AT_NULL,   0};
  uint64_t arguments[MAX_ARGUMENTS];
  size_t count = list_arguments(arguments);
  uint64_t stack_start = memory_take(STACK_BYTES);
  if (stack_start == 0)
    machine_fail("expects room for an 8 MiB stack, raise --memory", "memory");
  /* argc, argv, NULL, no environment, NULL, auxiliary vector; the first of them 16-byte aligned. */
  uint64_t words = 1 + count + 1 + 1 + sizeof vectors / sizeof vectors[0];
  uint64_t *top = (uint64_t *)(uintptr_t)((stack_start + STACK_BYTES - words * 8) & ~15ull);
  top[0] = count;
  memcpy(top + 1, arguments, count * 8);
  memcpy(top + 1 + count + 2, vectors, sizeof vectors);
  *entry = elf->e_entry;
  *stack = (uint64_t)(uintptr_t)top;
}
