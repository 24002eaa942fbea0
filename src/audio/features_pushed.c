/* audio/features_pushed.c - rows of features that somebody computes elsewhere and pushes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/features_internal.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct pushed_source {
    feature_source base;
    pthread_mutex_t lock;
    float *ring; /* [capacity, row_size]: row r stands at r mod capacity */
    int64_t capacity;
    int64_t first, count; /* rows first ... first + count - 1 are there */
    bool ended;
    bool still; /* all rows so far were the same */
} pushed_source;

static float *place(const pushed_source *s, int64_t row)
{
    return s->ring + (size_t)(row % s->capacity) * (size_t)s->base.row_size;
}

/* Forgets the rows before `row`. With the lock held. */
static void drop(pushed_source *s, int64_t row)
{
    int64_t spent = row - s->first < s->count ? row - s->first : s->count;
    if (spent <= 0) return;
    s->first += spent;
    s->count -= spent;
}

static vis_status pushed_read(feature_source *base, int64_t row, float *out, bool *got,
                              vis_error *err)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_lock(&s->lock);
    drop(s, row);
    *got = s->count > 0 && s->first == row;
    if (*got) memcpy(out, place(s, row), (size_t)base->row_size * sizeof *out);
    bool ended = s->ended;
    pthread_mutex_unlock(&s->lock);
    return *got || ended ? VIS_OK : vis_fail(err, VIS_AGAIN, "more features are awaited");
}

static vis_status pushed_seek(feature_source *base, int64_t *row, vis_error *err)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_lock(&s->lock);
    int64_t behind = s->first + s->count;
    bool wait = *row > behind && !s->ended;
    if (*row > behind && s->ended) *row = behind;
    if (!wait) drop(s, *row);
    pthread_mutex_unlock(&s->lock);
    return wait ? vis_fail(err, VIS_AGAIN, "more features are awaited") : VIS_OK;
}

static int64_t pushed_count(const feature_source *base, bool *exact)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_lock(&s->lock);
    *exact = s->ended;
    int64_t count = s->ended ? s->first + s->count : -1;
    pthread_mutex_unlock(&s->lock);
    return count;
}

static bool pushed_silent(const feature_source *base)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_lock(&s->lock);
    bool silent = s->still && s->first + s->count > 1;
    pthread_mutex_unlock(&s->lock);
    return silent;
}

static void pushed_close(feature_source *base)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_destroy(&s->lock);
    free(s->ring);
    free(s);
}

vis_status feature_source_open_rows(audio_mode mode, int row_size, int64_t capacity,
                                    feature_source **out, vis_error *err)
{
    size_t numbers;
    pushed_source *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || !size_mul((size_t)capacity, (size_t)row_size, &numbers) ||
        !(s->ring = calloc(numbers, sizeof *s->ring))) {
        free(s);
        return vis_fail_memory(err, "features that are pushed");
    }
    s->base = (feature_source){.mode = mode,
                               .row_size = row_size,
                               .read = pushed_read,
                               .seek = pushed_seek,
                               .count = pushed_count,
                               .silent = pushed_silent,
                               .close = pushed_close};
    s->capacity = capacity;
    s->still = true;
    pthread_mutex_init(&s->lock, NULL);
    *out = &s->base;
    return VIS_OK;
}

void feature_rows_push(feature_source *base, const float *rows, int64_t count, int64_t *taken)
{
    pushed_source *s = (pushed_source *)base;
    size_t size = (size_t)base->row_size;
    pthread_mutex_lock(&s->lock);
    for (*taken = 0; *taken < count && s->count < s->capacity; ++*taken, s->count++) {
        int64_t row = s->first + s->count;
        float *to = place(s, row);
        memcpy(to, rows + (size_t)*taken * size, size * sizeof *to);
        if (row > 0 && s->still && s->count > 0)
            s->still = memcmp(to, place(s, row - 1), size * sizeof *to) == 0;
    }
    pthread_mutex_unlock(&s->lock);
}

void feature_rows_end(feature_source *base)
{
    pushed_source *s = (pushed_source *)base;
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    pthread_mutex_unlock(&s->lock);
}
