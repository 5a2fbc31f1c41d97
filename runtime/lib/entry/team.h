/*
 * team.h - how the threads of a kernel call share its phases; part of entry.c.
 *
 * A phase is two words in its own cache line (sst_phase_t): which units are taken, and how many are done. A thread
 * takes units until there are none left, then waits until all are done. So it waits only for threads that are at work,
 * never for one that has not come yet: with a hook that runs its tasks one after the other the first does everything
 * and the others find everything done.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_TEAM_H
#define SST_RUNTIME_LIB_ENTRY_TEAM_H

#include "sst/Runtime/sst_entry.h"

#include "wait.h"

_Static_assert(sizeof(sst_phase_t) == 64, "a phase is one cache line");

/** The bits of the first `count` units. */
static uint64_t first_units(int64_t count) { return count >= SST_MAX_UNITS ? UINT64_MAX : ((uint64_t)1 << count) - 1; }

/** The bits of the units that a thread prefers: one for each thread in turn. A phase may have units of several kinds,
 *  one kind after the other; so each thread gets some of every kind. */
static uint64_t preferred_units(int64_t units, int64_t thread, int64_t threads) {
  uint64_t bits = 0;
  for (int64_t unit = thread; unit < units; unit += threads)
    bits |= (uint64_t)1 << unit;
  return bits;
}

/** One of the `free` units: the first of those that this thread prefers, else the last of those that its neighbour
 *  does, who comes to it last. */
static int64_t choose_unit(const sst_team_t *team, int64_t units, uint64_t free) {
  uint64_t own = free & preferred_units(units, team->thread, team->threads);
  if (own)
    return __builtin_ctzll(own);
  for (int64_t i = 1; i < team->threads; ++i) {
    int64_t other = team->thread + i < team->threads ? team->thread + i : team->thread + i - team->threads;
    uint64_t theirs = free & preferred_units(units, other, team->threads);
    if (theirs)
      return 63 - __builtin_clzll(theirs);
  }
  return __builtin_ctzll(free); /* never: every unit is preferred by a thread */
}

/** Takes a unit; -1 if all are taken. Relaxed: a unit needs nothing of the others of its phase, and what it needs of
 *  the phase before came with the wait at its end. */
static int64_t take_unit(const sst_team_t *team, sst_phase_t *phase, int64_t units) {
  uint64_t free;
  while ((free = first_units(units) & ~__atomic_load_n(&phase->taken, __ATOMIC_RELAXED)) != 0) {
    int64_t unit = choose_unit(team, units, free);
    uint64_t bit = (uint64_t)1 << unit;
    if (!(__atomic_fetch_or(&phase->taken, bit, __ATOMIC_RELAXED) & bit))
      return unit;
  }
  return -1;
}

void sst_team_mark(sst_team_t *team, int64_t op) {
  if (!team->profile)
    return;
  uint64_t now = sst_ticks();
  team->profile[op] += now - team->last_tick;
  team->last_tick = now;
}

/** sst_team_next of several threads. */
static __attribute__((noinline)) int64_t next_of_many(sst_team_t *team, int64_t phase, int64_t units,
                                                      int64_t previous) {
  sst_phase_t *state = &team->phases[phase];
  if (previous >= 0)
    sst_count(&state->done, (uint32_t)units);
  int64_t unit = take_unit(team, state, units);
  if (unit >= 0)
    return unit;
  sst_count_wait(&state->done, (uint32_t)units);
  sst_team_mark(team, (int64_t)team->op_count);
  return -1;
}

int64_t sst_team_next(sst_team_t *team, int64_t phase, int64_t units, int64_t previous) {
  if (team->threads == 1)
    return previous + 1 < units ? previous + 1 : -1;
  return next_of_many(team, phase, units, previous);
}

#endif /* SST_RUNTIME_LIB_ENTRY_TEAM_H */
