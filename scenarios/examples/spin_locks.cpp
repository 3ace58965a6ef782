// Pools under locks that spin, as users write them: their loops say nowhere that they wait. Each
// wrong one has its own bug.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto relaxed = std::memory_order_relaxed;

// Test and set. unlocked_by: relaxed orders nothing.
template <template <class> class Atom, std::memory_order unlocked_by>
class TasLock {
 public:
  void lock() {
    while (locked_.exchange(true, acquire)) {
    }
  }
  void unlock() { locked_.store(false, unlocked_by); }

 private:
  Atom<bool> locked_{false};
};
template <template <class> class Atom>
class TtasLock {
 public:
  void lock() {
    for (;;) {
      while (locked_.load(relaxed) != 0) {
      }
      int free = 0;
      if (locked_.compare_exchange_weak(free, 1, acquire, relaxed)) return;
    }
  }
  void unlock() { locked_.store(0, release); }

 private:
  Atom<int> locked_{0};
};
// Rounds between the tries: twice as many each time, up to a bound. It counts its tries.
template <template <class> class Atom>
class BackoffLock {
 public:
  void lock() {
    unsigned tries = 0;
    for (unsigned rounds = 1; locked_.exchange(1, acquire) != 0; ++tries) {
      for (unsigned i = 0; i != rounds; ++i) poolproof::pause();
      if (rounds < 8) rounds *= 2;
    }
    waited_ = tries;  // of the holder
  }
  void unlock() { locked_.store(0, release); }

 private:
  Atom<int> locked_{0};
  unsigned waited_ = 0;
};
template <template <class> class Atom, bool right>
class TicketLock {
 public:
  void lock() {
    const std::uint32_t mine = next_.fetch_add(1, relaxed);
    while (owner_.load(acquire) != mine) {
    }
  }
  // Wrong: the next ticket is made of the last one that was drawn.
  void unlock() {
    owner_.store((right ? owner_.load(relaxed) : next_.load(relaxed) - 1) + 1, release);
  }

 private:
  Atom<std::uint32_t> next_{0};
  Atom<std::uint32_t> owner_{0};
};
// Each thread says that it wants to, and takes that back if it is not alone: what it waits for
// changes all the time.
template <template <class> class Atom>
class CountLock {
 public:
  void lock() {
    while (inside_.fetch_add(1, std::memory_order_acq_rel) != 0) inside_.fetch_sub(1, relaxed);
  }
  void unlock() { inside_.fetch_sub(1, release); }

 private:
  Atom<int> inside_{0};
};
// After one alloc in so many, nobody unlocks.
template <template <class> class Atom>
class ForgottenLock : public TasLock<Atom, release> {
 public:
  void unlock() {
    if (++unlocked_ != 7) TasLock<Atom, release>::unlock();
  }

 private:
  unsigned unlocked_ = 0;
};

template <class Lock>
class Locked {
 public:
  Locked(void* memory, std::size_t blocks, std::size_t size) {
    for (std::size_t i = 0; i != blocks; ++i) {
      free_.push_back(static_cast<std::byte*>(memory) + i * size);
    }
  }
  void* alloc() {
    lock_.lock();
    void* block = nullptr;
    if (!free_.empty()) {
      block = free_.back();
      free_.pop_back();
    }
    lock_.unlock();
    return block;
  }
  void free(void* block) {
    lock_.lock();
    free_.push_back(block);
    lock_.unlock();
  }

 private:
  Lock lock_;
  std::vector<void*> free_;
};

template <template <class> class Atom>
using Tas = Locked<TasLock<Atom, release>>;
template <template <class> class Atom>
using TasRelaxed = Locked<TasLock<Atom, relaxed>>;
template <template <class> class Atom>
using Ttas = Locked<TtasLock<Atom>>;
template <template <class> class Atom>
using Backoff = Locked<BackoffLock<Atom>>;
template <template <class> class Atom>
using Ticket = Locked<TicketLock<Atom, true>>;
template <template <class> class Atom>
using TicketLost = Locked<TicketLock<Atom, false>>;
template <template <class> class Atom>
using Count = Locked<CountLock<Atom>>;
template <template <class> class Atom>
using Forgotten = Locked<ForgottenLock<Atom>>;

static const auto tas = poolproof::add_subject<Tas>("tas", "test and set");
static const auto ttas = poolproof::add_subject<Ttas>("ttas", "looks before it tries");
static const auto backoff = poolproof::add_subject<Backoff>("backoff", "waits longer each time");
static const auto ticket = poolproof::add_subject<Ticket>("ticket", "in the order of arrival");
static const auto count = poolproof::add_subject<Count>("count", "takes back what it counted");
static const auto tas_relaxed =
    poolproof::add_subject<TasRelaxed>("tas_relaxed", "unlock orders nothing", {.sound = false});
static const auto ticket_lost =
    poolproof::add_subject<TicketLost>("ticket_lost", "a ticket is skipped", {.sound = false});
static const auto forgotten =
    poolproof::add_subject<Forgotten>("forgotten", "stays locked", {.sound = false});
