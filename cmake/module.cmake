include(GoogleTest)
# omni_module(<name> SOURCES … [TESTS …] [USES <modules>…] [LINKS <libraries>…])
# A module is a static library omni_<name> of the files of its folder and, where it has tests, one
# test binary <name>_test.  USES names modules it may include: tests/tidy holds the same list
# against ARCHITECTURE.md, so a missing line here fails to link and an extra one fails the test.
function(omni_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;TESTS;USES;LINKS" ${ARGN})
  add_library(omni_${name} STATIC ${arg_SOURCES})
  target_include_directories(omni_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  foreach(used IN LISTS arg_USES)
    target_link_libraries(omni_${name} PUBLIC omni_${used})
  endforeach()
  target_link_libraries(omni_${name} PRIVATE ${arg_LINKS})
  if(OMNI_TESTS AND arg_TESTS)
    omni_test(${name}_test SOURCES ${arg_TESTS} LINKS omni_${name} ${arg_LINKS})
  endif()
endfunction()

# omni_test(<binary> SOURCES … LINKS …): a GoogleTest binary, one ctest entry per test case,
# labelled with the binary so that `ctest -L net_test` runs one module.
function(omni_test binary)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${binary} ${arg_SOURCES})
  target_link_libraries(${binary} PRIVATE ${arg_LINKS} GTest::gtest GTest::gtest_main)
  target_compile_definitions(${binary} PRIVATE OMNI_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${binary} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120
    LABELS ${binary})
endfunction()
