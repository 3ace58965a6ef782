// poolproof::var, fence and pause, as this engine has them; see allocators/atom_code.hpp.
#pragma once

#include "subject.hpp"
