// Precompiled for all mutants under the model check: nothing that a mutant usually changes.
#pragma once

#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/models/block_model.hpp"
#include "relacy/models/linear_model.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/models/sized_model.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/sized_scenarios.hpp"
