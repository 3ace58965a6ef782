// ReportPipe: how a process that makes one check, audit or selftest of another's campaign tells it
// how that goes, and what came of it: lines of JSON.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "harness/check/model_check.hpp"
#include "relacy/audit/audit.hpp"
#include "relacy/audit/selftest.hpp"
#include "relacy/check/check_watcher.hpp"

namespace poolproof {

class ReportPipe final : public CheckWatcher {
 public:
  // In the environment: the descriptor that the lines go to.
  static constexpr const char* variable = "POOLPROOF_REPORT_PIPE";

  explicit ReportPipe(int descriptor) noexcept : descriptor_(descriptor) {}
  // That of this process; nothing if nobody has asked for a report.
  static std::optional<int> take();

  void update(const CheckReport& now) override;
  void shrink(double seconds) override;
  void finish(const CheckReport& report);
  void finish(const AuditReport& report);
  void finish(const SelftestReport& report);
  // Instead of a report: why there is none.
  void refuse(const std::string& reason);

 private:
  void write(const std::string& line) const;

  int descriptor_;
  std::chrono::steady_clock::time_point next_{};
};

// Reads one line. Updates go to watcher; the report, a CheckReport, AuditReport or SelftestReport,
// is returned. Throws std::runtime_error for a refusal.
template <class Report>
std::optional<Report> read_report_line(const std::string& line, CheckWatcher& watcher);

}  // namespace poolproof
