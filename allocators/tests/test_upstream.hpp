// What the tests of PoolResource share: an upstream that counts, and a pool beside it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory_resource>
#include <mutex>

#include "test_base.hpp"

namespace poolproof::test {

// An upstream that knows what it is owed, and is owed nothing at the end. Any number of threads.
class CountingUpstream final : public std::pmr::memory_resource {
 public:
  ~CountingUpstream() override { EXPECT_EQ(owed(), 0u) << "not given back to upstream"; }

  std::size_t owed() const { return given_.size(); }
  std::size_t requests() const { return requests_; }
  std::size_t smallest() const { return smallest_; }  // request in bytes
  bool gave(const void* pointer) const { return given_.count(pointer) != 0; }

 private:
  struct Request {
    std::size_t bytes, alignment;
  };
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    smallest_ = std::min(smallest_, bytes);
    void* pointer = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    given_[pointer] = {bytes, alignment};
    return pointer;
  }
  void do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) override {
    const std::lock_guard lock(mutex_);
    const auto found = given_.find(pointer);
    ASSERT_NE(found, given_.end()) << "not from this upstream";
    EXPECT_EQ(found->second.bytes, bytes);
    EXPECT_EQ(found->second.alignment, alignment);
    given_.erase(found);
    std::pmr::new_delete_resource()->deallocate(pointer, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::mutex mutex_;
  std::map<const void*, Request> given_;
  std::size_t requests_ = 0;
  std::size_t smallest_ = huge;
};

template <class Pool>
class PoolBehindResource : public BlockPool<Pool> {
 protected:
  CountingUpstream upstream_;
};
}  // namespace poolproof::test
