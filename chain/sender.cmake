cairn_library(sender
  SOURCES sender.cpp sender_commit.cpp sender_end.cpp sender_pay.cpp sender_reveal.cpp sender_row.cpp
          sender_scene.cpp sender_turn.cpp sender_tx.cpp
  DEPS cairn_common cairn_chain)
