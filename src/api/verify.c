/* api/verify.c - what a video says of how it was made.
 * SPDX-License-Identifier: Apache-2.0 */
#include "provenance/verify.h"

#include "api/checks.h"
#include "base/status.h"
#include "media/caller_io.h"
#include "provenance/source_type.h"

#include <stdlib.h>

struct vis_verification {
    video_marks marks;
};

_Static_assert((int)MARK_NOT_CHECKED == (int)VIS_MARK_NOT_CHECKED &&
                   (int)MARKS_OTHER == (int)VIS_VERDICT_OTHER &&
                   (int)CODE_NOT_CHECKED == (int)VIS_CODE_NOT_CHECKED,
               "the room's words are the interface's");

VIS_API void vis_verify_options_init(vis_verify_options *options, size_t size)
{
    vis_verify_options own = {.size = size};
    api_give(options, size, &own, sizeof own);
}

static vis_status verify_file(input_file video, const vis_verify_options *options,
                              vis_verification **out, vis_error *err)
{
    vis_verify_options o = {.size = sizeof o};
    trust_anchors *anchors;
    VIS_TRY(api_take(options, &o, sizeof o, "vis_verify_options", err));
    VIS_TRY(trust_anchors_open(o.trust_anchors, &anchors, err));
    vis_verification *v = calloc(1, sizeof *v);
    vis_status status = v ? video_marks_read(video, anchors, &v->marks, err)
                          : vis_fail_memory(err, "a video's marks");
    trust_anchors_close(anchors);
    if (status == VIS_OK)
        *out = v;
    else
        free(v);
    return status;
}

VIS_API vis_status vis_verify(const char *path, const vis_verify_options *options,
                              vis_verification **out, vis_error *err)
{
    VIS_TRY(api_given(out, "vis_verification", err));
    *out = NULL;
    VIS_TRY(api_given(path, "the video's path", err));
    return verify_file(input_path(path), options, out, err);
}

VIS_API vis_status vis_verify_io(const vis_io *video, const vis_verify_options *options,
                                 vis_verification **out, vis_error *err)
{
    spool bytes;
    VIS_TRY(api_given(out, "vis_verification", err));
    *out = NULL;
    VIS_TRY(api_given(video, "the video", err));
    VIS_TRY(caller_io_spool(video, "the video", &bytes, err));
    vis_status status = verify_file(caller_io_file(video, "the video", &bytes), options, out, err);
    spool_free(&bytes);
    return status;
}

VIS_API void vis_verification_close(vis_verification *verification)
{
    free(verification);
}

static const char *state_word(const video_marks *m)
{
    if (m->c2pa == MARK_BROKEN) return "Invalid";
    if (m->c2pa == MARK_NOT_CHECKED) return m->c2pa_present ? "NotChecked" : "";
    if (m->c2pa == MARK_NOT_FOUND) return "";
    return m->store.active.trusted ? "Trusted" : "Valid";
}

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static void fill_c2pa(const video_marks *m, vis_verification_info *info)
{
    const manifest_marks *a = &m->store.active;
    info->c2pa = (vis_mark)m->c2pa;
    info->c2pa_machine_made = m->store.machine_made;
    info->c2pa_state = state_word(m);
    info->c2pa_why = or_nothing(m->c2pa_why);
    info->manifest = a->label;
    info->title = a->title;
    info->generator = a->generator;
    info->signer = a->signer;
    info->issuer = a->issuer;
    info->algorithm = or_nothing(a->algorithm);
    info->c2pa_trusted = a->trusted && m->c2pa == MARK_FOUND;
    info->time_stamp = a->time_stamp;
    info->codes = a->codes;
    info->actions = a->actions;
    info->ingredients = a->ingredients;
}

VIS_API void vis_verification_get_info_sized(const vis_verification *verification,
                                             vis_verification_info *info, size_t size)
{
    const video_marks *m = &verification->marks;
    vis_verification_info own = {
        .verdict = (vis_verdict)m->verdict,
        .metadata = (vis_mark)m->metadata,
        .watermark = VIS_MARK_NOT_CHECKED,
        .label = VIS_MARK_NOT_CHECKED,
        .metadata_machine_made = m->metadata_machine_made,
        .xmp_source_type = m->xmp.source_type,
        .xmp_tool = m->xmp.tool,
        .xmp_manifest = m->xmp.elsewhere,
        .comment = m->comment,
        .aigc = m->aigc,
    };
    fill_c2pa(m, &own);
    api_give(info, size, &own, sizeof own);
}

static const manifest_marks *active(const vis_verification *verification)
{
    return &verification->marks.store.active;
}

VIS_API bool vis_verification_get_code_sized(const vis_verification *verification, int index,
                                             vis_verification_code *code, size_t size)
{
    if (index < 0 || index >= active(verification)->codes) return false;
    const status_code *c = &active(verification)->code[index];
    const vis_verification_code own = {(vis_code_kind)c->kind, c->code, c->where,
                                       or_nothing(c->why)};
    api_give(code, size, &own, sizeof own);
    return true;
}

VIS_API bool vis_verification_get_action_sized(const vis_verification *verification, int index,
                                               vis_verification_action *action, size_t size)
{
    if (index < 0 || index >= active(verification)->actions) return false;
    const declared_action *a = &active(verification)->action[index];
    const vis_verification_action own = {
        a->action,   a->source_type, or_nothing(source_type_meaning(a->source_type)),
        a->software, a->when,        a->description};
    api_give(action, size, &own, sizeof own);
    return true;
}

VIS_API bool vis_verification_get_ingredient_sized(const vis_verification *verification, int index,
                                                   vis_verification_ingredient *ingredient,
                                                   size_t size)
{
    if (index < 0 || index >= active(verification)->ingredients) return false;
    const declared_ingredient *i = &active(verification)->ingredient[index];
    const vis_verification_ingredient own = {i->title, i->format, i->relationship,
                                             (vis_mark)i->state, i->machine_made};
    api_give(ingredient, size, &own, sizeof own);
    return true;
}
