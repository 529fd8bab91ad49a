# omni_embed(<target> <namespace::function> BASE <folder> FILES …)
# Puts files into the binary as they are.  The target gets a definition of
#   std::span<const omni::EmbeddedFile> namespace::function()
# which lists them under their names below BASE; the user declares it where it is called.
function(omni_embed target function)
  cmake_parse_arguments(arg "" "BASE" "FILES" ${ARGN})
  string(REGEX MATCH "^(.*)::([a-z_]+)$" matched "${function}")
  set(space "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  string(REPLACE "::" "_" symbol "embedded_${function}")
  set(bytes "")
  set(declarations "")
  set(rows "")
  set(paths "")
  set(number 0)
  foreach(file IN LISTS arg_FILES)
    set(path "${CMAKE_CURRENT_SOURCE_DIR}/${arg_BASE}/${file}")
    set(begin "${symbol}_${number}")
    string(APPEND bytes
      "    \".globl ${begin}, ${begin}_end\\n.hidden ${begin}, ${begin}_end\\n\"\n"
      "    \"${begin}: .incbin \\\"${path}\\\"\\n${begin}_end: .byte 0\\n\"\n")
    string(APPEND declarations "extern \"C\" const char ${begin}[], ${begin}_end[];\n")
    string(APPEND rows "      {\"${file}\", {${begin}, ${begin}_end}},\n")
    list(APPEND paths "${path}")
    math(EXPR number "${number} + 1")
  endforeach()
  set(unit "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  file(CONFIGURE OUTPUT "${unit}" @ONLY CONTENT [[
#include "base/embedded_file.h"

__asm__(
    ".pushsection .rodata\n"
@bytes@    ".popsection\n");
@declarations@
namespace @space@ {
std::span<const EmbeddedFile> @name@();
std::span<const EmbeddedFile> @name@() {
  static const EmbeddedFile files[] = {
@rows@  };
  return files;
}
}  // namespace @space@
]])
  # Assembled at once: a cache of the linker's knows nothing of the files, and would keep old ones.
  set_source_files_properties("${unit}" PROPERTIES OBJECT_DEPENDS "${paths}"
    COMPILE_OPTIONS "-fno-lto")
  target_sources(${target} PRIVATE "${unit}")
endfunction()
