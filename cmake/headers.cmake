# `cmake --build … --target headers` compiles every header alone, so that none leans on what its
# includer happened to include before it.
file(GLOB_RECURSE OMNI_HEADERS CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/*.h")
set(header_units "")
foreach(header IN LISTS OMNI_HEADERS)
  file(RELATIVE_PATH relative "${CMAKE_SOURCE_DIR}/src" "${header}")
  set(unit "${CMAKE_BINARY_DIR}/headers/${relative}.cc")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"${relative}\"\n#include \"${relative}\"\n")
  list(APPEND header_units "${unit}")
endforeach()
add_library(headers OBJECT EXCLUDE_FROM_ALL ${header_units})
target_include_directories(headers PRIVATE "${CMAKE_SOURCE_DIR}/src")
