/*
 * plot.c - see plot.h.
 */
#include "plot.h"

#include <stdio.h>

/* The picture's sizes in pixels, and the characters of a line of text. */
enum { COLUMNS = 60, WIDTH = 900, HEIGHT = 320, LEFT = 50, RIGHT = 10, TOP = 30, BOTTOM = 35 };

double percentile(const double *sorted, size_t count, double percent) {
  double rank = (double)count * percent / 100.0;
  size_t index = (size_t)rank; /* of the value after those; it is not needed if the rank is a whole number */
  return sorted[index > 0 && (double)index >= rank ? index - 1 : index];
}

static double worst(const double *ms, size_t begin, size_t end) {
  double most = ms[begin];
  for (size_t i = begin; i < end; ++i)
    most = ms[i] > most ? ms[i] : most;
  return most;
}

void print_plot(const plot_t *plot) {
  size_t columns = plot->frames < COLUMNS ? plot->frames : COLUMNS;
  for (size_t s = 0; s < plot->count; ++s) {
    printf("  %-8s|", plot->series[s].name);
    for (size_t c = 0; c < columns; ++c) {
      double ms = worst(plot->series[s].ms, c * plot->frames / columns, (c + 1) * plot->frames / columns);
      putchar(ms > plot->deadline_ms ? '!' : "0123456789"[(int)(ms / plot->deadline_ms * 9.999)]);
    }
    printf("|\n");
  }
}

static double x_of(const plot_t *plot, size_t frame) {
  double left = LEFT;
  return left + (double)frame * (WIDTH - LEFT - RIGHT) / (double)(plot->frames > 1 ? plot->frames - 1 : 1);
}

/** Above the top there is nothing; one outlier must not flatten all the rest. */
static double y_of(double ms, double top_ms) {
  double part = ms < top_ms ? ms / top_ms : 1.0, bottom = HEIGHT - BOTTOM, height = HEIGHT - TOP - BOTTOM;
  return bottom - part * height;
}

static void write_axes(FILE *file, const plot_t *plot, double top_ms) {
  fprintf(file,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
          "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
          WIDTH, HEIGHT);
  for (int i = 0; i <= 4; ++i) {
    double ms = top_ms * i / 4, y = y_of(ms, top_ms);
    fprintf(file, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", LEFT, WIDTH - RIGHT, y,
            y);
    fprintf(file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>\n", LEFT - 6, y + 4, ms);
  }
  double y = y_of(plot->deadline_ms, top_ms);
  fprintf(file,
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"black\" stroke-dasharray=\"6 4\"/>\n"
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">deadline %.2f ms</text>\n",
          LEFT, WIDTH - RIGHT, y, y, WIDTH - RIGHT, y - 5, plot->deadline_ms);
  fprintf(file, "<text x=\"%d\" y=\"%d\">ms from a row to its answer</text>\n", LEFT, TOP - 12);
  fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">frame %zu</text>\n", WIDTH - RIGHT, HEIGHT - 12,
          plot->frames);
}

int write_plot(const plot_t *plot, const char *path) {
  double most = plot->deadline_ms * 1.25;
  for (size_t s = 0; s < plot->count; ++s) {
    double ms = worst(plot->series[s].ms, 0, plot->frames);
    most = ms > most ? ms : most;
  }
  double top_ms = most < 2.5 * plot->deadline_ms ? most : 2.5 * plot->deadline_ms;
  FILE *file = fopen(path, "w");
  if (!file)
    return 0;
  write_axes(file, plot, top_ms);
  for (size_t s = 0; s < plot->count; ++s) {
    const series_t *series = &plot->series[s];
    fprintf(file, "<text x=\"%zu\" y=\"%d\" fill=\"%s\">%s</text>\n", LEFT + s * 90, HEIGHT - 12, series->colour,
            series->name);
    fprintf(file, "<polyline fill=\"none\" stroke=\"%s\" points=\"", series->colour);
    for (size_t i = 0; i < plot->frames; ++i)
      fprintf(file, "%.1f,%.1f ", x_of(plot, i), y_of(series->ms[i], top_ms));
    fprintf(file, "\"/>\n");
  }
  fprintf(file, "</svg>\n");
  int failed = ferror(file);
  return fclose(file) == 0 && !failed;
}
