#!/usr/bin/env bash
# Compiles the chips as device code with nvcc 13; exits 77, "skipped", without it. OUT is the object file.
#   compile_chips.sh SOURCE_DIR OUT
set -euo pipefail
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
"$nvcc" -std=c++20 --expt-relaxed-constexpr -arch=sm_90 -I"$1" -c "$1/tests/device/chips.cu" -o "$2"
