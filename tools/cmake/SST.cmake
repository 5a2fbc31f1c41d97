# The one place where targets get their flags.
#
#   sst_add_runtime_library(NAME src...)                 C11/C++17, sees no LLVM header
#   sst_add_library(NAME src... DEPENDS ... LINK_LIBS ...)  MLIR-facing library
#   sst_add_tool(NAME src... LINK_LIBS ...)              MLIR-facing executable in bin/
#   sst_add_runtime_tool(NAME src... LINK_LIBS ...)      executable that sees no LLVM header

set(SST_WARNINGS -Wall -Wextra -Wno-unused-parameter)
set(SST_C_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes)

function(sst_sanitize target)
  if(SST_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SST_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${SST_SANITIZE})
  endif()
endfunction()

function(sst_runtime_flags target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:${SST_C_WARNINGS}>
                                           $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic>)
  set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
  sst_sanitize(${target})
endfunction()

function(sst_add_runtime_library name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/runtime/include)
  sst_runtime_flags(${name})
endfunction()

function(sst_add_runtime_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  sst_runtime_flags(${name})
endfunction()

# Debian's libMLIR is built with NDEBUG, and llvm::Statistic differs in layout without it; hence -DNDEBUG always.
separate_arguments(SST_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

function(sst_mlir_flags target)
  target_include_directories(${target} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_include_directories(${target} PUBLIC
    ${CMAKE_SOURCE_DIR}/dialect/include ${CMAKE_BINARY_DIR}/dialect/include
    ${CMAKE_SOURCE_DIR}/compiler/include ${CMAKE_BINARY_DIR}/compiler/include
    ${CMAKE_SOURCE_DIR}/runtime/include)
  target_compile_definitions(${target} PUBLIC NDEBUG)
  target_compile_options(${target} PRIVATE ${SST_LLVM_DEFINITIONS} ${SST_WARNINGS} -fno-exceptions)
  sst_sanitize(${target})
endfunction()

function(sst_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  sst_mlir_flags(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS} MLIR LLVM)
endfunction()

function(sst_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  sst_mlir_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
endfunction()

# sst_embed_file(INPUT OUTPUT): makes OUTPUT, the bytes of INPUT for `#include` in an array initialiser.
function(sst_embed_file input output)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/tools/cmake/EmbedFile.cmake
    DEPENDS ${input} ${CMAKE_SOURCE_DIR}/tools/cmake/EmbedFile.cmake
    VERBATIM)
endfunction()
