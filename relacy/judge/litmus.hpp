// The litmus tests that the literature knows by name, each with what C++20 says to its question.
#pragma once

#include <span>

namespace poolproof::judge {

struct LitmusTest {
  const char* name;
  const char* program;  // see parse
  const char* asked;    // an outcome, see append_outcome; or race: may it have one?
  bool allowed;         // by C++20, as it is known from the literature
};

// Sources of the answers: Batty, Owens, Sarkar, Sewell, Weber, "Mathematizing C++ Concurrency",
// POPL 2011 (SB, MP, LB, IRIW, WRC, ISA2, fences, release sequences); Maranget, Sarkar, Sewell, "A
// Tutorial Introduction to the ARM and POWER Relaxed Memory Models", 2012 (2+2W, S, R, RWC, Z6,
// Co); Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI
// 2017 (mixed seq_cst, Z6.U); the papers P0668R5 and P0982R1, with which C++20 took that up and
// weakened release sequences; P0418R2 (failure orders).
// Where N4861 is stricter than RC11 (SB+rfi seq_cst loads), N4861 counts.
std::span<const LitmusTest> litmus_tests();

}  // namespace poolproof::judge
