// LiveLine shows progress on standard error. A terminal gets one live line; anything else gets a
// plain line for each run that ends, and one every ten seconds of a run that goes on.
#pragma once

#include <string>

namespace poolproof {

class LiveLine {
 public:
  LiveLine();

  void start(const std::string& text);
  // Would a line be shown now? seconds: since the run began. Without a terminal it returns true
  // once in ten seconds.
  bool due(double seconds);
  void update(const std::string& text);
  void finish(const std::string& text);
  void clear();  // call it before results are printed

 private:
  const bool live_;
  double next_plain_ = 0;  // seconds into the run
};

}  // namespace poolproof
