set(support ${CMAKE_SOURCE_DIR}/tests/support)
cairn_library(sim
  SOURCES ${support}/sim_chain.cpp ${support}/sender_world.cpp ${support}/sender_world_checks.cpp
  DEPS cairn_chain_stages cairn_store)
cairn_test(unit_sender LABEL unit
  SOURCES sender_commit_test.cpp sender_nonce_test.cpp sender_pay_test.cpp sender_reveal_test.cpp sender_row_test.cpp
          sender_tx_test.cpp
  DEPS cairn_sim)
cairn_test(sender_world_test LABEL unit SOURCES sender_world_test.cpp DEPS cairn_sim)
