// What the CUDA toolkit's headers give to a .cu file, as far as chips.cu needs it: so that clang can check
// device code where there is no toolkit. Force-included; nothing is linked.
#pragma once

#include <stdlib.h>

#define __CUDACC__
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __forceinline__ __inline__ __attribute__((always_inline))

struct dim3 {
  unsigned x, y, z;
  __host__ __device__ constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
extern const __device__ dim3 blockIdx, blockDim, threadIdx;

// What a launch becomes; clang picks one by its version.
extern "C" unsigned cudaConfigureCall(dim3 grid, dim3 block, size_t shared = 0, void* stream = nullptr);
extern "C" unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared = 0,
                                                void* stream = nullptr);
