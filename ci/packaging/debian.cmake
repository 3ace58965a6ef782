# The packages that cpack makes for Debian, one for each component:
#   libpoolproof-dev           the allocators: headers
#   libpoolproof-harness-dev   the harness: static libraries, headers, poolproof_add_subject
#   poolproof                  the programs
# What they depend on is found by dpkg-shlibdeps, but for what is used when something is compiled.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The maintainers of Poolproof <maintainers@poolproof.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Pool allocators, and the harness that proves them")
set(CPACK_COMPONENTS_ALL allocators harness programs)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian_files.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(CPACK_DEBIAN_ALLOCATORS_PACKAGE_NAME libpoolproof-dev)
set(CPACK_DEBIAN_ALLOCATORS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_ALLOCATORS_DESCRIPTION
  "pool allocators for C++20
 Allocators of blocks of one size and of pieces of any size, for one
 thread, with a lock and lock-free: headers, which need the standard
 library alone.")

set(CPACK_DEBIAN_HARNESS_PACKAGE_NAME libpoolproof-harness-dev)
set(CPACK_DEBIAN_HARNESS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HARNESS_PACKAGE_DEPENDS
  "libpoolproof-dev (= ${PROJECT_VERSION}), poolproof (= ${PROJECT_VERSION}), libfmt-dev, relacy-dev")
set(CPACK_DEBIAN_HARNESS_DESCRIPTION
  "harness for pool allocators of your own
 Builds programs that run an allocator on real threads with oracles
 around every call, under ThreadSanitizer, and under a model checker.")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME poolproof)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS "g++")
set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION
  "harness that proves pool allocators and lock-free code
 Runs allocators on real threads with oracles around every call, and
 searches the executions of allocators, and of unchanged programs, with
 a model checker that knows the C++ memory model.")
include(CPack)
