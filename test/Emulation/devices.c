/*
 * devices.c - the few devices of the emulated PC that the firmware uses.
 *
 * The parallel ports carry the output: Bochs appends each byte to a file at once, without the timing of a serial line.
 * Port 1 is standard output, port 2 standard error followed by the line with the exit status.
 */
#include "machine.h"

#define PARALLEL_1 0x378
#define PARALLEL_2 0x278
#define PARALLEL_ONLINE 0x0c /* selected, not resetting */
#define PARALLEL_STROBE 0x01

#define ATA_DATA 0x1f0
#define ATA_SECTOR_COUNT 0x1f2
#define ATA_LBA_LOW 0x1f3
#define ATA_LBA_MIDDLE 0x1f4
#define ATA_LBA_HIGH 0x1f5
#define ATA_DEVICE 0x1f6
#define ATA_COMMAND 0x1f7
#define ATA_READ_SECTORS 0x20
#define ATA_BUSY 0x80
#define ATA_DATA_READY 0x08
#define ATA_ERROR 0x01
#define SECTOR_BYTES 512u

#define POWER_PORT 0x8900

uint64_t machine_ram_size(void) {
  /* CMOS bytes 0x34 and 0x35: RAM above 16 MiB in units of 64 KiB. */
  port_write8(0x70, 0x34);
  uint64_t units = port_read8(0x71);
  port_write8(0x70, 0x35);
  units |= (uint64_t)port_read8(0x71) << 8;
  return (16ull << 20) + units * 65536;
}

void console_open(void) {
  port_write8(PARALLEL_1 + 2, PARALLEL_ONLINE);
  port_write8(PARALLEL_2 + 2, PARALLEL_ONLINE);
}

void console_write(console_t stream, const void *bytes, size_t count) {
  uint16_t port = stream == CONSOLE_OUTPUT ? PARALLEL_1 : PARALLEL_2;
  const uint8_t *next = bytes;
  for (size_t i = 0; i < count; ++i) {
    port_write8(port, next[i]);
    port_write8(port + 2, PARALLEL_ONLINE | PARALLEL_STROBE);
    port_write8(port + 2, PARALLEL_ONLINE);
  }
}

void console_text(console_t stream, const char *text) { console_write(stream, text, strlen(text)); }

void console_hex(console_t stream, uint64_t value) {
  console_text(stream, "0x");
  for (int shift = 60; shift >= 0; shift -= 4)
    console_write(stream, &"0123456789abcdef"[(value >> shift) & 15], 1);
}

static void disk_read_command(uint32_t sector, uint32_t count, void *buffer) {
  port_write8(ATA_DEVICE, 0xe0 | ((sector >> 24) & 15));
  port_write8(ATA_SECTOR_COUNT, (uint8_t)count); /* 0 stands for 256 */
  port_write8(ATA_LBA_LOW, (uint8_t)sector);
  port_write8(ATA_LBA_MIDDLE, (uint8_t)(sector >> 8));
  port_write8(ATA_LBA_HIGH, (uint8_t)(sector >> 16));
  port_write8(ATA_COMMAND, ATA_READ_SECTORS);
  for (uint32_t i = 0; i < count; ++i) {
    uint8_t status;
    do
      status = port_read8(ATA_COMMAND);
    while (status & ATA_BUSY);
    if ((status & ATA_ERROR) || !(status & ATA_DATA_READY))
      machine_fail("expects the disk to deliver a sector, but it reports an error", "disk");
    size_t words = SECTOR_BYTES / 2;
    __asm__ volatile("rep insw" : "+D"(buffer), "+c"(words) : "d"((uint16_t)ATA_DATA) : "memory");
  }
}

void disk_read(uint32_t sector, uint32_t count, void *buffer) {
  uint8_t *next = buffer;
  while (count > 0) {
    uint32_t now = count < 256 ? count : 256;
    disk_read_command(sector, now, next);
    sector += now;
    count -= now;
    next += (size_t)now * SECTOR_BYTES;
  }
}

void machine_stop(int status) {
  char digits[4] = {(char)('0' + (status & 255) / 100), (char)('0' + (status & 255) / 10 % 10),
                    (char)('0' + (status & 255) % 10), '\n'};
  console_text(CONSOLE_ERROR, "\nexit-status ");
  console_write(CONSOLE_ERROR, digits, sizeof digits);
  for (const char *next = "Shutdown"; *next; ++next)
    port_write8(POWER_PORT, (uint8_t)*next);
  for (;;)
    __asm__ volatile("cli; hlt");
}

void machine_fail(const char *what, const char *name) {
  console_text(CONSOLE_ERROR, "machine: error: ");
  console_text(CONSOLE_ERROR, name);
  console_text(CONSOLE_ERROR, ": ");
  console_text(CONSOLE_ERROR, what);
  console_text(CONSOLE_ERROR, "\n");
  machine_stop(125);
}
