// The exit statuses of the command line.
#pragma once

namespace poolproof {

enum ExitStatus : int { all_pass = 0, some_fail = 1, wrong_usage = 2, some_unknown = 3 };

}  // namespace poolproof
