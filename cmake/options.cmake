# Language, warnings and the build variants of CMakePresets.json.

# Debian 12's g++ 12 destroys temporaries of co_await expressions twice; no test of ours can be
# trusted on such a build, so it is refused outright.  docs/decisions/0002 has the story.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles co_await expressions. "
    "Use clang 16 (cmake --preset dev) or g++ 13.")
endif()

option(OMNI_TESTS "Build the tests" ON)
option(OMNI_FUZZ "Build the libFuzzer targets" OFF)
option(OMNI_WERROR "Treat warnings as errors" OFF)
option(OMNI_LTO "Link-time optimisation" OFF)
option(OMNI_STATIC "Link Debian's static libraries, where there are such" OFF)
option(OMNI_COVERAGE "Instrument for llvm-cov" OFF)
set(OMNI_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(OMNI_CCACHE ccache)
if(OMNI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${OMNI_CCACHE}")
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(OMNI_WERROR)
  add_compile_options(-Werror)
endif()
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
# The names of this machine's folders have no place in the binary.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # The linker of the compiler's own version: an older lld on the path cannot read its bitcode.
  string(REGEX MATCH "^[0-9]+" clang_major "${CMAKE_CXX_COMPILER_VERSION}")
  find_program(OMNI_LLD NAMES "ld.lld-${clang_major}" ld.lld REQUIRED)
  add_link_options("--ld-path=${OMNI_LLD}")
  if(OMNI_LTO)
    add_compile_options(-flto=thin)
    add_link_options(-flto=thin "-Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache")
  endif()
endif()
if(OMNI_SANITIZE)
  add_compile_options("-fsanitize=${OMNI_SANITIZE}" -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${OMNI_SANITIZE}")
endif()
if(OMNI_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate -fcoverage-mapping)
endif()
