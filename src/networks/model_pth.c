/* networks/model_pth.c - what a torch checkpoint is, and the graph for it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/state_dict.h"
#include "networks/audio_input.h"
#include "networks/ave_encoder.h"
#include "networks/model.h"
#include "networks/model_internal.h"
#include "networks/unet.h"

#include <stdio.h>
#include <string.h>

static bool has_prefix(const state_dict *dict, const char *prefix)
{
    for (int i = 0; i < dict->count; i++) {
        if (strncmp(dict->entry[i].key, prefix, strlen(prefix)) == 0) return true;
    }
    return false;
}

static vis_status refuse_unknown(const state_dict *dict, const char *path, vis_error *err)
{
    if (has_prefix(dict, "face_decoder_blocks")) {
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: a Wav2Lip checkpoint, a network of another family; give a "
                        "SyncTalk_2D or Ultralight-Digital-Human U-Net",
                        path);
    }
    if (has_prefix(dict, "face_encoder")) {
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: a SyncNet checkpoint (it judges whether lips and speech agree; it draws "
            "nothing): audio_model.*, fuse_conv.* and the rest of a U-Net are missing. Give "
            "the U-Net's checkpoint",
            path);
    }
    const char *key[3] = {"", "", ""};
    for (int i = 0; i < 3 && i < dict->count; i++) {
        key[i] = dict->entry[i].key;
    }
    return vis_fail(
        err, VIS_ERR_MISMATCH,
        "%s: %d weights of a network that is neither a lip-sync U-Net nor an AVE encoder: %s %s "
        "%s%s; inc.*, audio_model.*, fuse_conv.* are missing",
        path, dict->count, key[0], key[1], key[2], dict->count > 3 ? " ..." : "");
}

/* "ave or hubert" and so on, for a message. */
static void modes_text(unsigned modes, char *text, size_t size)
{
    static const audio_mode all[] = {AUDIO_AVE, AUDIO_HUBERT, AUDIO_WENET};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (!(modes >> all[i] & 1u)) continue;
        int wrote =
            snprintf(text + used, size - used, "%s%s", used ? " or " : "", audio_mode_name(all[i]));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

/* May a checkpoint be built for that mode? A fork's may for what its user says, when windows come
 * out whole. */
static vis_status check_mode(const model *m, const unet_facts *facts, audio_mode mode,
                             const vis_log *log, vis_error *err)
{
    if (facts->modes >> mode & 1u) return VIS_OK;
    if (facts->modes == 0 && audio_input_whole(mode, facts->audio_channels)) {
        const audio_input *form = audio_input_of(mode);
        vis_warn(log,
                 "%s: its audio branch takes %d channels, as in none of the family's networks; as "
                 "%s it hears windows of %d rows",
                 m->info.path, facts->audio_channels, audio_mode_name(mode),
                 facts->audio_channels * form->height * form->width / form->row_size);
        return VIS_OK;
    }
    if (facts->modes == 0)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: not a model for %s features: %d audio channels hold no even number of "
                        "their rows",
                        m->info.path, audio_mode_name(mode), facts->audio_channels);
    char allowed[64];
    modes_text(facts->modes, allowed, sizeof(allowed));
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: not a model for %s features; its audio branch (%d input channels, widths "
                    "%d to %d) is one for %s",
                    m->info.path, audio_mode_name(mode), facts->audio_channels, facts->width[0],
                    facts->width[4], allowed);
}

/* Builds the graph for a mode; `dict` gives its weights away. */
static vis_status build_unet(model *m, state_dict *dict, const unet_facts *facts, audio_mode mode,
                             const vis_log *log, vis_error *err)
{
    VIS_TRY(check_mode(m, facts, mode, log, err));
    VIS_TRY(unet_build(dict, facts, mode, &m->net, err));
    audio_input_describe(&m->info, mode, facts->audio_channels);
    m->info.visual_input = 0;
    m->info.audio_input = 1;
    return model_count_macs(m, err);
}

static vis_status open_unet(model *m, const model_options *options, vis_error *err)
{
    unet_facts facts;
    VIS_TRY(unet_check(m->weights, m->info.path, options->log, &facts, err));
    m->info.kind = facts.levels == 5 ? MODEL_UNET_328 : MODEL_UNET_160;
    m->info.image_size = facts.levels == 5 ? 320 : 160;
    memcpy(m->info.width, facts.width, sizeof(facts.width));
    m->info.parameters = facts.parameters;
    m->info.audio_shape[0] = facts.audio_channels;

    audio_mode mode = options->mode;
    for (audio_mode only = AUDIO_AVE; mode == AUDIO_NONE && only <= AUDIO_WENET; only++) {
        if (facts.modes == 1u << only) mode = only;
    }
    if (mode != AUDIO_NONE && mode != AUDIO_AVE_OR_HUBERT) {
        return build_unet(m, m->weights, &facts, mode, options->log, err);
    }
    if (facts.modes == 0)
        return audio_input_refuse(m->info.path, facts.audio_channels, facts.width, err);
    /* The weights stay until model_decide; rows of ave and of hubert are as many. */
    m->info.mode = AUDIO_AVE_OR_HUBERT;
    m->info.window_rows = facts.audio_channels / 2;
    m->info.default_fps = 25;
    return VIS_OK;
}

static vis_status open_encoder(model *m, const char *prefix, const model_options *options,
                               vis_error *err)
{
    m->info.kind = MODEL_AVE_ENCODER;
    m->info.row_size = 512;
    m->info.default_fps = 25;
    VIS_TRY(ave_encoder_build(m->weights, prefix, m->info.path, options->log, &m->net,
                              &m->info.parameters, err));
    return model_count_macs(m, err);
}

vis_status model_from_pth(const uint8_t *data, size_t size, const model_options *options, model *m,
                          vis_error *err)
{
    const char *prefix;
    VIS_TRY(state_dict_read(data, size, m->info.path, options->log, &m->weights, err));
    const state_dict *dict = m->weights;
    broken_weights broken = {0};
    for (int i = 0; i < dict->count; i++)
        broken_weights_add(&broken, dict->entry[i].key, &dict->entry[i].value);
    broken_weights_warn(&broken, m->info.path, options->log);
    snprintf(m->info.format, sizeof(m->info.format), "%s", dict->legacy ? "pth (legacy)" : "pth");
    snprintf(m->info.weights_dtype, sizeof(m->info.weights_dtype), "%s", dict->weights_dtype);
    snprintf(m->info.container, sizeof(m->info.container), "%s", dict->container);
    snprintf(m->info.prefix, sizeof(m->info.prefix), "%s", dict->prefix);
    m->info.batch = -1;
    m->info.visual_input = m->info.audio_input = -1;
    if (unet_recognise(dict)) {
        VIS_TRY(open_unet(m, options, err));
    } else if (!has_prefix(dict, "face_encoder") && ave_encoder_recognise(dict, &prefix)) {
        VIS_TRY(open_encoder(m, prefix, options, err));
    } else {
        return refuse_unknown(dict, m->info.path, err);
    }
    if (m->net) {
        state_dict_free(m->weights);
        m->weights = NULL;
    }
    return VIS_OK;
}

vis_status model_decide(model *m, audio_mode mode, vis_error *err)
{
    if (mode != AUDIO_AVE && mode != AUDIO_HUBERT && mode != AUDIO_WENET) {
        return vis_fail(err, VIS_ERR_USAGE, "audio mode must be ave, hubert or wenet");
    }
    if (m->net) {
        if (m->info.mode == mode) return VIS_OK;
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: not a model for %s features but for %s",
                        m->info.path, audio_mode_name(mode), audio_mode_name(m->info.mode));
    }
    unet_facts facts;
    VIS_TRY(unet_check(m->weights, m->info.path, NULL, &facts, err));
    VIS_TRY(build_unet(m, m->weights, &facts, mode, NULL, err));
    state_dict_free(m->weights);
    m->weights = NULL;
    return VIS_OK;
}
