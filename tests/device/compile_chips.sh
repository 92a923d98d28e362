#!/usr/bin/env bash
# Compiles the chips as device code; exits 77, "skipped", where the compiler is not there. Nothing is run.
#   compile_chips.sh clang SOURCE_DIR       what is no device code is an error; needs no CUDA
#   compile_chips.sh nvcc SOURCE_DIR OUT    to an object file, with nvcc of CUDA 13
set -euo pipefail
compiler=$1 source=$2

if [ "$compiler" = clang ]; then
  clang="${CLANG:-$(command -v clang++ || true)}"
  [ -n "$clang" ] || { echo "skipped: no clang++"; exit 77; }
  exec "$clang" -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_70 -Wno-unknown-cuda-version -std=c++20 \
    -I"$source" -include "$source/tests/device/cuda_words.h" -fsyntax-only "$source/tests/device/chips.cu"
fi

nvcc="${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}"
if ! version="$("$nvcc" --version 2>/dev/null | sed -n 's/.*release \([0-9]*\).*/\1/p')"; then version=''; fi
if [ -z "$version" ]; then
  echo "skipped: no nvcc ($nvcc); set NVCC to the one of CUDA 13"
  exit 77
fi
if [ "$version" -lt 13 ]; then
  echo "skipped: nvcc of CUDA $version, at least 13 is needed"
  exit 77
fi
"$nvcc" -std=c++20 --expt-relaxed-constexpr -arch=sm_90 -I"$source" -c "$source/tests/device/chips.cu" -o "$3"
