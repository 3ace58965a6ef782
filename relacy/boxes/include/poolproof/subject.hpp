// What a program with subjects of its own includes. Each engine has a header of this name.
#pragma once

#include "relacy/boxes/box_subject.hpp"
