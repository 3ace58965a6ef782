// The signals by which people and systems ask a process to end, and that would end it.
#pragma once

#include <array>
#include <csignal>

namespace poolproof {

inline constexpr std::array requests_to_end = {SIGINT,  SIGTERM, SIGHUP,    SIGQUIT,
                                               SIGUSR1, SIGUSR2, SIGALRM,   SIGVTALRM,
                                               SIGPROF, SIGIO,   SIGSTKFLT, SIGPWR};

}  // namespace poolproof
