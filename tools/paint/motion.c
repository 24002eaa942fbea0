/* paint/motion.c - the brightness of all blocks over time; the mouth's among them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/motion.h"

#include "base/memory.h"
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

#define SCALE 64.0f /* kept steps a level: what a mean of 64 pixels can have */
#define REST_SHARE 0.2
#define REST_PERCENTILE 0.9
#define MOUTH_SHARE 10 /* one block of so many */

enum { FILMED, PAINTED, SIDES };

struct motion {
    block_grid grid;
    int64_t frames, capacity;
    int16_t *luma;  /* [frames][SIDES][count], steps of 1 / SCALE */
    bool *follows;  /* [frames] */
    float *excess;  /* [count]: room for a frame's differences */
    double *energy; /* [count]: squared filmed differences */
};

vis_status motion_create(const block_grid *grid, motion **out, vis_error *err)
{
    *out = NULL;
    motion *m = calloc(1, sizeof *m);
    if (!m) return vis_fail_memory(err, "measuring motion");
    m->energy = calloc((size_t)grid->count + 1, sizeof *m->energy);
    m->excess = calloc((size_t)grid->count + 1, sizeof *m->excess);
    if (!m->energy || !m->excess) {
        motion_free(m);
        return vis_fail_memory(err, "measuring motion");
    }
    m->grid = *grid;
    *out = m;
    return VIS_OK;
}

void motion_free(motion *m)
{
    if (!m) return;
    free(m->luma);
    free(m->follows);
    free(m->energy);
    free(m->excess);
    free(m);
}

static int16_t *luma_at(const motion *m, int64_t frame, int side)
{
    return m->luma + ((size_t)frame * SIDES + (size_t)side) * (size_t)m->grid.count;
}

static vis_status grow(motion *m, vis_error *err)
{
    if (m->frames < m->capacity) return VIS_OK;
    int64_t capacity = m->capacity ? 2 * m->capacity : 128;
    size_t frame = SIDES * (size_t)m->grid.count * sizeof *m->luma, size;
    if (!size_mul((size_t)capacity, frame, &size)) return vis_fail_memory(err, "motion");
    int16_t *luma = realloc(m->luma, size);
    if (luma) m->luma = luma;
    bool *follows = realloc(m->follows, (size_t)capacity * sizeof *follows);
    if (follows) m->follows = follows;
    if (!luma || !follows) return vis_fail_memory(err, "the motion of the mouth");
    m->capacity = capacity;
    return VIS_OK;
}

static int16_t to_steps(float level)
{
    float v = level < -255 ? -255 : level > 510 ? 510 : level;
    return (int16_t)lrintf(v * SCALE);
}

static int ascending_float(const void *one, const void *other)
{
    float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

/* The brightness that most painted blocks have too much; the mouth is a small part of them. */
static float common_excess(const motion *m, const float *filmed, const float *painted)
{
    int count = m->grid.count;
    for (int i = 0; i < count; i++)
        m->excess[i] =
            block_luma(painted + (ptrdiff_t)3 * i) - block_luma(filmed + (ptrdiff_t)3 * i);
    qsort(m->excess, (size_t)count, sizeof *m->excess, ascending_float);
    return count ? m->excess[count / 2] : 0;
}

static void keep(motion *m, const float *filmed, const float *painted)
{
    int16_t *one = luma_at(m, m->frames, FILMED), *other = luma_at(m, m->frames, PAINTED);
    float excess = common_excess(m, filmed, painted);
    for (int i = 0; i < m->grid.count; i++) {
        one[i] = to_steps(block_luma(filmed + (ptrdiff_t)3 * i));
        other[i] = to_steps(block_luma(painted + (ptrdiff_t)3 * i) - excess);
    }
}

vis_status motion_add(motion *m, bool follows, const float *filmed, const float *painted,
                      vis_error *err)
{
    VIS_TRY(grow(m, err));
    keep(m, filmed, painted);
    m->follows[m->frames] = follows && m->frames > 0;
    if (m->follows[m->frames]) {
        const int16_t *now = luma_at(m, m->frames, FILMED);
        const int16_t *before = luma_at(m, m->frames - 1, FILMED);
        for (int i = 0; i < m->grid.count; i++) {
            double by = now[i] - before[i];
            m->energy[i] += by * by;
        }
    }
    m->frames++;
    return VIS_OK;
}

/* Those that move most come first; of equals the upper left one. */
static int by_energy(int one, int other, const void *energy)
{
    const double *e = energy;
    if (e[one] == e[other]) return (one > other) - (one < other);
    return (e[one] < e[other]) - (e[one] > e[other]);
}

/* The mouth's blocks into `mouth` [count]; returns how many. */
static int find_mouth(const motion *m, int *mouth)
{
    const block_grid *g = &m->grid;
    int found = 0;
    for (int i = 0; i < g->count; i++) {
        int column = i % g->columns;
        if (4 * column >= g->columns && 4 * (column + 1) <= 3 * g->columns) mouth[found++] = i;
    }
    sort_indices(mouth, (size_t)found, by_energy, m->energy);
    int wanted = g->count / MOUTH_SHARE;
    return found < wanted ? found : wanted;
}

/* Mean |difference| of the mouth's blocks from frame t - 1 to t, in levels. */
static double step_of(const motion *m, const int *mouth, int count, int64_t t, int side)
{
    const int16_t *now = luma_at(m, t, side), *before = luma_at(m, t - 1, side);
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += abs(now[mouth[i]] - before[mouth[i]]);
    return (double)sum / (double)SCALE / count;
}

/* Sum of squared second differences around frame t - 1. */
static double bend_of(const motion *m, const int *mouth, int count, int64_t t, int side)
{
    const int16_t *a = luma_at(m, t - 2, side), *b = luma_at(m, t - 1, side),
                  *c = luma_at(m, t, side);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        double by = a[mouth[i]] - 2 * b[mouth[i]] + c[mouth[i]];
        sum += by * by;
    }
    return sum;
}

static int ascending(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Where the motion counts as rest: a share of a high percentile. Sorts `steps`. */
static double rest_limit(double *steps, int64_t count)
{
    qsort(steps, (size_t)count, sizeof *steps, ascending);
    double high = steps[(int64_t)(REST_PERCENTILE * (double)(count - 1))];
    return high >= MOTION_LEAST ? REST_SHARE * high : -1;
}

/* Sums of motion while the mouth rests and while it does not. */
typedef struct rest_sums {
    double rest[SIDES], speech[SIDES];
    int64_t rest_frames, speech_frames;
} rest_sums;

/* Room for measuring; [frames] each. */
typedef struct series {
    double *step[SIDES]; /* motion from the frame before */
    double *sorted;
    bool *rests;
} series;

/* Frames [from, to), which follow each other and are all still or all not. */
static void add_stretch(const series *s, int64_t from, int64_t to, bool still, rest_sums *sums)
{
    bool rests = still && to - from >= MOTION_REST_FRAMES;
    for (int side = 0; side < SIDES; side++)
        for (int64_t t = from; t < to; t++)
            *(rests ? &sums->rest[side] : &sums->speech[side]) += s->step[side][t];
    for (int64_t t = from; t < to; t++)
        s->rests[t] = rests;
    *(rests ? &sums->rest_frames : &sums->speech_frames) += to - from;
}

static void split_rest(const motion *m, const series *s, double limit, rest_sums *sums)
{
    for (int64_t t = 1, to; t < m->frames; t = to) {
        to = t + 1;
        if (!m->follows[t]) continue;
        bool still = s->step[FILMED][t] < limit;
        while (to < m->frames && m->follows[to] && (s->step[FILMED][to] < limit) == still)
            to++;
        add_stretch(s, t, to, still, sums);
    }
}

static double share(double rest, int64_t rest_frames, double speech, int64_t speech_frames)
{
    if (rest_frames == 0 || !(speech > 0)) return (double)NAN;
    return rest / (double)rest_frames / (speech / (double)speech_frames);
}

static double tremble(const motion *m, const int *mouth, int count, const bool *rests)
{
    double sum[SIDES] = {0};
    for (int64_t t = 2; t < m->frames; t++) {
        if (!m->follows[t] || !m->follows[t - 1] || rests[t] || rests[t - 1]) continue;
        for (int side = 0; side < SIDES; side++)
            sum[side] += bend_of(m, mouth, count, t, side);
    }
    return sum[FILMED] > 0 ? sqrt(sum[PAINTED] / sum[FILMED]) : (double)NAN;
}

static void measure(const motion *m, int *mouth, const series *s, motion_result *out)
{
    int count = find_mouth(m, mouth);
    double sum[SIDES] = {0};
    int64_t n = 0;
    for (int64_t t = 1; count > 0 && t < m->frames; t++) {
        if (!m->follows[t]) continue;
        for (int side = 0; side < SIDES; side++)
            sum[side] += s->step[side][t] = step_of(m, mouth, count, t, side);
        s->sorted[n++] = s->step[FILMED][t];
    }
    if (n == 0) return;
    rest_sums r = {0};
    split_rest(m, s, rest_limit(s->sorted, n), &r);
    out->filmed = sum[FILMED] / (double)n;
    out->painted = sum[PAINTED] / (double)n;
    out->tremble = tremble(m, mouth, count, s->rests);
    out->rest_frames = r.rest_frames;
    out->filmed_rest = share(r.rest[FILMED], r.rest_frames, r.speech[FILMED], r.speech_frames);
    out->painted_rest = share(r.rest[PAINTED], r.rest_frames, r.speech[FILMED], r.speech_frames);
}

vis_status motion_finish(const motion *m, motion_result *out, vis_error *err)
{
    double none = (double)NAN;
    *out = (motion_result){none, none, none, none, none, 0};
    size_t frames = (size_t)m->frames + 1;
    int *mouth = calloc((size_t)m->grid.count + 1, sizeof *mouth);
    double *room = calloc(3 * frames, sizeof *room);
    bool *rests = calloc(frames, sizeof *rests);
    vis_status status = VIS_OK;
    if (mouth && room && rests)
        measure(m, mouth, &(series){{room, room + frames}, room + 2 * frames, rests}, out);
    else
        status = vis_fail_memory(err, "the motion of the mouth");
    free(mouth);
    free(room);
    free(rests);
    return status;
}
