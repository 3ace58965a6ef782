# The allocators, from the sources that this file lies in, as an overlay port:
#   vcpkg install poolproof --overlay-ports=ci/packaging/vcpkg
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)
set(VCPKG_BUILD_TYPE release)  # headers alone
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}" OPTIONS -DPOOLPROOF_DEVELOP=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME poolproof CONFIG_PATH lib/cmake/poolproof-0.1)
vcpkg_fixup_pkgconfig()
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/../../copyright" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
