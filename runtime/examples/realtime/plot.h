/*
 * plot.h - latencies over frames, as a line of text and as an SVG file. What is not here: measuring them.
 */
#ifndef REALTIME_PLOT_H
#define REALTIME_PLOT_H

#include <stddef.h>

/** One line of a plot. */
typedef struct series {
  const char *name;
  const char *colour; /**< as SVG names it */
  const double *ms;   /**< one latency for each frame */
} series_t;

/** What a plot shows: `count` lines over `frames` frames, at least one of each. */
typedef struct plot {
  const series_t *series;
  size_t count, frames;
  double deadline_ms;
} plot_t;

/** The value that `percent` per cent of the `count` values, at least one, do not exceed. `sorted` is ascending. */
double percentile(const double *sorted, size_t count, double percent);

/** Prints, for each series, one character for every few frames: the worst of them. */
void print_plot(const plot_t *plot);

/** Writes an SVG file; 0 if that is not possible, and then errno says why. */
int write_plot(const plot_t *plot, const char *path);

#endif /* REALTIME_PLOT_H */
