/* sides/feed.c - inputs from footage, from a folder, or from a generator of random numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/feed.h"

#include "base/memory.h"
#include "inside/handles.h"
#include "measure/tensor_folder.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 10 /* pixels a side: synthetic pictures are of larger tiles, as faces are smooth */

struct feed {
    feed_kind kind;
    node_inputs inputs;
    int visual, audio; /* which input is which; -1 for other networks */
    int64_t start;
    size_t numbers[GRAPH_MAX_INPUTS]; /* of one sample */
    float *data[GRAPH_MAX_INPUTS];    /* [batch, ...] */
    bool unet;
    face_geometry geometry;
    vis_character *character;
    vis_features *features;
    examples *examples;
    example current;
    tensor_folder folder;
};

void feed_close(feed *f)
{
    if (!f) return;
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++)
        aligned_free(f->data[i]);
    examples_close(f->examples);
    vis_features_close(f->features);
    vis_character_close(f->character);
    tensor_folder_close(&f->folder);
    free(f);
}

static vis_status allocate(feed *f, vis_error *err)
{
    for (int i = 0; i < f->inputs.count; i++) {
        const graph_shape *s = &f->inputs.shape[i];
        int64_t count, one;
        if (!shape_count(s->dim, s->rank, &count) || count < 1 ||
            !shape_count(s->dim + 1, s->rank > 0 ? s->rank - 1 : 0, &one))
            return vis_fail(err, VIS_ERR_LIMIT, "an input of a network is too large");
        f->numbers[i] = (size_t)one;
        f->data[i] = aligned_calloc((size_t)count, sizeof(float));
        if (!f->data[i]) return vis_fail_memory(err, "the inputs of a network");
    }
    return VIS_OK;
}

static vis_status open_footage(vis_model *m, const feed_options *o, feed *f, vis_error *err)
{
    f->kind = FEED_FOOTAGE;
    f->start = o->start;
    vis_character_options c = vis_character_options_defaults();
    c.fps = inside_model(m)->info.default_fps;
    c.threads = (o->threads + 3) / 4;
    if (o->log) c.log = *o->log;
    VIS_TRY(vis_character_open(o->character, &c, &f->character, err));
    VIS_TRY(
        vis_features_open_own(m, f->character, &o->speech, o->threads, o->log, &f->features, err));
    VIS_TRY(examples_open(m, f->character, f->features, NULL, &f->examples, err));
    if (o->start < 0 || o->start >= examples_count(f->examples))
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: the features have only %lld rows",
                        (long long)o->start, (long long)examples_count(f->examples));
    return VIS_OK;
}

/* [N, ...] must be the network's input but for the batch. */
static bool fits(const graph_shape *wanted, int rank, const int64_t *dim)
{
    return rank == wanted->rank &&
           memcmp(dim + 1, wanted->dim + 1, (size_t)(rank - 1) * sizeof *dim) == 0;
}

static vis_status open_folder(const feed_options *o, feed *f, vis_error *err)
{
    f->kind = FEED_FOLDER;
    const tensor_folder *t = &f->folder;
    VIS_TRY(tensor_folder_open(o->data, &f->folder, err));
    if (fits(&f->inputs.shape[f->visual], t->visual_rank, t->visual_dim) &&
        fits(&f->inputs.shape[f->audio], t->audio_rank, t->audio_dim))
        return VIS_OK;
    char visual[128], audio[128];
    const graph_shape *v = &f->inputs.shape[f->visual], *s = &f->inputs.shape[f->audio];
    return vis_fail(err, VIS_ERR_MISMATCH, "%s: not of these networks, which take %s and %s",
                    o->data, shape_text(v->dim, v->rank, visual, sizeof visual),
                    shape_text(s->dim, s->rank, audio, sizeof audio));
}

static vis_status open_source(vis_model *m, const feed_options *o, feed *f, vis_error *err)
{
    const model_info *info = &inside_model(m)->info;
    f->visual = f->audio = -1;
    f->unet = info->kind == MODEL_UNET_328 || info->kind == MODEL_UNET_160;
    VIS_TRY(allocate(f, err));
    if (!f->unet && (o->character || o->data))
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: not a lip-sync U-Net; compare it without --character and --data",
                        info->path);
    if (f->unet) {
        f->visual = info->visual_input;
        f->audio = info->audio_input;
        VIS_TRY(face_geometry_for(info->image_size, &f->geometry, err));
    }
    if (o->character) return open_footage(m, o, f, err);
    if (o->data) return open_folder(o, f, err);
    f->kind = FEED_SYNTHETIC;
    return VIS_OK;
}

vis_status feed_open(vis_model *m, const node_inputs *inputs, const feed_options *options,
                     feed **out, vis_error *err)
{
    *out = NULL;
    feed *f = calloc(1, sizeof *f);
    if (!f) return vis_fail_memory(err, "the inputs of a network");
    f->inputs = *inputs;
    vis_status status = open_source(m, options, f, err);
    if (status == VIS_OK)
        *out = f;
    else
        feed_close(f);
    return status;
}

feed_kind feed_kind_of(const feed *f)
{
    return f->kind;
}

int64_t feed_count(const feed *f)
{
    if (f->kind == FEED_FOOTAGE) return examples_count(f->examples) - f->start;
    return f->kind == FEED_FOLDER ? f->folder.frames : -1;
}

const face_geometry *feed_geometry(const feed *f)
{
    return f->unet ? &f->geometry : NULL;
}

/* The first sample of an input, and as many copies as the batch asks for. */
static void put(feed *f, int input, const float *sample)
{
    size_t n = f->numbers[input];
    if (sample != f->data[input]) memcpy(f->data[input], sample, n * sizeof(float));
    for (int64_t k = 1; k < f->inputs.shape[input].dim[0]; k++)
        memcpy(f->data[input] + (size_t)k * n, f->data[input], n * sizeof(float));
}

/* Marsaglia's xorshift64 (2003): in [0, 1), the same everywhere. */
static double next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return (double)(x >> 11) * 0x1p-53;
}

/* Tiles of grey levels in the planes of a face, and the same with the mouth rectangle black. */
static void make_visual(feed *f, uint64_t *state)
{
    const face_geometry *g = &f->geometry;
    float *to = f->data[f->visual], level[3][64 * 64] = {{0}};
    int tiles = (g->size + BLOCK - 1) / BLOCK;
    size_t plane = (size_t)g->size * (size_t)g->size;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < tiles * tiles; i++)
            level[c][i] = (float)(int)(next_random(state) * 256) / 255.0f;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < g->size; y++)
            for (int x = 0; x < g->size; x++) {
                bool masked = x >= g->mask_x && x < g->mask_x + g->mask_width && y >= g->mask_y &&
                              y < g->mask_y + g->mask_height;
                float v = level[c][y / BLOCK * tiles + x / BLOCK];
                size_t at = (size_t)c * plane + (size_t)y * (size_t)g->size + (size_t)x;
                to[at] = v;
                to[at + 3 * plane] = masked ? 0 : v;
            }
    put(f, f->visual, to);
}

static void make_synthetic(feed *f, int64_t i)
{
    uint64_t state = 0x9e3779b97f4a7c15u * (uint64_t)(FEED_SEED + i);
    for (int k = 0; k < f->inputs.count; k++) {
        if (k == f->visual) {
            make_visual(f, &state);
            continue;
        }
        for (size_t n = 0; n < f->numbers[k]; n++)
            f->data[k][n] = (float)(4 * next_random(&state) - 2); /* features are of that order */
        put(f, k, f->data[k]);
    }
}

static vis_status take_footage(feed *f, int64_t i, feed_frame *out, vis_error *err)
{
    VIS_TRY(examples_get(f->examples, f->start + i, &f->current, err));
    put(f, f->visual, f->current.visual);
    put(f, f->audio, f->current.window);
    out->footage = &f->current;
    return VIS_OK;
}

vis_status feed_get(feed *f, int64_t i, feed_frame *out, vis_error *err)
{
    *out = (feed_frame){.data = (const float *const *)f->data};
    switch (f->kind) {
    case FEED_FOOTAGE:
        return take_footage(f, i, out, err);
    case FEED_FOLDER:
        if (i >= f->folder.frames) break;
        put(f, f->visual, f->folder.visual + (size_t)i * f->numbers[f->visual]);
        put(f, f->audio, f->folder.audio + (size_t)i * f->numbers[f->audio]);
        return VIS_OK;
    case FEED_SYNTHETIC:
        make_synthetic(f, i);
        return VIS_OK;
    }
    return vis_fail(err, VIS_ERR_USAGE, "frame %lld: the folder has only %lld", (long long)i,
                    (long long)f->folder.frames);
}
