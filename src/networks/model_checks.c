/* networks/model_checks.c - what every reader looks at in a network that it has read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/resolve.h"
#include "networks/model_internal.h"

#include <math.h>

/* Shapes of one run of one frame: declared ones; where those are dynamic, what the family has. */
static void one_frame(const model *m, int i, graph_shape *shape)
{
    const graph_value *value = &m->net->value[m->net->input[i]];
    int64_t other[TENSOR_MAX_RANK] = {1, 1, m->info.image_size, m->info.image_size};
    if (i == m->info.audio_input) {
        for (int a = 0; a < 3; a++) {
            other[a + 1] = m->info.audio_shape[a];
        }
    }
    if (m->info.kind == MODEL_AVE_ENCODER) {
        other[2] = 80;
        other[3] = 16;
    }
    shape->rank = value->rank;
    for (int a = 0; a < value->rank; a++) {
        shape->dim[a] = value->dim[a] < 0 ? other[a] : value->dim[a];
    }
    if (value->rank > 0 && value->dim[0] < 0 && m->info.batch > 0) shape->dim[0] = m->info.batch;
}

vis_status model_count_macs(model *m, vis_error *err)
{
    graph_shape shape[GRAPH_MAX_INPUTS];
    resolved_graph *resolved;
    for (int i = 0; i < m->net->n_inputs; i++) {
        one_frame(m, i, &shape[i]);
    }
    vis_status status = graph_resolve(m->net, shape, m->net->n_inputs, &resolved, err);
    if (status != VIS_OK) return vis_prefix(err, status, m->info.path);
    m->info.macs = graph_macs(resolved_graph_get(resolved));
    if (m->info.batch > 1) m->info.macs /= m->info.batch;
    resolved_graph_free(resolved);
    return VIS_OK;
}

void broken_weights_add(broken_weights *b, const char *name, const tensor *t)
{
    if (!t || t->dtype != TENSOR_F32) return;
    int64_t count = tensor_count(t), broken = 0;
    const float *v = tensor_f32(t);
    if (floats_finite(v, count)) return;
    for (int64_t i = 0; i < count; i++)
        broken += !isfinite(v[i]);
    if (b->tensors++ == 0) b->first = name;
    b->numbers += broken;
}

void broken_weights_warn(const broken_weights *b, const char *path, const vis_log *log)
{
    if (b->numbers)
        vis_warn(log,
                 "%s: %lld weights in %d tensor%s are NaN or infinite, first in %s; the checkpoint "
                 "is broken: take an earlier one",
                 path, (long long)b->numbers, b->tensors, b->tensors == 1 ? "" : "s", b->first);
}
