# The only functions that make targets: cairn_library, cairn_kernels, cairn_machine, cairn_program, cairn_test, cairn_stand_in,
# cairn_fuzz.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# Symbols name functions and lines, which is what a trace shows; variables would cost a third of every compilation.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
# Where AddressSanitizer and UndefinedBehaviorSanitizer check every access of code in line, the optimiser takes several
# times as long as without, for little.
set(cairn_kernels_level -O3)
set(cairn_machine_level -O2)
if(CAIRN_SANITIZE AND NOT CAIRN_SANITIZE STREQUAL "thread")
  set(cairn_kernels_level -O1)
  set(cairn_machine_level -O1)
endif()

add_library(cairn_flags INTERFACE)
target_include_directories(cairn_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(cairn_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
target_compile_definitions(cairn_flags INTERFACE CAIRN_VERSION="${PROJECT_VERSION}")
if(CAIRN_SANITIZE STREQUAL "thread")
  target_compile_options(cairn_flags INTERFACE -fsanitize=thread)
  target_link_options(cairn_flags INTERFACE -fsanitize=thread)
elseif(CAIRN_SANITIZE)
  target_compile_options(cairn_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(cairn_flags INTERFACE -fsanitize=address,undefined)
endif()
if(CAIRN_FUZZ)
  add_custom_target(fuzz_all)
endif()

# Headers that take longer to read than most of our files, read once. Nothing needs them to be: without
# them (CAIRN_PRECOMPILE=OFF) every file includes what it uses.
add_library(cairn_test_flags INTERFACE)
target_link_libraries(cairn_test_flags INTERFACE cairn_flags GTest::gmock GTest::gtest)
# Assertions are much code that runs once: what is tested is optimised, the tests are not.
target_compile_options(cairn_test_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-O0>)
if(CAIRN_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(cairn_flags INTERFACE -fpch-preprocess)  # for ccache
  file(CONFIGURE OUTPUT precompiled.cpp CONTENT "")
  add_library(cairn_precompiled OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(cairn_precompiled PRIVATE cairn_flags)
  target_precompile_headers(cairn_precompiled PRIVATE <nlohmann/json.hpp>)
  add_library(cairn_test_precompiled OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(cairn_test_precompiled PRIVATE cairn_test_flags)
  target_precompile_headers(cairn_test_precompiled PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
endif()
function(cairn_precompile target from)
  if(TARGET ${from})
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# cairn_library(NAME [JSON] SOURCES a.cpp … DEPS target …): static library cairn_NAME. JSON: most of its
# files include common/json.h.
function(cairn_library name)
  cmake_parse_arguments(arg "JSON" "" "SOURCES;DEPS" ${ARGN})
  add_library(cairn_${name} STATIC ${arg_SOURCES})
  if(arg_JSON)
    cairn_precompile(cairn_${name} cairn_precompiled)
  endif()
  target_link_libraries(cairn_${name} PUBLIC cairn_flags ${arg_DEPS})
endfunction()

# cairn_kernels(TARGET PATH …): adds PATH_scalar.cpp, PATH_avx2.cpp and PATH_avx512.cpp, each built for its
# instruction set and optimised in every preset: what is not inlined there could replace code that runs everywhere.
function(cairn_kernels target)
  # GCC 12 warns about its own headers: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105593
  set(avx512_warnings -Wno-uninitialized)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    list(APPEND avx512_warnings -Wno-maybe-uninitialized)
  endif()
  foreach(path ${ARGN})
    target_sources(${target} PRIVATE ${path}_scalar.cpp ${path}_avx2.cpp ${path}_avx512.cpp)
    set_source_files_properties(${path}_scalar.cpp PROPERTIES COMPILE_OPTIONS ${cairn_kernels_level})
    set_source_files_properties(${path}_avx2.cpp PROPERTIES COMPILE_OPTIONS "${cairn_kernels_level};-mavx2")
    set_source_files_properties(${path}_avx512.cpp PROPERTIES
      COMPILE_OPTIONS "${cairn_kernels_level};-mavx512f;-mavx512dq;-mavx512bw;-mavx512vl;${avx512_warnings}")
  endforeach()
endfunction()

# cairn_machine(TARGET HEADER TYPE [PARTS n]): the prover's kernels of machine TYPE (as cairn::engine sees it, defined in
# HEADER), for each instruction set, in library or program TARGET. Its tables are dealt out to n files (1 when left out),
# which compile side by side.
function(cairn_machine target header type)
  cmake_parse_arguments(arg "" "PARTS" "" ${ARGN})
  if(NOT arg_PARTS)
    set(arg_PARTS 1)
  endif()
  math(EXPR last "${arg_PARTS} - 1")
  foreach(isa scalar:Scalar: avx2:Avx2:-mavx2 avx512:Avx512:-mavx512f,-mavx512dq,-mavx512bw,-mavx512vl)
    string(REPLACE ":" ";" isa "${isa}")
    list(GET isa 0 name)
    list(GET isa 1 packed)
    list(GET isa 2 options)
    string(REPLACE "," ";" options "${options}")
    string(REPLACE "::" "_" object ${target}_${type}_${name})
    set(sources)
    foreach(part RANGE ${last})
      configure_file(${CMAKE_SOURCE_DIR}/prover/prove/machine_kernels.cpp.in ${object}_${part}.cpp @ONLY)
      list(APPEND sources ${CMAKE_CURRENT_BINARY_DIR}/${object}_${part}.cpp)
    endforeach()
    add_library(${object} OBJECT ${sources})
    target_link_libraries(${object} PRIVATE cairn_flags)
    target_compile_options(${object} PRIVATE ${cairn_machine_level} ${options} -Wno-uninitialized)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${object} PRIVATE -Wno-maybe-uninitialized)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
endfunction()

# cairn_program(NAME SOURCES … DEPS …): executable in bin/.
function(cairn_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cairn_flags ${arg_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# cairn_test(NAME LABEL unit|integration|… SOURCES … [ALONE …] DEPS … [TIMEOUT s]): GoogleTest program, one ctest entry.
# Where CAIRN_TESTS_COMPUTE is set, tests are optimised like what they test. Those that may take long begin first.
# Most of compiling a test is reading headers and expanding the same templates again: with CAIRN_UNITY six files are
# compiled as one. ALONE are those of SOURCES that define names as another of them does. Presets other
# than release compile each file by itself; -DCAIRN_UNITY=OFF -DCAIRN_PRECOMPILE=OFF shows whether each includes what it uses.
function(cairn_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;ALONE;DEPS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(CAIRN_SANITIZE)
    math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")  # ops/test runs them niced, beside others
  endif()
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${CAIRN_UNITY} UNITY_BUILD_BATCH_SIZE 6)
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(CAIRN_TESTS_COMPUTE)
    target_link_libraries(${name} PRIVATE cairn_flags)
  else()
    cairn_precompile(${name} cairn_test_precompiled)
    target_link_libraries(${name} PRIVATE cairn_test_flags)
  endif()
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT}
    ENVIRONMENT "CAIRN_SOURCE_DIR=${CMAKE_SOURCE_DIR};CAIRN_BINARY_DIR=${CMAKE_BINARY_DIR}")
endfunction()

# cairn_stand_in(NAME FILE library.so.N SOURCES … DEFINES …): shared library tests/NAME/FILE, for tests to load in place of one
# that the machine lacks.
function(cairn_stand_in name)
  cmake_parse_arguments(arg "" "FILE" "SOURCES;DEFINES" ${ARGN})
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cairn_flags)
  target_compile_definitions(${name} PRIVATE ${arg_DEFINES})
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME ${arg_FILE} SUFFIX ""
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${name})
endfunction()

# cairn_fuzz(NAME SOURCES … DEPS … [CORPUS dir]): libFuzzer target; ctest runs it briefly over tests/fuzz/corpus/NAME, or dir.
# DEPS are what it looks into: branches of these libraries are counted, and guide it; those of libraries below are not.
# An input that takes a minute hangs; a few seconds happen on a busy machine.
function(cairn_fuzz name)
  cmake_parse_arguments(arg "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  if(NOT arg_CORPUS)
    set(arg_CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
  if(NOT CAIRN_FUZZ)
    return()
  endif()
  add_executable(fuzz_${name} ${arg_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE cairn_flags ${arg_DEPS})
  foreach(guide fuzz_${name} ${arg_DEPS})
    get_target_property(options ${guide} COMPILE_OPTIONS)
    if(NOT "-fsanitize=fuzzer-no-link" IN_LIST options)
      target_compile_options(${guide} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
  endforeach()
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_all fuzz_${name})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  set(found ${CMAKE_BINARY_DIR}/fuzz/found/${name})
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz_${name} COMMAND fuzz_${name} -seed=1 -max_total_time=8 -rss_limit_mb=1024
    -timeout=60 -print_final_stats=1 ${found} ${arg_CORPUS})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
