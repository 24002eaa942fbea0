/* render/network.c - the U-Net compiled, and its run on one frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/network.h"

#include "base/clock.h"
#include "base/memory.h"
#include "face/crop.h"
#include "face/geometry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The frame on which the fast precision is measured: the first of the footage, under sound of no
 * particular kind, so that the choice is the same wherever a clip begins and whatever is said in
 * it. */
typedef struct sample_input {
    float *visual; /* [batch, 6, S, S] of footage frame 0, in the model's own crop */
    float *audio;  /* [batch, C, H, W] noise as loud as features are, the same each time */
} sample_input;

/* About normal, of mean 0 and standard deviation 1: a sum of twelve even ones. */
static float noise(uint32_t *state)
{
    float sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (float)(*state >> 8) / (float)(1u << 24);
    }
    return sum;
}

/* AVE features come out of a ReLU; the others have both signs. */
static void fill_audio(float *audio, size_t count, bool positive)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        float x = noise(&state);
        audio[i] = positive ? (x > 0 ? 2 * x : 0) : x;
    }
}

static vis_status crop_first(const model *m, character *c, float *visual, vis_error *err)
{
    face_geometry geometry;
    face_cropper *cropper;
    const picture *filmed;
    picture crop = {0};
    int rect[4];
    VIS_TRY(face_geometry_for(m->info.image_size, &geometry, err));
    VIS_TRY(face_cropper_create(&geometry, &cropper, err));
    vis_status status = character_frame(c, 0, &filmed, err);
    if (status == VIS_OK) {
        character_rect(c, 0, rect);
        status = face_crop(cropper, filmed, rect, &crop, visual, err);
        character_release(c, filmed);
    }
    picture_free(&crop);
    face_cropper_destroy(cropper);
    return status;
}

static void repeat(float *data, size_t count, int batch)
{
    for (int i = 1; i < batch; i++)
        memcpy(data + (size_t)i * count, data, count * sizeof *data);
}

/* Released with sample_free, also after a failure. */
static vis_status sample_create(const model *m, character *c, int batch, sample_input *out,
                                vis_error *err)
{
    const model_info *info = &m->info;
    size_t visual = FACE_VISUAL_PLANES * (size_t)info->image_size * (size_t)info->image_size;
    size_t audio =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    out->visual = aligned_calloc(visual * (size_t)batch, sizeof *out->visual);
    out->audio = aligned_calloc(audio * (size_t)batch, sizeof *out->audio);
    if (!out->visual || !out->audio) return vis_fail_memory(err, "a sample frame");
    VIS_TRY(crop_first(m, c, out->visual, err));
    fill_audio(out->audio, audio, info->mode == AUDIO_AVE);
    repeat(out->visual, visual, batch);
    repeat(out->audio, audio, batch);
    return VIS_OK;
}

static void sample_free(sample_input *s)
{
    aligned_free(s->visual);
    aligned_free(s->audio);
    *s = (sample_input){0};
}

static vis_status check_output(const compiled_network *c, vis_error *err)
{
    int size = c->info->image_size;
    const graph_shape *out = nn_output_shape(c->program, 0);
    if (nn_output_count(c->program) == 1 && out->rank == 4 && out->dim[0] == c->batch &&
        out->dim[1] == FACE_OUTPUT_PLANES && out->dim[2] == size && out->dim[3] == size)
        return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: its output is not [N, 3, %d, %d]; export the U-Net again", c->info->path,
                    size, size);
}

static vis_status compile_program(compiled_network *c, const model *m,
                                  const network_options *options, const graph_shape *shapes,
                                  vis_error *err)
{
    sample_input sample = {0};
    const float *inputs[2];
    nn_options how = {.reference = options->reference,
                      .fast = m->fast,
                      .cache_inputs = model_footage_inputs(m),
                      .region = options->region.x1 > 0 ? &options->region : NULL,
                      .rows = options->rows,
                      .pool = options->pool};
    vis_status status = VIS_OK;
    if (m->fast && options->sample) {
        status = sample_create(m, options->sample, c->batch, &sample, err);
        inputs[c->info->visual_input] = sample.visual;
        inputs[c->info->audio_input] = sample.audio;
        how.sample = inputs;
    }
    if (status == VIS_OK) status = nn_compile(m->net, shapes, 2, &how, &c->program, err);
    sample_free(&sample);
    return status == VIS_ERR_UNSUPPORTED ? vis_prefix(err, status, m->info.path) : status;
}

static vis_status compile(compiled_network *c, const model *m, const network_options *options,
                          vis_error *err)
{
    const model_info *info = c->info;
    graph_shape shapes[2];
    int64_t size = info->image_size;
    shapes[info->visual_input] = (graph_shape){4, {c->batch, FACE_VISUAL_PLANES, size, size}};
    shapes[info->audio_input] = (graph_shape){
        4, {c->batch, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2]}};
    VIS_TRY(compile_program(c, m, options, shapes, err));
    VIS_TRY(check_output(c, err));
    int footage = c->batch == 1 ? options->footage : 0;
    return activation_cache_create(footage, nn_cache_floats(c->program), options->cache_bytes,
                                   &c->cache, err);
}

vis_status compiled_network_create(const model *m, const network_options *options,
                                   compiled_network **out, vis_error *err)
{
    const network_options none = {0};
    *out = NULL;
    VIS_TRY(model_require_unet(m, err));
    compiled_network *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "a network");
    c->info = &m->info;
    c->batch = m->info.batch > 0 ? m->info.batch : 1;
    vis_status status = compile(c, m, options ? options : &none, err);
    if (status == VIS_OK)
        *out = c;
    else
        compiled_network_free(c);
    return status;
}

void compiled_network_free(compiled_network *c)
{
    if (!c) return;
    activation_cache_free(c->cache);
    nn_program_free(c->program);
    free(c);
}

struct network {
    compiled_network *compiled;
    compiled_network *own; /* the same where it is this network's alone, else NULL */
    nn_session *session;
    float *visual;                               /* [batch, 6, S, S] */
    float *audio;                                /* [batch, C, H, W]; used only when batch > 1 */
    float *output;                               /* [batch, 3, S, S] */
    size_t visual_size, audio_size, output_size; /* numbers of one frame */
    int footage;                                 /* that is taken, */
    float *cached; /* its activations, held; NULL: the session's own */
    bool filled;   /* with its activations */
};

static vis_status allocate(network *n, vis_error *err)
{
    const model_info *info = n->compiled->info;
    size_t plane = (size_t)info->image_size * (size_t)info->image_size;
    size_t batch = (size_t)n->compiled->batch;
    n->visual_size = FACE_VISUAL_PLANES * plane;
    n->output_size = FACE_OUTPUT_PLANES * plane;
    n->audio_size =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    n->visual = aligned_calloc(batch * n->visual_size, sizeof *n->visual);
    n->audio = aligned_calloc(batch * n->audio_size, sizeof *n->audio);
    n->output = aligned_calloc(batch * n->output_size, sizeof *n->output);
    return n->visual && n->audio && n->output ? VIS_OK
                                              : vis_fail_memory(err, "the tensors of a frame");
}

vis_status network_create_on(compiled_network *compiled, thread_pool *pool, network **out,
                             vis_error *err)
{
    *out = NULL;
    network *n = calloc(1, sizeof *n);
    if (!n) return vis_fail_memory(err, "a network");
    n->compiled = compiled;
    vis_status status = nn_session_create(compiled->program, pool, &n->session, err);
    if (status == VIS_OK) status = allocate(n, err);
    if (status == VIS_OK)
        *out = n;
    else
        network_free(n);
    return status;
}

vis_status network_create(const model *m, thread_pool *pool, const network_options *options,
                          network **out, vis_error *err)
{
    *out = NULL;
    compiled_network *own;
    VIS_TRY(compiled_network_create(m, options, &own, err));
    vis_status status = network_create_on(own, pool, out, err);
    if (status == VIS_OK)
        (*out)->own = own;
    else
        compiled_network_free(own);
    return status;
}

void network_free(network *n)
{
    if (!n) return;
    nn_session_free(n->session);
    aligned_free(n->visual);
    aligned_free(n->audio);
    aligned_free(n->output);
    compiled_network_free(n->own);
    free(n);
}

output_range network_range(const network *n)
{
    return output_range_of(n->output, (int64_t)n->output_size);
}

float *network_visual(network *n)
{
    return n->visual;
}

/* A fixed batch wants that many frames: all but the first are copies, whose answers nobody reads.
 */
static const float *fill_batch(network *n, const float *window)
{
    int batch = n->compiled->batch;
    if (batch == 1) return window;
    for (int i = 0; i < batch; i++)
        memcpy(n->audio + (size_t)i * n->audio_size, window, n->audio_size * sizeof *window);
    for (int i = 1; i < batch; i++)
        memcpy(n->visual + (size_t)i * n->visual_size, n->visual,
               n->visual_size * sizeof *n->visual);
    return n->audio;
}

static const float *run(network *n, float *cached, bool filled, const float *window, double *ms)
{
    const model_info *info = n->compiled->info;
    const float *inputs[2];
    inputs[info->visual_input] = n->visual;
    inputs[info->audio_input] = fill_batch(n, window);
    double start = clock_seconds();
    nn_run_cached(n->session, inputs, &n->output, cached, filled);
    if (ms) *ms = (clock_seconds() - start) * 1e3;
    return n->output;
}

const float *network_run(network *n, const float *window, double *ms)
{
    return run(n, NULL, false, window, ms);
}

bool network_take_footage(network *n, int footage, int64_t returns)
{
    n->footage = footage;
    n->filled = false;
    n->cached = activation_cache_acquire(n->compiled->cache, footage, returns, &n->filled);
    n->filled = n->cached && n->filled;
    return !n->filled || nn_filled_reads_inputs(n->compiled->program);
}

const float *network_run_footage(network *n, const float *window, double *ms)
{
    const float *output = run(n, n->cached, n->filled, window, ms);
    n->filled = n->compiled->batch == 1;
    return output;
}

void network_leave_footage(network *n)
{
    if (n->cached && n->filled)
        activation_cache_release(n->compiled->cache, n->footage);
    else if (n->cached)
        activation_cache_abandon(n->compiled->cache, n->footage);
    n->cached = NULL;
}

const float *network_run_again(network *n, const float *window, double *ms)
{
    return run(n, NULL, n->compiled->batch == 1, window, ms);
}
