# Every third-party library of the C++ build, all from Debian 12. Each enters the code through one
# adapter, named beside it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)              # common/digest.cpp, chain/keystore.cpp
find_package(spdlog REQUIRED)                 # common/log.cpp
find_package(yaml-cpp REQUIRED)               # common/config.cpp
find_package(nlohmann_json REQUIRED)          # common/json.h
find_package(prometheus-cpp REQUIRED)         # common/metrics.cpp
find_package(CURL REQUIRED)                   # chain/http.cpp
find_package(CLI11 REQUIRED)                  # cli/command.cpp
find_package(TBB REQUIRED)                    # prover/parallel.cpp
find_package(GTest REQUIRED)                  # tests/
find_package(benchmark REQUIRED)              # bench/
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)              # pipeline/transport_zmq.cpp
find_library(HIREDIS hiredis REQUIRED)                                # pipeline/redis_client.cpp
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)            # common/compression.cpp
pkg_check_modules(secp256k1 REQUIRED IMPORTED_TARGET libsecp256k1)  # chain/signer.cpp
pkg_check_modules(cryptopp REQUIRED IMPORTED_TARGET libcrypto++)    # chain/keccak.cpp
find_library(CIVETWEB_CPP civetweb-cpp REQUIRED)                    # common/http_server.cpp
find_library(CIVETWEB civetweb REQUIRED)
