"""Poolproof's allocators for Conan 2: headers, which need the standard library alone. From the root of the
repository: conan create ci/packaging/conan"""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy


class Poolproof(ConanFile):
    name = 'poolproof'
    version = '0.1.0'
    description = 'Pool allocators for C++20'
    topics = ('allocator', 'lock-free', 'header-only')
    package_type = 'header-library'
    settings = 'os', 'arch', 'compiler', 'build_type'
    no_copy_source = True

    def export_sources(self):
        root = os.path.join(self.recipe_folder, '..', '..', '..')
        copy(self, '*.hpp', os.path.join(root, 'allocators'), os.path.join(self.export_sources_folder, 'poolproof'),
             excludes=['*test_*', 'bench/*'])

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, '*.hpp', os.path.join(self.source_folder, 'poolproof'),
             os.path.join(self.package_folder, 'include', 'poolproof'))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property('cmake_file_name', 'poolproof')
        self.cpp_info.set_property('cmake_target_name', 'poolproof::allocators')
        self.cpp_info.set_property('pkg_config_name', 'poolproof')
        if self.settings.os in ('Linux', 'FreeBSD'):
            self.cpp_info.system_libs = ['pthread']
