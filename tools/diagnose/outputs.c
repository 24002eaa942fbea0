/* diagnose/outputs.c - another program's frames, and which footage they stand on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/outputs.h"

#include "face/ping_pong.h"
#include "inside/filmed.h"

#include <math.h>
#include <stdlib.h>

#define LOOKED_AT 6 /* frames by which the order is told */

struct outputs {
    side *side;
    vis_character *character;
    vis_character_info film;
    int64_t start;
    bool bounce;
    double apart;
};

int64_t outputs_count(const outputs *o)
{
    return side_count(o->side);
}

bool outputs_bounce(const outputs *o)
{
    return o->bounce;
}

double outputs_apart(const outputs *o)
{
    return o->apart;
}

int outputs_footage(const outputs *o, int64_t j)
{
    return ping_pong_index(o->start + j - !o->bounce, 0, o->film.frames);
}

vis_status outputs_frame(outputs *o, int64_t j, const picture **frame, vis_error *err)
{
    side_frame shown;
    VIS_TRY(side_get(o->side, j, NULL, &shown, err));
    if (!shown.shown || shown.shown->width != o->film.width ||
        shown.shown->height != o->film.height)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: %s is %d x %d, the footage %d x %d; give whole frames as they were made",
            side_path(o->side), shown.name, shown.shown ? shown.shown->width : 0,
            shown.shown ? shown.shown->height : 0, o->film.width, o->film.height);
    *frame = shown.shown;
    return VIS_OK;
}

/* Mean squared difference outside the square, widened by a tenth. */
static double outside(const picture *a, const picture *b, const int rect[4])
{
    int rim = (rect[2] - rect[0]) / 10;
    double sum = 0;
    int64_t count = 0;
    for (int y = 0; y < a->height; y++) {
        const uint8_t *p = a->data + (size_t)y * (size_t)a->stride;
        const uint8_t *q = b->data + (size_t)y * (size_t)b->stride;
        bool beside = y >= rect[1] - rim && y < rect[3] + rim;
        for (int x = 0; x < a->width; x++) {
            if (beside && x >= rect[0] - rim && x < rect[2] + rim) continue;
            for (int c = 0; c < 3; c++) {
                int d = p[3 * x + c] - q[3 * x + c];
                sum += d * d;
            }
            count += 3;
        }
    }
    return count ? sum / (double)count : 0;
}

/* rms levels between some frames and the footage under them. */
static vis_status measure(outputs *o, double *apart, vis_error *err)
{
    double sum = 0;
    int64_t count = outputs_count(o);
    int looked = count < LOOKED_AT ? (int)count : LOOKED_AT;
    for (int k = 0; k < looked; k++) {
        const picture *frame, *filmed;
        int rect[4];
        int64_t j = count * k / looked;
        VIS_TRY(outputs_frame(o, j, &frame, err));
        filmed_rect(o->character, outputs_footage(o, j), rect);
        VIS_TRY(filmed_frame(o->character, outputs_footage(o, j), &filmed, err));
        sum += outside(frame, filmed, rect);
        filmed_release(o->character, filmed);
    }
    *apart = looked ? sqrt(sum / looked) : INFINITY;
    return VIS_OK;
}

static vis_status set_up(outputs *o, const char *path, int threads, vis_error *err)
{
    VIS_TRY(side_open(path, NULL, threads, &o->side, err));
    if (side_kind_of(o->side) != SIDE_PICTURES)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: %s; give a folder of numbered pictures or a video as --outputs", path,
                        side_what(o->side));
    double straight, bounce;
    VIS_TRY(measure(o, &straight, err));
    o->bounce = true;
    VIS_TRY(measure(o, &bounce, err));
    o->bounce = bounce < straight;
    o->apart = o->bounce ? bounce : straight;
    return VIS_OK;
}

vis_status outputs_open(const char *path, vis_character *c, int64_t start, int threads,
                        outputs **out, vis_error *err)
{
    *out = NULL;
    outputs *o = calloc(1, sizeof *o);
    if (!o) return vis_fail_memory(err, "another program's frames");
    o->character = c;
    vis_character_get_info(c, &o->film);
    o->start = start;
    vis_status status = set_up(o, path, threads, err);
    if (status == VIS_OK)
        *out = o;
    else
        outputs_close(o);
    return status;
}

void outputs_close(outputs *o)
{
    if (!o) return;
    side_close(o->side);
    free(o);
}
