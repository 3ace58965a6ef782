// See lock_of_others.c.
#pragma once

void lock_of_others(int* taken);
void unlock_of_others(int* taken);
