// Subjects that are refused: what the compiler says of each names the concept and the member. Each
// macro takes one thing away; see CMakeLists.txt. As it stands, it is accepted.
#include <poolproof/subject.hpp>

struct Whole {
#ifndef WITHOUT_CONSTRUCTOR
  Whole(std::size_t, std::size_t) {}
#endif
#ifndef WITHOUT_ALLOC
  void* alloc() { return nullptr; }
#endif
#ifndef WITHOUT_FREE
  void free(void*) {}
#endif
};

struct Twice {
#ifndef WITHOUT_INFO
  static constexpr poolproof::ScenarioInfo info{.name = "twice", .summary = "twice"};
#endif
  template <poolproof::BlockActor A>
  static void step(A& me) {
    for (int i = 0; i != 2; ++i) {
      if (void* block = me.alloc()) me.free(block);
    }
  }
};

// It may throw, by its type.
template <template <class> class Atom>
struct ThrowsAtTheEnd : Whole {
  using Whole::Whole;
  ~ThrowsAtTheEnd() noexcept(false) {}
};

template <template <class> class Atom>
class OnAtom : public Whole {
  using Whole::Whole;
};
template <class B>
class OnBackend : public Whole {
  using Whole::Whole;
};

#ifdef WITHOUT_TEMPLATE
static const auto on_nothing = poolproof::add_subject<Whole>("on_nothing", "");
#endif
static const auto on_atom = poolproof::add_subject<OnAtom, Twice>("on_atom", "");
static const auto throwing = poolproof::add_subject<ThrowsAtTheEnd>("throwing", "");
static const auto on_backend = poolproof::add_subject<OnBackend, Twice>("on_backend", "");
static const auto as_it_is = poolproof::add_black_box<Whole, Twice>("as_it_is", "");
