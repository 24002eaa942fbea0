/* diagnose/inspect_runtime.c - one frame computed twice.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/inspect_runtime.h"

#include "base/memory.h"
#include "inside/face_network.h"
#include "sides/node_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double output_difference(const float *a, const float *b, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (!isfinite(d)) d = isfinite(a[i]) || isfinite(b[i]) ? INFINITY : 0;
        if (d > most) most = d;
    }
    return most;
}

/* The output of one example, [3, S, S]; the caller's to free with aligned_free. */
static vis_status run_once(const model *m, thread_pool *pool, bool reference, const example *e,
                           float **output, size_t *count, vis_error *err)
{
    network *n;
    VIS_TRY(face_network_create(m, pool, reference, &n, err));
    size_t plane = (size_t)m->info.image_size * (size_t)m->info.image_size;
    *count = 3 * plane;
    *output = aligned_calloc(*count, sizeof **output);
    if (*output) {
        memcpy(face_network_visual(n), e->visual, 6 * plane * sizeof(float));
        memcpy(*output, face_network_run(n, e->window), *count * sizeof(float));
    }
    face_network_free(n);
    return *output ? VIS_OK : vis_fail_memory(err, "an output");
}

static vis_status add_kernels(double difference, findings *list, vis_error *err)
{
    return findings_add(
        list,
        (finding){
            .code = "kernels",
            .stage = FINDING_RUNTIME,
            .number = difference,
            .threshold = RUNTIME_ROUNDING,
            .unit = "max difference",
            .severity = difference / RUNTIME_ROUNDING,
            .title = text_format("The fast kernels of viseme miscompute this network"),
            .text = text_format("On one frame they differ from the plain C definition by %.2g, "
                                "where rounding leaves at most %.0e.",
                                difference, RUNTIME_ROUNDING),
            .advice = text_format("This is a fault in viseme or in the machine: please report "
                                  "it with the output of `viseme inspect`.")},
        err);
}

vis_status inspect_kernels(const model *m, thread_pool *pool, const example *e, findings *list,
                           double *difference, vis_error *err)
{
    float *fast = NULL, *plain = NULL;
    size_t count;
    vis_status status = run_once(m, pool, false, e, &fast, &count, err);
    if (status == VIS_OK) status = run_once(m, pool, true, e, &plain, &count, err);
    if (status == VIS_OK) *difference = output_difference(fast, plain, count);
    aligned_free(fast);
    aligned_free(plain);
    if (status == VIS_OK && *difference > RUNTIME_ROUNDING)
        status = add_kernels(*difference, list, err);
    return status;
}

/* Where the two part, in words. */
static char *where(const node_comparison *c)
{
    if (c->first >= 0)
        return text_format(" They part at %s (%s there in the other file).",
                           c->node[c->first].name_a, c->node[c->first].name_b);
    if (c->structural >= 0 && c->node[c->structural].name_a)
        return text_format(" Their structure differs from %s on.", c->node[c->structural].name_a);
    return text_format("%s", "");
}

static vis_status add_export(double difference, const char *place, const model *other,
                             findings *list, vis_error *err)
{
    return findings_add(
        list,
        (finding){
            .code = "export-differs",
            .stage = FINDING_RUNTIME,
            .number = difference,
            .threshold = RUNTIME_ROUNDING,
            .unit = "max difference",
            .severity = difference / RUNTIME_ROUNDING,
            .title = text_format("%s is not the same network as the checkpoint", other->info.path),
            .text = text_format("On one frame the outputs differ by %.2g, where rounding leaves at "
                                "most %.0e.%s",
                                difference, RUNTIME_ROUNDING, place),
            .advice =
                text_format("Export again (viseme export --model CHECKPOINT -o FILE.onnx), and "
                            "see `viseme compare` of the two files for all layers.")},
        err);
}

static vis_status explain(const model *m, const model *other, thread_pool *pool, const example *e,
                          double difference, findings *list, vis_error *err)
{
    node_inputs in;
    VIS_TRY(node_inputs_pair(m, other, &in, err));
    in.data[m->info.visual_input] = e->visual;
    in.data[m->info.audio_input] = e->window;
    node_options options = {.pool = pool};
    node_comparison c = {0};
    VIS_TRY(node_compare(m, other, &in, &options, &c, err));
    char *place = where(&c);
    vis_status status = place ? add_export(difference, place, other, list, err)
                              : vis_fail_memory(err, "the findings");
    free(place);
    node_comparison_free(&c);
    return status;
}

vis_status inspect_against(const model *m, const model *other, thread_pool *pool, const example *e,
                           findings *list, vis_error *err)
{
    const model_info *a = &m->info, *b = &other->info;
    if (a->kind != b->kind || memcmp(a->audio_shape, b->audio_shape, sizeof a->audio_shape) != 0)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: takes other inputs than %s (%s, %s audio); give the same network twice", b->path,
            a->path, model_kind_name(b->kind), audio_mode_name(b->mode));
    float *one = NULL, *two = NULL;
    size_t count;
    vis_status status = run_once(m, pool, false, e, &one, &count, err);
    if (status == VIS_OK) status = run_once(other, pool, false, e, &two, &count, err);
    double difference = status == VIS_OK ? output_difference(one, two, count) : 0;
    aligned_free(one);
    aligned_free(two);
    if (status == VIS_OK && difference > RUNTIME_ROUNDING)
        status = explain(m, other, pool, e, difference, list, err);
    return status;
}
