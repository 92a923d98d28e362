/* Input: any bytes. Journal: their CRC-32 (IEEE 802.3), 4 bytes little endian. */
#include <zkvm_io.h>

static uint32_t table[256];

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
    table[i] = value;
  }
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; ++i) crc = crc >> 8 ^ table[(crc ^ input[i]) & 0xff];
  crc = ~crc;
  write_output((const uint8_t*)&crc, sizeof crc);
  return 0;
}
