/* audio/ave_encoder.c - compiling the AVE audio encoder.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/ave_encoder.h"

#include "audio/features.h"
#include "audio/mel.h"
#include "base/memory.h"

#include <stdlib.h>

#define BATCH_DEFAULT 25 /* features: one second */
#define BATCH_LIVE 5     /* nobody waits for a second's to see the first */
#define BATCH_MAX 256

static vis_status compile(const model *m, int batch, nn_program **out, vis_error *err)
{
    graph_shape shape = {.rank = 4, .dim = {batch, 1, MEL_BANDS, FEATURE_MEL_FRAMES}};
    VIS_TRY(nn_compile(m->net, &shape, 1, NULL, out, err));
    int64_t numbers = 0;
    const graph_shape *result = nn_output_shape(*out, 0);
    if (nn_output_count(*out) != 1 || !shape_count(result->dim, result->rank, &numbers) ||
        numbers != (int64_t)batch * FEATURE_AVE_SIZE)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: gives %lld numbers a feature, where AVE has %d",
                        m->info.path, (long long)(numbers / batch), FEATURE_AVE_SIZE);
    return VIS_OK;
}

static vis_status compile_all(ave_encoder *e, const model *m, bool live, vis_error *err)
{
    const model_info *info = &m->info;
    if (info->kind != MODEL_AVE_ENCODER || m->net == NULL || m->net->n_inputs != 1)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: a %s, where an AVE audio encoder is needed",
                        info->path, model_kind_name(info->kind));
    e->batch = info->batch > 0 ? info->batch : live ? BATCH_LIVE : BATCH_DEFAULT;
    if (e->batch > BATCH_MAX)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: exported for batches of %d; export it for 1 to %d or a dynamic batch",
                        info->path, e->batch, BATCH_MAX);
    VIS_TRY(compile(m, e->batch, &e->whole, err));
    return live && info->batch <= 0 ? compile(m, 1, &e->single, err) : VIS_OK;
}

vis_status ave_encoder_create(const model *m, bool live, ave_encoder **out, vis_error *err)
{
    *out = NULL;
    ave_encoder *e = calloc(1, sizeof *e);
    if (e == NULL) return vis_fail_memory(err, "an audio encoder");
    vis_status status = compile_all(e, m, live, err);
    if (status == VIS_OK)
        *out = e;
    else
        ave_encoder_free(e);
    return status;
}

void ave_encoder_free(ave_encoder *e)
{
    if (e == NULL) return;
    nn_program_free(e->whole);
    nn_program_free(e->single);
    free(e);
}
