#include "independence.hpp"

namespace poolproof {

LastStep Independence::finish(unsigned actor, const Access& access, unsigned stale,
                              const StepReport& report) {
  // It was tried with all stores that there were.
  const LastStep last{
      actor, stale, {report.wrote, access, versions_.newest(access.object), report.effects}};
  if (access.kind == Access::Kind::load || access.kind == Access::Kind::update) {
    versions_.read(actor, access.object, last.read());
  }
  if (report.wrote) versions_.write(actor, access.object);
  return last;
}

bool Independence::independent(const TriedStep& tried, const LastStep& last) const noexcept {
  using Kind = Access::Kind;
  const TriedStep& done = last.step;
  if (tried.effects.conflicts(done.effects)) return false;
  if (tried.access.kind == Kind::local || done.access.kind == Kind::local) return true;
  if (tried.access.kind == Kind::unknown || done.access.kind == Kind::unknown) return false;
  if (are_fenced(tried.access, done.access)) return false;
  if (tried.access.object != done.access.object) return true;
  if (done.access.kind == Kind::mutex || tried.access.kind == Kind::mutex) return false;
  if (!tried.wrote && !done.wrote) {
    // Of two seq_cst reads the later one sees no older store than the other.
    return !(done.access.seq_cst && tried.access.seq_cst) ||
           versions_.newest(done.access.object) == 0;
  }
  if (done.wrote) return !tried.wrote && tried.access.kind == Kind::load;
  // A load, before a store that was tried: it may still see what it has seen, around that store.
  return done.access.kind == Kind::load && may_read_older(last.stale) &&
         !(done.access.seq_cst && tried.access.seq_cst) &&
         !versions_.must_see_next(last.by, done.access.object);
}

}  // namespace poolproof
