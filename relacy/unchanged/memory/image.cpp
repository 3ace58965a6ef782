#include "image.hpp"

#include <link.h>

#include <algorithm>
#include <cstring>

namespace poolproof {

namespace {

// What the loader has made read-only since: nobody writes it.
std::uintptr_t read_only_end(const dl_phdr_info& program) {
  for (int i = 0; i != program.dlpi_phnum; ++i) {
    const auto& header = program.dlpi_phdr[i];
    if (header.p_type == PT_GNU_RELRO) {
      return program.dlpi_addr + header.p_vaddr + header.p_memsz;
    }
  }
  return 0;
}

}  // namespace

Image::Image(std::uintptr_t thread_pointer) {
  dl_phdr_info program{};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        *static_cast<dl_phdr_info*>(to) = *info;
        return 1;  // the program is the first
      },
      &program);
  base_ = program.dlpi_addr;
  const std::uintptr_t read_only = read_only_end(program);
  for (int i = 0; i != program.dlpi_phnum; ++i) {
    const auto& header = program.dlpi_phdr[i];
    const std::uintptr_t start = base_ + header.p_vaddr;
    const std::uintptr_t end = start + header.p_memsz;
    if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0) {
      code_ = start;
      code_bytes_ = header.p_memsz;
    } else if (header.p_type == PT_LOAD && (header.p_flags & PF_W) != 0) {
      const std::uintptr_t from = std::min(end, std::max(start, read_only));
      const auto* const bytes = reinterpret_cast<const char*>(from);
      pieces_.push_back({from, std::vector<char>(bytes, bytes + (end - from))});
    } else if (header.p_type == PT_TLS && program.dlpi_tls_data != nullptr) {
      thread_locals_ = {
          reinterpret_cast<const char*>(start), header.p_filesz, header.p_memsz,
          static_cast<std::intptr_t>(reinterpret_cast<std::uintptr_t>(program.dlpi_tls_data) -
                                     thread_pointer)};
    }
  }
}

void Image::restore() const noexcept {
  for (const Piece& piece : pieces_) {
    std::memcpy(reinterpret_cast<void*>(piece.start), piece.saved.data(), piece.saved.size());
  }
}

void Image::restore(std::uintptr_t thread_pointer) const noexcept {
  if (thread_locals_.bytes == 0) return;
  auto* const to =
      reinterpret_cast<char*>(thread_pointer + static_cast<std::uintptr_t>(thread_locals_.offset));
  std::memcpy(to, thread_locals_.filled, thread_locals_.filled_bytes);
  std::memset(to + thread_locals_.filled_bytes, 0,
              thread_locals_.bytes - thread_locals_.filled_bytes);
}

}  // namespace poolproof
