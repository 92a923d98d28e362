// Input and output of a guest program, as the zkVM standards of the Ethereum Foundation define them:
// https://github.com/eth-act/zkvm-standards/tree/main/standards/io-interface
#ifndef ZKVM_IO_H
#define ZKVM_IO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The private input: `*buf_size` bytes that may only be read, aligned to 16. Always the same; cannot
/// fail. When the size is 0, the pointer must not be used.
void read_input(const uint8_t** buf_ptr, size_t* buf_size);

/// Appends to the journal, which is what a proof makes public. A journal has at most 1,048,560 bytes; the
/// program ends by abort() when there are more.
void write_output(const uint8_t* output, size_t size);

#ifdef __cplusplus
}
#endif

#endif
