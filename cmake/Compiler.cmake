# Language level, warnings, caches and sanitizers for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
# One speed for tests and for work: assertions of ours stay on in release, those of libc are not used.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(trireme_warnings INTERFACE)
target_compile_options(trireme_warnings INTERFACE -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^13\\.")
  # GCC 13 takes every returned reference to lead to the temporary arguments of the call; GCC 14 looks closer.
  target_compile_options(trireme_warnings INTERFACE -Wno-dangling-reference)
endif()

set(TRIREME_SANITIZE "" CACHE STRING "sanitizers for -fsanitize=, for example address,undefined")
if(TRIREME_SANITIZE)
  add_compile_options(-fsanitize=${TRIREME_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TRIREME_SANITIZE})
  if(TRIREME_SANITIZE MATCHES "thread")
    # Each access becomes a call: without optimization tests take two to four times as long.
    add_compile_options(-O1)
    add_compile_options(-Wno-return-type)  # gcc no longer sees that what follows [[noreturn]] is not reached
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # gcc writes time stamps into a precompiled header; without these two ccache never hits behind one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
