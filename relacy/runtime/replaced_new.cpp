#include "replaced_new.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <new>
#include <string_view>

#include "entry.hpp"
#include "runtime.hpp"

namespace poolproof {

ReplacedNew replaced_new;

namespace {

// For each name the program's function, and ours of that name.
struct Replaced {
  const char* name;
  void* programs = nullptr;
  void* ours = nullptr;
};
enum Form : std::uint8_t {
  one,
  many,
  aligned,
  aligned_many,
  quiet,
  quiet_many,
  aligned_quiet,
  aligned_quiet_many,
  free_one,
  free_many,
  free_sized,
  free_sized_many,
  free_aligned,
  free_aligned_many,
  free_sized_aligned,
  free_sized_aligned_many,
  forms
};
std::array<Replaced, forms> all = {{
    {"_Znwm"},
    {"_Znam"},
    {"_ZnwmSt11align_val_t"},
    {"_ZnamSt11align_val_t"},
    {"_ZnwmRKSt9nothrow_t"},
    {"_ZnamRKSt9nothrow_t"},
    {"_ZnwmSt11align_val_tRKSt9nothrow_t"},
    {"_ZnamSt11align_val_tRKSt9nothrow_t"},
    {"_ZdlPv"},
    {"_ZdaPv"},
    {"_ZdlPvm"},
    {"_ZdaPvm"},
    {"_ZdlPvSt11align_val_t"},
    {"_ZdaPvSt11align_val_t"},
    {"_ZdlPvmSt11align_val_t"},
    {"_ZdaPvmSt11align_val_t"},
}};

void* own_library = nullptr;
// While our library constructs its static objects.
bool is_ours_alone = false;

// What a library calls by that name: the program's, but for our own code.
template <Form form, class Result, class... Arguments>
Result dispatch(Arguments... arguments) {
  const bool is_programs = inside || !(is_ours_alone || is_checking());
  void* const to = is_programs ? all[form].programs : all[form].ours;
  return reinterpret_cast<Result (*)(Arguments...)>(to)(arguments...);
}
template <class Result, class... Arguments>
void* as_pointer(Result (*function)(Arguments...)) {
  return reinterpret_cast<void*>(function);
}
using Size = std::size_t;
using Quiet = const std::nothrow_t*;
// Made where it is asked for: that is before our static objects are.
void* dispatcher(unsigned form) {
  const std::array<void*, forms> all_forms = {
      as_pointer(dispatch<one, void*, Size>),
      as_pointer(dispatch<many, void*, Size>),
      as_pointer(dispatch<aligned, void*, Size, Size>),
      as_pointer(dispatch<aligned_many, void*, Size, Size>),
      as_pointer(dispatch<quiet, void*, Size, Quiet>),
      as_pointer(dispatch<quiet_many, void*, Size, Quiet>),
      as_pointer(dispatch<aligned_quiet, void*, Size, Size, Quiet>),
      as_pointer(dispatch<aligned_quiet_many, void*, Size, Size, Quiet>),
      as_pointer(dispatch<free_one, void, void*>),
      as_pointer(dispatch<free_many, void, void*>),
      as_pointer(dispatch<free_sized, void, void*, Size>),
      as_pointer(dispatch<free_sized_many, void, void*, Size>),
      as_pointer(dispatch<free_aligned, void, void*, Size>),
      as_pointer(dispatch<free_aligned_many, void, void*, Size>),
      as_pointer(dispatch<free_sized_aligned, void, void*, Size, Size>),
      as_pointer(dispatch<free_sized_aligned_many, void, void*, Size, Size>),
  };
  return all_forms[form];
}

void* object_of(const void* code) {
  Dl_info info{};
  return dladdr(code, &info) != 0 ? info.dli_fbase : nullptr;
}

// A library's table of what it links to.
struct Links {
  std::uintptr_t base = 0;
  const char* names = nullptr;
  const ElfW(Sym) * symbols = nullptr;
  const ElfW(Rela) * entries[2] = {};
  std::size_t bytes[2] = {};
};
Links links_of(const dl_phdr_info& library) {
  Links links{.base = library.dlpi_addr};
  for (int i = 0; i != library.dlpi_phnum; ++i) {
    if (library.dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* entry =
        reinterpret_cast<const ElfW(Dyn)*>(library.dlpi_addr + library.dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      std::uintptr_t at = entry->d_un.d_ptr;
      if (at < library.dlpi_addr) at += library.dlpi_addr;  // where the loader left it as it was
      switch (entry->d_tag) {
        case DT_STRTAB:
          links.names = reinterpret_cast<const char*>(at);
          break;
        case DT_SYMTAB:
          links.symbols = reinterpret_cast<const ElfW(Sym)*>(at);
          break;
        case DT_RELA:
          links.entries[0] = reinterpret_cast<const ElfW(Rela)*>(at);
          break;
        case DT_RELASZ:
          links.bytes[0] = entry->d_un.d_val;
          break;
        case DT_JMPREL:
          links.entries[1] = reinterpret_cast<const ElfW(Rela)*>(at);
          break;
        case DT_PLTRELSZ:
          links.bytes[1] = entry->d_un.d_val;
          break;
        default:
          break;
      }
    }
  }
  return links;
}

void write_link(std::uintptr_t at, void* to) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* const first = reinterpret_cast<void*>(at / page * page);
  if (mprotect(first, page, PROT_READ | PROT_WRITE) != 0) return;
  *reinterpret_cast<void**>(at) = to;
}

void redirect(const dl_phdr_info& library) {
  const Links links = links_of(library);
  if (links.symbols == nullptr || links.names == nullptr) return;
  for (int table = 0; table != 2; ++table) {
    for (std::size_t i = 0; i != links.bytes[table] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)& entry = links.entries[table][i];
      const auto type = ELF64_R_TYPE(entry.r_info);
      if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
      const std::string_view name = links.names + links.symbols[ELF64_R_SYM(entry.r_info)].st_name;
      for (unsigned form = 0; form != forms; ++form) {
        if (name != all[form].name || all[form].programs == all[form].ours) continue;
        write_link(links.base + entry.r_offset, dispatcher(form));
      }
    }
  }
}

template <class Function>
void take(Function*& to, Form form) {
  if (all[form].programs != all[form].ours) to = reinterpret_cast<Function*>(all[form].programs);
}

// Before the constructors of our own static objects.
[[gnu::constructor(101)]] void find_replaced_new() {
  own_library = object_of(reinterpret_cast<const void*>(&find_replaced_new));
  void* const ours = dlopen("libpoolproof_program.so", RTLD_LAZY | RTLD_NOLOAD);
  // Not RTLD_DEFAULT: our library looks into itself first.
  void* const everything = dlopen(nullptr, RTLD_LAZY);
  if (ours == nullptr || everything == nullptr) return;
  bool are_some = false;
  for (Replaced& form : all) {
    form.programs = dlsym(everything, form.name);
    form.ours = dlsym(ours, form.name);  // or what it is linked to, where it has none
    if (form.programs == nullptr || object_of(form.programs) == own_library) {
      form.programs = form.ours;
    }
    are_some = are_some || form.programs != form.ours;
  }
  if (!are_some) return;
  take(replaced_new.one, one);
  take(replaced_new.many, many);
  take(replaced_new.aligned, aligned);
  take(replaced_new.aligned_many, aligned_many);
  take(replaced_new.free_one, free_one);
  take(replaced_new.free_many, free_many);
  take(replaced_new.free_aligned, free_aligned);
  take(replaced_new.free_aligned_many, free_aligned_many);
  is_ours_alone = true;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void*) {
        if (info->dlpi_name[0] == 0 || std::string_view(info->dlpi_name).find("linux-vdso") == 0) {
          return 0;  // the program itself
        }
        if (reinterpret_cast<void*>(info->dlpi_addr) != own_library) redirect(*info);
        return 0;
      },
      nullptr);
}

}  // namespace

void static_objects_are_made() noexcept { is_ours_alone = false; }
bool is_own_code(const void* code) noexcept {
  return own_library != nullptr && object_of(code) == own_library;
}

}  // namespace poolproof
