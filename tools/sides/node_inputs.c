/* sides/node_inputs.c - which input of one network is which of the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/node_compare.h"

#include <string.h>

static bool is_unet(const model *m)
{
    return m->info.kind == MODEL_UNET_328 || m->info.kind == MODEL_UNET_160;
}

static vis_status choose_batch(const model *a, const model *b, int64_t *batch, vis_error *err)
{
    int x = a->info.batch, y = b->info.batch;
    if (x > 0 && y > 0 && x != y)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s takes batches of %d, %s takes batches of %d; export one with a free "
                        "batch",
                        a->info.path, x, b->info.path, y);
    *batch = x > 0 ? x : y > 0 ? y : 1;
    return VIS_OK;
}

/* The shape of input `i` of any model: free axes are the batch, or what an AVE encoder has. */
static vis_status declared(const model *m, int i, int64_t batch, graph_shape *shape, vis_error *err)
{
    const graph_value *v = &m->net->value[m->net->input[i]];
    const int64_t encoder[4] = {batch, 1, 80, 16};
    *shape = (graph_shape){.rank = v->rank};
    for (int d = 0; d < v->rank; d++) {
        shape->dim[d] = v->dim[d];
        if (v->dim[d] >= 0) continue;
        if (d == 0)
            shape->dim[d] = batch;
        else if (m->info.kind == MODEL_AVE_ENCODER && d < 4)
            shape->dim[d] = encoder[d];
        else
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "%s: input %s has a free axis; export it with fixed sizes",
                            m->info.path, v->name);
    }
    if (v->rank >= 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: input %s has no shape; export it with one",
                    m->info.path, v->name);
}

static vis_status pair_unets(const model *a, const model *b, int64_t batch, node_inputs *in,
                             vis_error *err)
{
    const model_info *x = &a->info, *y = &b->info;
    if (memcmp(x->audio_shape, y->audio_shape, sizeof x->audio_shape) != 0)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s hears %s windows [%d, %d, %d], %s hears %s windows [%d, %d, %d]: they "
                        "cannot be given the same input",
                        x->path, audio_mode_name(x->mode), x->audio_shape[0], x->audio_shape[1],
                        x->audio_shape[2], y->path, audio_mode_name(y->mode), y->audio_shape[0],
                        y->audio_shape[1], y->audio_shape[2]);
    in->count = 2;
    in->shape[x->visual_input] = (graph_shape){4, {batch, 6, x->image_size, x->image_size}};
    in->shape[x->audio_input] =
        (graph_shape){4, {batch, x->audio_shape[0], x->audio_shape[1], x->audio_shape[2]}};
    in->of_b[y->visual_input] = x->visual_input;
    in->of_b[y->audio_input] = x->audio_input;
    return VIS_OK;
}

static vis_status pair_by_shape(const model *a, const model *b, int64_t batch, node_inputs *in,
                                vis_error *err)
{
    bool taken[GRAPH_MAX_INPUTS] = {false};
    in->count = a->net->n_inputs;
    for (int i = 0; i < in->count; i++)
        VIS_TRY(declared(a, i, batch, &in->shape[i], err));
    for (int k = 0; k < in->count; k++) {
        graph_shape shape;
        int found = -1;
        VIS_TRY(declared(b, k, batch, &shape, err));
        for (int i = 0; i < in->count && found < 0; i++)
            if (!taken[i] && shape.rank == in->shape[i].rank &&
                memcmp(shape.dim, in->shape[i].dim, (size_t)shape.rank * sizeof *shape.dim) == 0)
                found = i;
        if (found < 0)
            return vis_fail(err, VIS_ERR_MISMATCH, "%s: its input %s is none of %s's", b->info.path,
                            b->net->value[b->net->input[k]].name, a->info.path);
        taken[found] = true;
        in->of_b[k] = found;
    }
    return VIS_OK;
}

vis_status node_inputs_pair(const model *a, const model *b, node_inputs *in, vis_error *err)
{
    *in = (node_inputs){0};
    int64_t batch;
    if (a->info.kind != b->info.kind || a->net->n_inputs != b->net->n_inputs)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s is a network of another kind (%s) than %s (%s): nothing to compare",
                        a->info.path, model_kind_name(a->info.kind), b->info.path,
                        model_kind_name(b->info.kind));
    VIS_TRY(choose_batch(a, b, &batch, err));
    return is_unet(a) ? pair_unets(a, b, batch, in, err) : pair_by_shape(a, b, batch, in, err);
}
