# What the tests that need a Redis share.
include_guard(GLOBAL)
set(support ${CMAKE_SOURCE_DIR}/tests/support)
cairn_library(store_support
  SOURCES ${support}/process.cpp ${support}/redis_proxy.cpp ${support}/redis_server.cpp ${support}/tcp.cpp
  DEPS cairn_store Threads::Threads)
