// The library in place of NVIDIA's, loaded by a test and put back when it ends.
#pragma once

#include <dlfcn.h>
#include <stdexcept>

#include "tests/support/gpu_stand_in.h"

namespace cairn::cli {

class LoadedStandIn {
 public:
  LoadedStandIn() : library_(dlopen(CAIRN_GPU_STAND_IN, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) throw std::runtime_error(dlerror());
    of_ = reinterpret_cast<test::GpuStandInOf>(dlsym(library_, "gpu_stand_in"))();
    as_built_ = *of_;
  }
  ~LoadedStandIn() {
    *of_ = as_built_;
    dlclose(library_);
  }
  LoadedStandIn(const LoadedStandIn&) = delete;
  LoadedStandIn& operator=(const LoadedStandIn&) = delete;

  test::GpuStandIn* operator->() const { return of_; }

 private:
  void* library_;
  test::GpuStandIn* of_;
  test::GpuStandIn as_built_;
};

}  // namespace cairn::cli
