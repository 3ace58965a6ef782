// LiveLine: how progress is shown. On a terminal, one live line on standard error; elsewhere, a
// plain line for each run that ends, and one every ten seconds of a run that goes on.
#pragma once

#include <string>

namespace poolproof {

class LiveLine {
 public:
  LiveLine();

  void start(const std::string& text);
  // Would a line be shown now, so many seconds into the run? Elsewhere than on a terminal that is
  // true once in ten seconds.
  bool due(double seconds);
  void update(const std::string& text);
  void finish(const std::string& text);
  void clear();  // before results are printed

 private:
  const bool live_;
  double next_plain_ = 0;  // seconds into the run
};

}  // namespace poolproof
