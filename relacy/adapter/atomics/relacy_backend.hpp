// RelacyBackend: the backend under which Relacy explores an allocator. Each atomic, variable and
// mutex is Relacy's, and each access is logged with the place in the allocator that made it.
// Exists only inside an execution (see model_engine.hpp): Relacy keeps its state there.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include "allocators/backend.hpp"
#include "in_place_atomic.hpp"
#include "relacy_atomic.hpp"
// After context.hpp.
#include <relacy/stdlib/mutex.hpp>
#include <relacy/var.hpp>

namespace poolproof {

template <class T>
class RelacyVar : Tracked<KnownObject::Kind::var> {
 public:
  RelacyVar() : RelacyVar(T{}) {}
  explicit RelacyVar(T value) : Tracked(sizeof *this, var_layout<T>), var_(value) {
    use_.writer = Exploration::current->creator;
    constructed(&use_);
  }

  T get(Where where = Where::current()) const noexcept {
    use_.readers |= 1U << Exploration::current->creator;
    return var_(to_relacy(where)).load();
  }
  void set(T value, Where where = Where::current()) noexcept {
    use_ = {Exploration::current->creator, 0};
    var_(to_relacy(where)).store(value);
  }
  // The value, for tools, also after the execution: no access that Relacy sees. It is Relacy's
  // first member.
  T peek() const noexcept {
    static_assert(std::is_standard_layout_v<rl::var<T>>);
    return *reinterpret_cast<const T*>(&var_);
  }

 private:
  rl::var<T> var_;  // first, as above
  mutable VarUse use_;
};

class RelacyMutex : Tracked<KnownObject::Kind::mutex> {
 public:
  RelacyMutex() : Tracked(sizeof *this) { constructed(&use_); }

  void lock(Where where = Where::current()) noexcept {
    announce_access(Access::Kind::mutex, false, object_);
    mutex_.lock(to_relacy(where));
    use_.holder = Exploration::current->creator;
  }
  void unlock(Where where = Where::current()) noexcept {
    announce_access(Access::Kind::mutex, false, object_);
    mutex_.unlock(to_relacy(where));
    use_.holder = 0;
    const auto threads = static_cast<unsigned>(rl::ctx().get_thread_count());
    for (unsigned i = 0; i != threads; ++i) {
      use_.clock[i] = std::max(use_.clock[i], rl::ctx().threadx_->acq_rel_order_[i]);
    }
    fine_step_here();
  }

 private:
  const std::uint32_t object_ = new_object();
  MutexUse use_;
  rl::mutex mutex_;
};

struct RelacyBackend {
  template <class T>
  using atomic = RelacyAtomic<T>;
  template <class T>
  using var = RelacyVar<T>;
  using mutex = RelacyMutex;

  // One yield however often: the model has no time, and each yield is a scheduling point.
  static void pause(unsigned = 1, Where where = Where::current()) noexcept {
    announce_access(Access::Kind::local, false, 0);
    rl::ctx().yield(1, to_relacy(where));
  }

  // Any number will do, so where a search begins is a choice: at the start, or in the middle.
  static std::uint32_t lane() { return model_choice(2) * 0x8000'0000U; }

  static void note(Event event) noexcept {
    ++Exploration::current->events[static_cast<std::size_t>(event)];
  }
};

static_assert(Backend<RelacyBackend>);

}  // namespace poolproof
