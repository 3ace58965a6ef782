// poolproof::var, atomic_flag, fence and pause, as this engine has them; see
// allocators/atom_code.hpp.
#pragma once

#include "subject.hpp"
