set(support ${CMAKE_SOURCE_DIR}/tests/support)
cairn_library(sim
  SOURCES ${support}/sim_chain.cpp ${support}/sender_world.cpp ${support}/sender_world_checks.cpp
  DEPS cairn_chain_stages cairn_store)
cairn_test(sender_world_test LABEL unit SOURCES sender_world_test.cpp DEPS cairn_sim)
