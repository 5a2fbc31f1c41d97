/*
 * main.c - the firmware from power-on to the program's first instruction, and its last word on an exception.
 */
#include "machine.h"

#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_FMASK 0xc0000084u
#define CODE64 0x08u
#define GATE_PRESENT_INTERRUPT 0x8eu
#define EXCEPTIONS 32u

typedef struct {
  uint16_t offset_low, selector;
  uint8_t stack, type;
  uint16_t offset_middle;
  uint32_t offset_high, reserved;
} gate_t;

static gate_t gates[EXCEPTIONS];

static void write_msr(uint32_t msr, uint64_t value) {
  __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static void catch_exceptions(void) {
  for (size_t i = 0; i < EXCEPTIONS; ++i) {
    uint64_t stub = (uint64_t)(uintptr_t)machine_exceptions[i];
    gates[i] =
        (gate_t){(uint16_t)stub, CODE64, 0, GATE_PRESENT_INTERRUPT, (uint16_t)(stub >> 16), (uint32_t)(stub >> 32), 0};
  }
  struct __attribute__((packed)) {
    uint16_t limit;
    uint64_t base;
  } pointer = {sizeof gates - 1, (uint64_t)(uintptr_t)gates};
  __asm__ volatile("lidt %0" ::"m"(pointer));
}

void machine_main(void) {
  console_open();
  memory_map();
  catch_exceptions();
  write_msr(MSR_STAR, (uint64_t)CODE64 << 32);
  write_msr(MSR_LSTAR, (uint64_t)(uintptr_t)machine_syscall);
  write_msr(MSR_FMASK, 0x700); /* direction, trap and interrupt flags */
  archive_load();
  uint64_t entry, stack;
  program_load(&entry, &stack);
  machine_enter(entry, stack);
}

void machine_exception(uint64_t number, uint64_t code, uint64_t rip, uint64_t address) {
  console_text(CONSOLE_ERROR, "machine: error: program: stopped by CPU exception ");
  console_hex(CONSOLE_ERROR, number);
  console_text(CONSOLE_ERROR, ", error code ");
  console_hex(CONSOLE_ERROR, code);
  console_text(CONSOLE_ERROR, ", instruction at ");
  console_hex(CONSOLE_ERROR, rip);
  console_text(CONSOLE_ERROR, ", address ");
  console_hex(CONSOLE_ERROR, address);
  console_text(CONSOLE_ERROR, "\n");
  machine_stop(MACHINE_EXCEPTION_STATUS + (int)number);
}
