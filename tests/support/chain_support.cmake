# What the tests that need a chain share: a real anvil, a proxy that fails on purpose, tools of the shell.
include_guard(GLOBAL)
set(support ${CMAKE_SOURCE_DIR}/tests/support)
cairn_library(chain_support JSON
  SOURCES ${support}/anvil.cpp ${support}/process.cpp ${support}/rpc_proxy.cpp ${support}/tcp.cpp
  DEPS cairn_chain)
