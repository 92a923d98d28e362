/* Does what the first byte of its input says, none of which is a success. */
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

static volatile uint32_t sink;

static uint32_t recurse(uint32_t depth) {
  volatile uint8_t room[256];
  room[depth % sizeof room] = (uint8_t)depth;
  if (depth == UINT32_MAX) return 0;
  return recurse(depth + 1) + room[depth % sizeof room];
}

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  switch (size ? input[0] : 0) {
    case 'c': *(volatile uint32_t*)(uintptr_t)&main = 0; break;                 /* writes to its code */
    case 'i': *(volatile uint8_t*)(uintptr_t)input = 0; break;                  /* writes to its input */
    case 'k': *(volatile char*)(uintptr_t)"constant" = 'C'; break;              /* writes to a constant */
    case 'j': ((void (*)(void))(uintptr_t)0x10000000u)(); break;                /* jumps to the stack */
    case 'n': sink = *(volatile uint32_t*)(uintptr_t)(size - 1); break;         /* reads through a null pointer */
    case 'u': sink = *(volatile uint32_t*)(uintptr_t)(0x10000000u + size); break; /* reads an unaligned word */
    case 'e': for (;;) sink += 1; break;                                        /* runs for ever */
    case 's': sink = recurse(0); break;                                         /* outgrows its stack */
    case 'a': abort(); break;
    case 'x': exit(42); break;
    case 'b': __asm__ volatile("ebreak"); break;
    case 'm': for (uint32_t at = 0;; at += 4096) ((volatile uint8_t*)malloc(4096))[at % 4096] = 1; break;
    case 'o': for (;;) write_output(input, size); break;                        /* more than a journal holds */
    default: break;
  }
  return EXIT_SUCCESS;
}
