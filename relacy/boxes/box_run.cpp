#include "box_run.hpp"

#include <algorithm>
#include <cstdio>

#include "relacy/models/model_memory.hpp"
#include "relacy/trace/names.hpp"

namespace poolproof {

namespace {

Box* all_boxes = nullptr;
const BoxPlan* plan_now = nullptr;  // of the execution in progress
ExecutionLocal<BoxRun> run_now;
bool is_made = false;    // run_now, in the execution in progress
Names names_at_rest;     // once it has gone, for a leak that is found after that
bool are_named = false;  // there

// Effects that stand for who waits, and how many blocks are kept; see BlockLedger.
constexpr unsigned calls_bit = 47;

unsigned quota_of(const BoxPlan& plan, bool scarce) {
  const unsigned threads = plan.threads();
  const unsigned blocks = plan.scope.blocks;
  const unsigned fair = std::max(1U, blocks / threads);
  unsigned quota = scarce ? fair + 1 : fair;
  // If several are asked for in one call, there must be several to ask for.
  if (plan.scenario->info->uses_many) quota = scarce ? std::max(blocks, 2U) : fair + 1;
  return std::min(quota, BoxRunActor::most_held);
}

// Do the quotas leave a block for every alloc?
bool must_succeed(const BoxPlan& plan, unsigned quota) {
  const BoxPool& pool = plan.box->pool;
  const ScenarioInfo& scenario = *plan.scenario->info;
  if (pool.may_fail || pool.waits || pool.most_kept != nullptr || scenario.uses_bucket) {
    return false;
  }
  return plan.threads() * (quota + scenario.in_hand - 1) <= plan.scope.blocks;
}

// As main: actor 0, from inside.
int run_box(int, char**, char**) {
  inside = false;
  const bool scarce = plan_now->scenario->info->uses_held && Program::current->choose(2) == 1;
  BoxRun& run = run_now.make(*plan_now, scarce);
  is_made = true;
  run.run();
  is_made = false;
  are_named = model_is_traced();
  if (are_named) run.describe(names_at_rest = {});
  run_now.destroy();
  return 0;
}

ProgramStart start_of_box(ProgramStart start) {
  start.main = run_box;
  return start;
}

std::byte* blocks_of(const BoxPlan& plan) { return plan.box->memory + box_red_zone; }

}  // namespace

void add_box(Box& box) noexcept {
  box.next = all_boxes;
  all_boxes = &box;
}
const Box* first_box() noexcept { return all_boxes; }

std::optional<BoxPlan> find_box(std::string_view name, std::string_view scenario) {
  for (const Box* box = all_boxes; box != nullptr; box = box->next) {
    if (box->name != name) continue;
    for (std::size_t i = 0; i != box->scenario_count; ++i) {
      if (box->scenarios[i].info->name == scenario) return BoxPlan{box, &box->scenarios[i], {}};
    }
  }
  return std::nullopt;
}

unsigned actors_for(const BoxScenario& scenario, unsigned threads) noexcept {
  return scenario.info->ends_threads ? std::min(threads + 1, Scope::most_actors) : threads;
}

BoxProgram::BoxProgram(const BoxPlan& plan, const ProgramStart& start, const Image& image,
                       const ProgramRules& rules)
    : Program(start_of_box(start), image, rules), plan_(plan) {}

void BoxProgram::before() {
  plan_now = &plan_;
  is_made = are_named = false;
  Program::before();
}
void BoxProgram::describe(Names& names) const {
  if (is_made) {
    run_now->describe(names);
  } else if (are_named) {
    names = names_at_rest;
  }
  Program::describe(names);
}

// Of a member of the black box, its name in that.
std::string BoxProgram::shown(std::string variable) const {
  constexpr std::string_view place = "poolproof::box_place<";
  constexpr std::string_view member = "].pool.";
  if (!variable.starts_with(place)) return variable;
  const std::size_t at = variable.rfind(member);
  return at == std::string::npos ? "the pool" : variable.substr(at + member.size());
}
bool BoxProgram::is_pointer(std::uint64_t value) const noexcept {
  return Program::is_pointer(value) ||
         value - address(blocks_of(plan_)) < plan_.scope.blocks * box_block_size;
}

BoxWorld::BoxWorld(const BoxPlan& of, bool scarce)
    : plan(of),
      pool(of.box->pool),
      quota(quota_of(of, scarce)),
      must_succeed(poolproof::must_succeed(of, quota)),
      ledger(of.scope.blocks, pool.on_memory ? box_block_size : 8, true, pool.bounded) {
  lay_red_zone(plan.box->memory);
  lay_red_zone(blocks_of(plan) + plan.scope.blocks * box_block_size);
  if (pool.waits) model_calls_wait();
}

// Would nobody be left to give back a block?
bool BoxWorld::would_wait_for_ever(unsigned held) const noexcept {
  model_writes(calls_bit);
  const unsigned blocks = plan.scope.blocks;
  return kept_inside + held >= blocks || (waiting + 1 == plan.threads() && kept >= blocks);
}
void BoxWorld::waits(int actors, unsigned held) noexcept {
  if (!pool.waits) return;
  model_writes(calls_bit);
  waiting += static_cast<unsigned>(actors);
  kept_inside += static_cast<unsigned>(actors) * held;
}
void BoxWorld::keeps(int blocks) noexcept {
  if (!pool.waits) return;
  model_writes(calls_bit);
  kept += static_cast<unsigned>(blocks);
}
bool BoxWorld::has(const void* block) const noexcept {
  return !pool.on_memory ||
         address(block) - address(blocks_of(plan)) < plan.scope.blocks * box_block_size;
}
void BoxWorld::look_at_red_zones() const {
  require(is_red_zone_whole(plan.box->memory), "red_zone", "the pool wrote in front of its memory");
  require(is_red_zone_whole(blocks_of(plan) + plan.scope.blocks * box_block_size), "red_zone",
          "the pool wrote behind its memory");
}

BoxRun::BoxRun(const BoxPlan& plan, bool scarce)
    : world_(plan, scarce), actors_{{{world_, 0}, {world_, 1}, {world_, 2}, {world_, 3}}} {}

void BoxRun::make() {
  const BoxPlan& plan = world_.plan;
  in_box([&] { world_.pool.make(blocks_of(plan), plan.scope.blocks, box_block_size); });
}

void BoxRun::run() {
  Program& program = *Program::current;
  std::array<unsigned, Scope::most_actors> threads{};
  const unsigned count = world_.plan.threads();
  const bool renews = world_.plan.scenario->info->ends_pools;
  make();
  for (unsigned i = 1; i != count; ++i) {
    threads[i] = program.create(BoxRunActor::run, &actors_[i], nullptr);
  }
  actors_[0].act();
  if (!renews) join(threads);
  for (unsigned i = 1; renews && i != count; ++i) {
    program.count_down(address(&world_.rested), false, false, nullptr);
  }
  conserve(!renews);
  in_box(world_.pool.destroy);
  if (!renews) return;
  if (!world_.pool.on_memory) world_.ledger.forget_blocks();
  make();
  for (unsigned i = 1; i != count; ++i) program.count_up(address(&world_.renewed), nullptr);
  join(threads);
  conserve(true);
  in_box(world_.pool.destroy);
}

void BoxRun::join(std::array<unsigned, Scope::most_actors>& threads) {
  for (unsigned i = 1; i != world_.plan.threads(); ++i) {
    Program::current->join(threads[i], nullptr);
    const unsigned successor = actors_[i].successor();
    if (successor != 0) Program::current->join(successor, nullptr);
  }
}

// Once everything is given back, the pool hands out each block, once. alone: have all other threads
// ended? Else they may keep some.
void BoxRun::conserve(bool alone) {
  for (unsigned i = 0; i != world_.plan.threads(); ++i) actors_[i].free_all();
  BoxRunActor& me = actors_[0];
  world_.waiting = 0;  // they are all done
  me.empty_bucket();
  me.flush();
  if (world_.pool.violation != nullptr) {
    const char* const wrong = in_box(world_.pool.violation);
    require(wrong == nullptr, "invariant", wrong);
  }
  world_.look_at_red_zones();
  const unsigned blocks = world_.plan.scope.blocks;
  std::array<void*, BoxLedger::most_blocks> drained;
  unsigned count = 0;
  // The ledger checks them. Without a bound there is no last one.
  while ((!world_.pool.waits && world_.pool.bounded) || count != blocks) {
    if (world_.pool.waits && !alone) break;  // it might wait for what they keep
    void* const block = me.take_block();
    if (block == nullptr) break;
    drained[count++] = block;
  }
  require(!alone || count >= blocks, "conservation", "blocks were lost");
  while (count != 0) me.give(drained[--count]);
  me.flush();
}

void BoxRun::describe(Names& names) const {
  world_.ledger.describe(names);
  names.at("bucket", &world_.bucket);
  names.at("rest", &world_.rested);
  names.at("new pool", &world_.renewed);
  std::array<char, 100> text;
  const unsigned blocks = world_.plan.scope.blocks;
  int length = std::snprintf(text.data(), text.size(), "A black box of %u block%s", blocks,
                             blocks == 1 ? "" : "s");
  if (world_.plan.scenario->info->uses_held) {
    std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length),
                  "; an actor keeps at most %u", world_.quota);
  }
  names.setting(text.data());
}

}  // namespace poolproof
