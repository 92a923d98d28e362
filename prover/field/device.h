// Marks functions that run on the host and, when nvcc compiles them, on the device. Always inlined: a
// copy out of line in an object built for AVX-512 could replace the one that runs everywhere.
#pragma once

#if defined(__CUDACC__)
#define CAIRN_DEVICE __host__ __device__ __forceinline__
#else
#define CAIRN_DEVICE __attribute__((always_inline)) inline
#endif
