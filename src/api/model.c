/* api/model.c - vis_model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"
#include "api/handles.h"
#include "base/status.h"
#include "engine/nn.h"
#include "networks/export.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)VIS_MODEL_UNET_328 == (int)MODEL_UNET_328 &&
                   (int)VIS_MODEL_UNET_160 == (int)MODEL_UNET_160 &&
                   (int)VIS_MODEL_AVE_ENCODER == (int)MODEL_AVE_ENCODER &&
                   (int)VIS_MODEL_OTHER == (int)MODEL_OTHER,
               "the public kinds are the inner ones");

vis_status api_audio_mode(const char *text, audio_mode *mode, vis_error *err)
{
    *mode = AUDIO_NONE;
    return text ? audio_mode_parse(text, mode, err) : VIS_OK;
}

VIS_API void vis_model_options_init(vis_model_options *options, size_t size)
{
    const vis_model_options defaults = {.size = size, .checkpoint = -1};
    api_give(options, size, &defaults, sizeof defaults);
}

vis_status api_checkpoint_open(checkpoint_source from, const model_options *options, model **out,
                               vis_error *err)
{
    if (!from.bytes) return model_open(from.name, options, out, err);
    return model_open_bytes(from.name, from.bytes->data, from.bytes->size, options, out, err);
}

vis_status api_model_open(checkpoint_source from, const vis_model_options *options, vis_model **out,
                          vis_error *err)
{
    *out = NULL;
    vis_model_options given = vis_model_options_defaults();
    VIS_TRY(api_take(options, &given, sizeof given, "vis_model_options", err));
    VIS_TRY(api_given(from.name, "the path of the checkpoint", err));
    VIS_TRY(api_check_model(given.checkpoint, given.precision, err));
    model_options inner = {.checkpoint = given.checkpoint, .log = &given.log};
    VIS_TRY(api_audio_mode(given.audio_mode, &inner.mode, err));
    vis_model *m = calloc(1, sizeof *m);
    if (!m) return vis_fail_memory(err, "a model");
    vis_status status = api_checkpoint_open(from, &inner, &m->inner, err);
    if (status != VIS_OK) {
        free(m);
        return status;
    }
    model_kind kind = m->inner->info.kind;
    bool unet = kind == MODEL_UNET_328 || kind == MODEL_UNET_160;
    m->inner->fast = unet && given.precision == VIS_FAST && nn_has_fast();
    if (given.precision == VIS_FAST && !nn_has_fast())
        vis_warn(&given.log, "no kernels for the fast precision: it wants AVX2 or NEON, which this "
                             "processor lacks or VISEME_ISA rules out; float32 is used");
    if (m->inner->fast && nn_fast_passed_over())
        vis_warn(&given.log, "the fast precision does without AVX-VNNI, whose kernels gave other "
                             "numbers than AVX2's on this processor; please report that");
    pthread_mutex_init(&m->lock, NULL);
    m->holders = 1;
    *out = m;
    return VIS_OK;
}

VIS_API vis_status vis_model_open(const char *path, const vis_model_options *options,
                                  vis_model **out, vis_error *err)
{
    return api_model_open((checkpoint_source){path, NULL}, options, out, err);
}

VIS_API vis_status vis_model_open_io(const vis_io *io, const vis_model_options *options,
                                     vis_model **out, vis_error *err)
{
    static const char what[] = "the checkpoint";
    *out = NULL;
    VIS_TRY(api_given(io, what, err));
    buffer bytes;
    buffer_init(&bytes, MODEL_MAX_FILE);
    vis_status status = caller_io_read(io, what, &bytes, err);
    checkpoint_source from = {caller_io_name(io, what), &bytes};
    if (status == VIS_OK) status = api_model_open(from, options, out, err);
    buffer_free(&bytes);
    return status;
}

void api_model_hold(vis_model *m)
{
    __atomic_add_fetch(&m->holders, 1, __ATOMIC_RELAXED);
}

vis_fast api_fast(const nn_fast *fast)
{
    return (vis_fast){fast->used, fast->blocks, fast->exact, fast->decibel};
}

void api_model_release(vis_model *m)
{
    if (!m || __atomic_sub_fetch(&m->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    ave_encoder_free(m->encoder);
    pthread_mutex_destroy(&m->lock);
    model_close(m->inner);
    free(m);
}

VIS_API void vis_model_close(vis_model *m)
{
    if (!m) return;
    __atomic_store_n(&m->closed, true, __ATOMIC_RELEASE);
    api_model_release(m);
}

VIS_API void vis_model_get_info_sized(const vis_model *m, vis_model_info *out, size_t size)
{
    const model_info *in = &m->inner->info;
    vis_model_info info = {
        .kind = (vis_model_kind)in->kind,
        .kind_name = model_kind_name(in->kind),
        .audio_mode = audio_mode_name(in->mode),
        .format = in->format,
        .dtype = in->weights_dtype,
        .container = in->container,
        .prefix = in->prefix,
        .path = in->path,
        .sha256 = in->sha256,
        .image_size = in->image_size,
        .window_rows = in->window_rows,
        .row_size = in->row_size,
        .default_fps = in->default_fps,
        .batch = in->batch,
        .parameters = in->parameters,
        .macs = in->macs,
    };
    memcpy(info.width, in->width, sizeof info.width);
    memcpy(info.audio_shape, in->audio_shape, sizeof info.audio_shape);
    api_give(out, size, &info, sizeof info);
}

VIS_API vis_status vis_model_set_audio_mode(vis_model *m, const char *text, vis_error *err)
{
    audio_mode mode;
    VIS_TRY(api_given(text, "the audio mode", err));
    VIS_TRY(api_audio_mode(text, &mode, err));
    return model_decide(m->inner, mode, err);
}

VIS_API vis_status vis_model_export(const vis_model *m, const char *path, vis_error *err)
{
    VIS_TRY(api_given(path, "the path of the .onnx", err));
    return model_export(m->inner, vis_version(), path, err);
}
