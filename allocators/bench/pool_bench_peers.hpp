// What the peers' files share. Each peer is compiled in when CMake found its header, which then
// defines POOL_BENCH_<NAME> to 1; otherwise the report says that it is left out.
#pragma once

#include "pool_bench_cells.hpp"
#include "pool_bench_memory.hpp"

namespace poolproof::bench {

inline void leave_out(Contenders& contenders, const char* name, std::string why) {
  contenders.absent.push_back({name, std::move(why)});
}

template <Contender C>
void add_peer(Contenders& contenders, const char* name, Kind kind) {
  const char* control = kind == Kind::single ? "list"
                        : kind == Kind::bump ? "bump"
                                             : "Treiber, back-off";
  add<C>(contenders, name, Group::peer, kind, control);
}

// P, which has alloc and free itself, as a contender. Lock: what guards them, or NoLock.
struct NoLock {
  void lock() noexcept {}
  void unlock() noexcept {}
};

template <class P, class Lock = NoLock>
class Plain {
 public:
  Plain(std::size_t blocks, unsigned threads) : pool_(blocks, threads) {}
  class Handle {
   public:
    explicit Handle(Plain& plain) noexcept : plain_(plain) {}
    void* alloc() noexcept {
      const std::lock_guard lock(plain_.lock_);
      return plain_.pool_.alloc();
    }
    void free(void* block) noexcept {
      const std::lock_guard lock(plain_.lock_);
      plain_.pool_.free(block);
    }

   private:
    Plain& plain_;
  };

 private:
  P pool_;
  [[no_unique_address]] Lock lock_;
};

}  // namespace poolproof::bench
