// Precompiled for all mutants under the stress run: nothing that a mutant usually changes.
#pragma once

#include "harness/sized/sized_run.hpp"
#include "harness/stress/chaos_backend.hpp"
#include "harness/stress/observed_backend.hpp"
#include "harness/stress/runs/block_run.hpp"
#include "harness/subjects/subjects.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/sized_scenarios.hpp"
