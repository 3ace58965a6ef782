# poolproof_add_program(NAME SOURCES file... [LIBRARIES library...] [ARGUMENTS argument...]
#   [CHECK_TIME time])
#
# A program with main(), in C or C++, as it is:
#   NAME          as any program
#   NAME-tsan     under ThreadSanitizer
#   NAME-checked  what "poolproof program" checks
# and the tests "NAME run", "NAME tsan" and "NAME check", the last of which searches for CHECK_TIME
# (10s unless told). A test that ends with UNKNOWN is skipped, and its output says why.
#
# This file lies beside the library, where that is installed: lib/poolproof.
#
# Where the runtime library is not built, as with a sanitizer or on another machine than x86-64 and
# Linux, there is no check.
include_guard()

function(poolproof_add_program name)
  cmake_parse_arguments(arg "" "CHECK_TIME" "SOURCES;LIBRARIES;ARGUMENTS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "poolproof_add_program(NAME SOURCES file... [LIBRARIES library...] "
      "[ARGUMENTS argument...] [CHECK_TIME time]) is wanted, not '${name} ${ARGN}'")
  endif()
  if(NOT arg_CHECK_TIME)
    set(arg_CHECK_TIME 10s)
  endif()
  if(NOT arg_CHECK_TIME MATCHES "^[0-9]+(ms|s|m|h)$")
    message(FATAL_ERROR "poolproof_add_program(${name}): CHECK_TIME is 500ms, 10s, 2m or 1h, not "
      "'${arg_CHECK_TIME}'")
  endif()
  find_package(Threads REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE Threads::Threads ${arg_LIBRARIES})
  add_test(NAME "${name} run" COMMAND ${name} ${arg_ARGUMENTS})
  if(CMAKE_C_FLAGS MATCHES "-fsanitize=" OR CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    return()
  endif()
  add_executable(${name}-tsan ${arg_SOURCES})
  target_compile_options(${name}-tsan PRIVATE -fsanitize=thread -g1)
  target_link_options(${name}-tsan PRIVATE -fsanitize=thread)
  target_link_libraries(${name}-tsan PRIVATE Threads::Threads ${arg_LIBRARIES})
  add_test(NAME "${name} tsan" COMMAND ${name}-tsan ${arg_ARGUMENTS})
  if(TARGET poolproof::program)
    poolproof_add_checked_program(${name}-checked ${arg_SOURCES})
    target_link_libraries(${name}-checked PRIVATE ${arg_LIBRARIES})
    add_test(NAME "${name} check" COMMAND ${POOLPROOF_PROGRAM_COMMAND} program
      $<TARGET_FILE:${name}-checked> -b ${arg_CHECK_TIME} -- ${arg_ARGUMENTS})
    set_tests_properties("${name} check" PROPERTIES SKIP_RETURN_CODE 3)
  endif()
endfunction()

# poolproof_add_checked_program(NAME file...): the last of these alone.
function(poolproof_add_checked_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE poolproof::program)
endfunction()

# poolproof::program: what such programs are compiled and linked with, as poolproof-c++ does it.
function(_poolproof_program_target folder library)
  add_library(poolproof::program INTERFACE IMPORTED GLOBAL)
  target_compile_options(poolproof::program INTERFACE
    "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fsanitize=thread>"
    "$<$<COMPILE_LANG_AND_ID:C,Clang>:SHELL:-Xclang -fsanitize=thread>"
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-specs=${folder}/poolproof.specs;-B${folder}/gcc;-Wno-tsan>"
    "$<$<COMPILE_LANG_AND_ID:C,GNU>:-specs=${folder}/poolproof.specs;-B${folder}/gcc;-Wno-tsan>"
    -mcx16 -U_FORTIFY_SOURCE -UNDEBUG -U__SANITIZE_THREAD__ -D__POOLPROOF_PROGRAM__=1
    -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-builtin-memset -fno-builtin-memcpy -fno-builtin-memmove
    -fno-builtin-memcmp -g)
  target_include_directories(poolproof::program SYSTEM INTERFACE ${folder}/include)
  target_link_options(poolproof::program INTERFACE -Wl,-z,now -Wl,--no-as-needed)
  target_link_libraries(poolproof::program INTERFACE ${library} -pthread)
endfunction()

if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/libpoolproof_program.so AND NOT TARGET poolproof::program)
  _poolproof_program_target(${CMAKE_CURRENT_LIST_DIR}
    ${CMAKE_CURRENT_LIST_DIR}/libpoolproof_program.so)
  set(POOLPROOF_PROGRAM_COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../bin/poolproof)
endif()
