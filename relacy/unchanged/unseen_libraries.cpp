#include "unseen_libraries.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>

#include "program.hpp"
#include "relacy/unchanged/memory/inside.hpp"

namespace poolproof {

namespace {

UnseenLibraries* current = nullptr;  // of this process, for the signal

std::string_view file_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Of what these do we give the model's answers, or it is known to order no threads by itself; the
// last one our own library calls.
bool is_known(std::string_view file) {
  constexpr std::array<std::string_view, 16> known = {"libpoolproof_program.",
                                                      "libc.",
                                                      "ld-linux",
                                                      "libm.",
                                                      "libpthread.",
                                                      "libdl.",
                                                      "librt.",
                                                      "libstdc++.",
                                                      "libgcc_s.",
                                                      "libc++.",
                                                      "libc++abi.",
                                                      "libunwind.so",
                                                      "libutil.",
                                                      "libmvec.",
                                                      "linux-vdso.",
                                                      "libfmt."};
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view name) { return file.starts_with(name); });
}

// Does it call what the compiler writes before accesses? Its dynamic names say so.
bool is_compiled_for_the_check(const dl_phdr_info& library) {
  for (int i = 0; i != library.dlpi_phnum; ++i) {
    if (library.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    std::string_view names;
    std::uintptr_t at = 0;
    const auto* entry =
        reinterpret_cast<const ElfW(Dyn)*>(library.dlpi_addr + library.dlpi_phdr[i].p_vaddr);
    std::size_t bytes = 0;
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_STRTAB) at = entry->d_un.d_ptr;
      if (entry->d_tag == DT_STRSZ) bytes = entry->d_un.d_val;
    }
    if (at < library.dlpi_addr) at += library.dlpi_addr;  // where the loader left it as it was
    names = {reinterpret_cast<const char*>(at), bytes};
    return names.find("__tsan_") != std::string_view::npos;
  }
  return false;
}

// "g_mutex_lock of libglib-2.0.so.0".
std::string words_for(std::uintptr_t at, const std::string& library) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(at), &info) == 0 || info.dli_sname == nullptr ||
      reinterpret_cast<std::uintptr_t>(info.dli_saddr) != at) {
    return library;
  }
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(
      abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), std::free);
  const std::string name = plain ? plain.get() : info.dli_sname;
  return name.substr(0, name.find('(')) + " of " + library;
}

}  // namespace

UnseenLibraries::UnseenLibraries(std::uint64_t* reached) : reached_(reached) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        const std::string_view file = file_of(info->dlpi_name);
        if (file.empty() || is_known(file) || is_compiled_for_the_check(*info)) return 0;
        const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
        for (int i = 0; i != info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
          const std::uintptr_t start = (info->dlpi_addr + part.p_vaddr) / page * page;
          const std::uintptr_t end = info->dlpi_addr + part.p_vaddr + part.p_memsz;
          static_cast<std::vector<Library>*>(to)->push_back(
              {std::string(file), start, (end - start + page - 1) / page * page, true});
        }
        return 0;
      },
      &libraries_);
  current = this;
}

UnseenLibraries::~UnseenLibraries() {
  if (current == this) current = nullptr;
}

std::string UnseenLibraries::names() const {
  std::string all;
  for (const Library& one : libraries_) all += (all.empty() ? "" : ", ") + one.name;
  return all;
}

void UnseenLibraries::close_all() noexcept {
  any_is_open_ = false;
  for (Library& one : libraries_) {
    if (!one.is_open) continue;
    one.is_open = mprotect(reinterpret_cast<void*>(one.code), one.bytes, PROT_READ) != 0;
  }
}

bool UnseenLibraries::opened(std::uintptr_t at, const void* const* stack) {
  return current != nullptr && current->open(at, stack);
}

bool UnseenLibraries::open(std::uintptr_t at, const void* const* stack) {
  for (Library& one : libraries_) {
    if (at - one.code >= one.bytes || one.is_open) continue;
    if (mprotect(reinterpret_cast<void*>(one.code), one.bytes, PROT_READ | PROT_EXEC) != 0) break;
    one.is_open = any_is_open_ = true;
    if (!inside) return true;
    std::atomic_ref(*reached_).store(1, std::memory_order_relaxed);  // a mark alone
    const Outside outside;
    Program::current->comes_to_library(words_for(at, one.name), *stack);
    return true;
  }
  return false;
}

void Program::leaves_libraries() noexcept {
  if (rules_.libraries != nullptr) rules_.libraries->close();
}

// What its actor does from here on is later than the call.
void Program::comes_to_library(const std::string& function, const void* code) {
  const bool is_first =
      std::none_of(library_calls_.begin(), library_calls_.end(),
                   [this](const LibraryCall& call) { return call.actor == self(); });
  SyncClock().release();
  LibraryCall& call = library_calls_.emplace_back();
  call.actor = self();
  std::copy_n(ActorClock::now(), rules_.actors, call.heard.begin());
  if (is_first) note(std::string(UnseenLibraries::note) + function, code);
}

// May what the actor does now come behind that access by way of libraries? Then an actor that had
// heard of it has called one, and after that another, of whose call this one has heard.
bool Program::libraries_may_order(const RaceWith& access) const {
  bool released = false;
  unsigned by = 0;  // the first of those; if there are several, Strategy::nobody
  for (const LibraryCall& call : library_calls_) {
    const bool is_known =
        call.actor == self() || ActorClock::has_heard(call.actor, call.heard[call.actor] + 1);
    if (released && is_known && call.actor != by) return true;
    if (call.heard[access.actor] < access.when) continue;
    if (released && by != call.actor) by = Strategy::nobody;
    if (!released) by = call.actor;
    released = true;
  }
  return false;
}

}  // namespace poolproof
