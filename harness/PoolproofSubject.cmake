# poolproof_add_subject(NAME SOURCES file... [LIBRARIES library...] [TIME time] [CHECK_TIME time]
#   [BLACK_BOX])
#
# Programs for the subjects that these files add (<poolproof/subject.hpp>), with the verbs of
# poolproof, our allocators beside them:
#   NAME          stress; starts the third for check, replay and audit
#   NAME-tsan     stress under ThreadSanitizer
#   NAME-relacy   the model check
#   NAME-program  black boxes as they are, for the model check; where a file names add_black_box
# and the tests "NAME stress", "NAME tsan" and "NAME check", which give each subject TIME (1s
# unless told), or CHECK_TIME (10s), in each scenario. A test that ends with UNKNOWN is skipped, and
# its output says why and which time would be enough. LIBRARIES: what the files need. BLACK_BOX means
# nothing any more.
#
# With a sanitizer in the flags there is NAME alone, which has it. Where the compiler has no
# <source_location>, or Relacy is not installed, there is no model check.
include_guard(GLOBAL)

function(poolproof_add_subject name)
  cmake_parse_arguments(arg "BLACK_BOX" "TIME;CHECK_TIME" "SOURCES;LIBRARIES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "poolproof_add_subject(NAME SOURCES file... [LIBRARIES library...] "
      "[TIME time] [CHECK_TIME time] [BLACK_BOX]) is wanted, not '${name} ${ARGN}'")
  endif()
  foreach(option TIME:1s CHECK_TIME:10s)
    string(REPLACE ":" ";" option ${option})
    list(GET option 0 key)
    if(NOT arg_${key} AND NOT "${key}" IN_LIST arg_KEYWORDS_MISSING_VALUES)
      list(GET option 1 arg_${key})
    endif()
    if(NOT arg_${key} MATCHES "^[0-9]+(ms|s|m|h)$")
      message(FATAL_ERROR "poolproof_add_subject(${name}): ${key} is 500ms, 10s, 2m or 1h, not "
        "'${arg_${key}}'")
    endif()
  endforeach()
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(path "${source}" ABSOLUTE)
    get_source_file_property(generated "${source}" GENERATED)
    if(NOT generated AND NOT EXISTS "${path}" AND NOT source MATCHES "[$]<")
      message(FATAL_ERROR "poolproof_add_subject(${name}): of its SOURCES ${source} is not there")
    endif()
  endforeach()
  get_directory_property(flags COMPILE_OPTIONS)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(flags "${flags} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${POOLPROOF_SANITIZE}")

  set(stress poolproof::stress)
  if(flags MATCHES "-fsanitize=[a-z,]*thread")
    set(stress poolproof::stress_tsan)
  endif()
  _poolproof_program(${name} harness ${stress})
  # Two threads wherever it runs: one alone proves nothing.
  _poolproof_test("${name} stress" ${name} stress -t 2 -b ${arg_TIME})
  if(flags MATCHES "-fsanitize=" OR POOLPROOF_SANITIZE)
    return()
  endif()

  _poolproof_program(${name}-tsan harness poolproof::stress_tsan)
  target_compile_options(${name}-tsan PRIVATE -g1)  # so that reports name lines
  _poolproof_test("${name} tsan" ${name}-tsan stress -t 2 -b ${arg_TIME})
  if(NOT TARGET poolproof::model_check)
    return()
  endif()
  _poolproof_find_model_check()
  if(POOLPROOF_HAS_SOURCE_LOCATION AND RELACY_INCLUDE_DIR)
    _poolproof_program(${name}-relacy relacy poolproof::model_check)
    target_include_directories(${name}-relacy SYSTEM PRIVATE ${RELACY_INCLUDE_DIR})
    add_dependencies(${name} ${name}-relacy)
    _poolproof_black_boxes(${name})
    _poolproof_test("${name} check" ${name} check -b ${arg_CHECK_TIME})
  else()
    message(STATUS "${name} has no model check: Relacy or <source_location> is not there")
  endif()
endfunction()

# A program of the black boxes in arg_SOURCES. Its main is the library's.
function(_poolproof_black_boxes name)
  set(has_any FALSE)
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(path "${source}" ABSOLUTE)
    if(NOT EXISTS "${path}")
      set(has_any TRUE)  # it is yet to be made
      continue()
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
    file(STRINGS "${path}" named REGEX "add_black_box" LIMIT_COUNT 1)
    if(named)
      set(has_any TRUE)
    endif()
  endforeach()
  if(NOT has_any)
    return()
  endif()
  if(NOT TARGET poolproof::program)
    message(STATUS "${name} has no model check of black boxes: this build of poolproof is without "
      "programs as they are")
    return()
  endif()
  set(main ${CMAKE_CURRENT_BINARY_DIR}/${name}-program.cpp)
  file(CONFIGURE OUTPUT ${main} CONTENT
"extern \"C\" int poolproof_box_main();
int main() { return poolproof_box_main(); }
")
  list(APPEND arg_SOURCES ${main})
  _poolproof_program(${name}-program relacy/boxes poolproof::program)
  add_dependencies(${name} ${name}-program)
endfunction()

# Status 3 is an UNKNOWN without a FAIL: neither passed nor failed.
function(_poolproof_test test)
  add_test(NAME "${test}" COMMAND ${ARGN})
  set_tests_properties("${test}" PROPERTIES SKIP_RETURN_CODE 3)
endfunction()

# A program of arg_SOURCES: each engine has a header <poolproof/subject.hpp> of its own.
function(_poolproof_program program engine library)
  get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
  add_executable(${program} ${arg_SOURCES})
  target_include_directories(${program} PRIVATE ${root}/${engine}/include)
  target_compile_options(${program} PRIVATE -iquote${root})
  if(engine STREQUAL relacy)  # so that it sees std::atomic_thread_fence
    target_compile_options(${program}
      PRIVATE "SHELL:-include ${root}/relacy/include/poolproof/std_fences.hpp")
    target_compile_options(${program} PRIVATE -g1)  # lines of what crashes or hangs
  endif()
  target_link_libraries(${program} PRIVATE ${library} poolproof::allocators ${arg_LIBRARIES})
endfunction()

function(_poolproof_find_model_check)
  find_path(RELACY_INCLUDE_DIR relacy/context.hpp)
  mark_as_advanced(RELACY_INCLUDE_DIR)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS -std=c++20)
  check_cxx_source_compiles("
    #include <source_location>
    int main() { return std::source_location::current().line() == 0; }"
    POOLPROOF_HAS_SOURCE_LOCATION)
endfunction()
