# poolproof_fuzz_corpus(NAME LIBRARY...): NAME_fuzz.cpp over its corpus, NAME_corpus/, as a test.
# ci/fuzz builds the same file with libFuzzer.
function(poolproof_fuzz_corpus name)
  add_executable(${name}_fuzz ${name}_fuzz.cpp ${PROJECT_SOURCE_DIR}/harness/base/fuzz_main.cpp)
  target_link_libraries(${name}_fuzz PRIVATE poolproof_options ${ARGN})
  add_test(NAME "${name}_fuzz: corpus"
    COMMAND ${name}_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/${name}_corpus)
  set_tests_properties("${name}_fuzz: corpus" PROPERTIES TIMEOUT 60)
endfunction()
