cairn_library(chain_stages
  SOURCES chain_step.cpp hash_commit.cpp reveal.cpp resend.cpp
  DEPS cairn_common cairn_sender)
