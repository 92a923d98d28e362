// What the C library and the compiler ask of a machine, and the input and output of the zkVM standards.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zkvm_io.h"

// Addresses of prover/rv32/address_space.h. Input and journal begin with their length in 4 bytes and 12
// zero bytes.
#define JOURNAL 0x30000000u
#define INPUT 0x38000000u
#define HEADER_BYTES 16u
#define JOURNAL_BYTES_MAX (0x100000u - HEADER_BYTES)

void read_input(const uint8_t** buf_ptr, size_t* buf_size) {
  *buf_ptr = (const uint8_t*)(INPUT + HEADER_BYTES);
  *buf_size = *(const volatile uint32_t*)INPUT;
}

void write_output(const uint8_t* output, size_t size) {
  volatile uint32_t* const length = (volatile uint32_t*)JOURNAL;
  if (size > JOURNAL_BYTES_MAX - *length) abort();
  if (size == 0) return;
  memcpy((uint8_t*)(JOURNAL + HEADER_BYTES + *length), output, size);
  *length += size;
}

// 128 + SIGABRT, as a shell would show it.
void abort(void) { _exit(134); }

// There is nobody to print to: what is written is dropped, and there is nothing to read.
static int put_nowhere(char c, FILE* file) {
  (void)file;
  return (unsigned char)c;
}
static int get_nothing(FILE* file) {
  (void)file;
  return EOF;
}
static FILE nowhere = FDEV_SETUP_STREAM(put_nowhere, get_nothing, NULL, _FDEV_SETUP_RW);
FILE* const stdin = &nowhere;
FILE* const stdout = &nowhere;
FILE* const stderr = &nowhere;
