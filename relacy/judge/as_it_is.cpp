// Generated programs as a program as it is, with threads, atomics and variables of its own. Which
// ones, and the file that each execution adds its outcome to, the environment says; see
// as_it_is_test.cpp.
#include <fcntl.h>
#include <poolproof/program.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "generate.hpp"
#include "program.hpp"

namespace poolproof::judge {
namespace {

// What is made before main() is the same in each execution, and no choice of the search.
struct Numbered {
  std::uint64_t number;
  Program program;
};

std::vector<Numbered> wanted() {
  std::vector<Numbered> all;
  const char* numbers = std::getenv("POOLPROOF_NUMBERS");
  if (numbers == nullptr) return all;
  for (char* end; *numbers != '\0'; numbers = *end == ',' ? end + 1 : end) {
    const std::uint64_t number = std::strtoull(numbers, &end, 10);
    if (end == numbers) std::abort();
    all.push_back({number, generate(number)});
  }
  return all;
}

std::string room() {
  std::string text;
  text.reserve(128);
  return text;
}

const std::vector<Numbered> programs = wanted();
const char* const outcomes = std::getenv("POOLPROOF_OUTCOMES");
std::string line = room();

// 0 at first, as the image of a program is the same in each execution.
std::atomic<unsigned> atomics[Program::most_objects];
unsigned variables[Program::most_objects];
ReadValues values;
const Program* current;
unsigned numbers[Program::most_threads] = {0, 1, 2, 3};

void access_atomic(const Operation& op, unsigned value, std::optional<unsigned>& read) {
  std::atomic<unsigned>& atomic = atomics[op.object];
  unsigned expected = op.expected;
  switch (op.kind) {
    case Kind::load:
      read = atomic.load(op.order);
      break;
    case Kind::store:
      atomic.store(value, op.order);
      break;
    case Kind::exchange:
      read = atomic.exchange(value, op.order);
      break;
    case Kind::fetch_add:
      read = atomic.fetch_add(value, op.order);
      break;
    case Kind::cas:
      atomic.compare_exchange_strong(expected, value, op.order, op.failure_order);
      read = expected;
      break;
    case Kind::fence:
      std::atomic_thread_fence(op.order);
      break;
  }
}

void* actor(void* of) {
  const unsigned me = *static_cast<unsigned*>(of);
  const std::vector<Operation>& operations = current->threads[me];
  auto& read = values[me];
  for (unsigned i = 0; i != operations.size(); ++i) {
    const Operation& op = operations[i];
    if (op.condition && read[*op.condition] != op.wanted) continue;
    const unsigned value = op.value_of ? read[*op.value_of].value_or(0) : op.value;
    if (!op.plain) {
      access_atomic(op, value, read[i]);
    } else if (op.kind == Kind::store) {
      variables[op.object] = value;
    } else {
      read[i] = variables[op.object];
    }
  }
  return nullptr;
}

void write_outcome(std::uint64_t number) {
  LastValues last{};
  for (unsigned i = 0; i != current->objects(); ++i) {
    last[i] = current->is_plain(i) ? variables[i] : atomics[i].load(std::memory_order_relaxed);
  }
  line.assign(std::to_string(number)).append(1, ' ');
  append_outcome(line, *current, values, last);
  line += '\n';
  const int file = open(outcomes, O_WRONLY | O_APPEND);
  if (write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  close(file);
}

int run() {
  if (programs.empty() || outcomes == nullptr) return 1;
  const auto count = static_cast<unsigned>(programs.size());
  const Numbered& one = programs[count == 1 ? 0 : poolproof_choose(count)];
  current = &one.program;
  const std::size_t threads = current->threads.size();
  pthread_t thread[Program::most_threads];
  for (std::size_t i = 0; i != threads; ++i) {
    if (pthread_create(&thread[i], nullptr, actor, &numbers[i]) != 0) std::abort();
  }
  for (std::size_t i = 0; i != threads; ++i) pthread_join(thread[i], nullptr);
  write_outcome(one.number);
  return 0;
}

}  // namespace
}  // namespace poolproof::judge

int main() { return poolproof::judge::run(); }
