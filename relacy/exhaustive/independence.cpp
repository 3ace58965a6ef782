#include "independence.hpp"

namespace poolproof {

LastStep Independence::finish(unsigned actor, const Access& access, const ReadStore& read,
                              const StepReport& report) {
  // It was tried with all stores that there were.
  const LastStep last{
      actor, read, {report.wrote, access, versions_.newest(access.object), report.effects}};
  if (access.reads()) {
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
  if (memory_ == Memory::relacy) return !tried.wrote && !done.wrote;
  if (done.access.seq_cst && tried.access.seq_cst) {
    // Of two such reads the later one sees no older store than the other. Else the order of steps
    // tells which places a store may take.
    return !tried.wrote && !done.wrote && versions_.newest(done.access.object) == 0;
  }
  // Behind a store, tried need only be tried with that: whatever else it has read, or come behind,
  // it can around that store.
  if (!tried.wrote) return true;
  // So can the other way round what was done, if that is not too far back; but only the next
  // read-modify-write of a store can fail spuriously.
  return may_read_older(last.store.stale) && !last.store.spurious &&
         (!done.access.reads() || !versions_.must_see_next(last.by, done.access.object));
}

}  // namespace poolproof
