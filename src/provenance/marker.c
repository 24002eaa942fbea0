/* provenance/marker.c - one marker, many markings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/marker.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text_encoding.h"
#include "provenance/box_hash.h"
#include "provenance/manifest.h"
#include "provenance/mark_id.h"
#include "viseme/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROGRAM "viseme"
#define LABEL_PREFIX "urn:c2pa:"
#define INSTANCE_PREFIX "xmp:iid:"
#define AIGC_TEXT_MAX 256 /* bytes of each text in it */

struct marker {
    bool no_sign, fixed;
    mark_id id;             /* where it is fixed */
    credential *credential; /* NULL: made for each video */
    char *aigc;             /* NULL: none */
};

struct marking {
    marker *marker;
    credential *made; /* NULL: the marker's is used */
    char *comment;
    char label[sizeof LABEL_PREFIX + MARK_ID_TEXT], instance[sizeof INSTANCE_PREFIX + MARK_ID_TEXT];
    char signer[CREDENTIAL_NAME_MAX + 40], when[24];
    manifest_facts facts;
    video_marks tags;
    mp4_seal seal;
};

/* ---- The marker ---- */

static vis_status check_aigc_text(const char *option, const char *text, vis_error *err)
{
    if (strlen(text) > AIGC_TEXT_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "%s: longer than %d bytes", option, AIGC_TEXT_MAX);
    const unsigned char *c = (const unsigned char *)text;
    for (int length; *c; c += length)
        if ((length = utf8_length(c)) == 0 || *c < 0x20)
            return vis_fail(err, VIS_ERR_USAGE, "%s: is no text in UTF-8", option);
    if (!*text) return vis_fail(err, VIS_ERR_USAGE, "%s: is empty", option);
    return VIS_OK;
}

/* As GB 45438-2025, appendix E, has it; 1: it is generated. */
static vis_status make_aigc(const marker_options *o, char **out, vis_error *err)
{
    if (!o->aigc_producer && !o->aigc_id) return VIS_OK;
    if (!o->aigc_producer || !o->aigc_id)
        return vis_fail(err, VIS_ERR_USAGE,
                        "`aigc_producer` and `aigc_id` belong together: give both");
    VIS_TRY(check_aigc_text("`aigc_producer`", o->aigc_producer, err));
    VIS_TRY(check_aigc_text("`aigc_id`", o->aigc_id, err));
    json_t *all = json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Label", "1", "ContentProducer",
                            o->aigc_producer, "ProduceID", o->aigc_id, "ReservedCode1", "",
                            "ContentPropagator", "", "PropagateID", "", "ReservedCode2", "");
    *out = all ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    return *out ? VIS_OK : vis_fail_memory(err, "the field AIGC");
}

static vis_status check_together(const marker_options *o, vis_error *err)
{
    if (!o->sign_key != !o->sign_certificate)
        return vis_fail(err, VIS_ERR_USAGE,
                        "`sign_key` and `sign_certificate` belong together: give both");
    if (o->no_sign && (o->sign_key || o->mark_id))
        return vis_fail(err, VIS_ERR_USAGE,
                        "`no_sign` and %s rule each other out: give one of them",
                        o->sign_key ? "`sign_key`" : "`mark_id`");
    return VIS_OK;
}

static vis_status fill_marker(marker *m, const marker_options *o, vis_error *err)
{
    VIS_TRY(check_together(o, err));
    m->no_sign = o->no_sign;
    m->fixed = o->mark_id != NULL;
    if (m->fixed) VIS_TRY(mark_id_parse(o->mark_id, &m->id, err));
    VIS_TRY(make_aigc(o, &m->aigc, err));
    return o->sign_key ? credential_load(o->sign_key, o->sign_certificate, &m->credential, err)
                       : VIS_OK;
}

vis_status marker_open(const marker_options *options, marker **out, vis_error *err)
{
    *out = NULL;
    marker *m = calloc(1, sizeof *m);
    if (!m) return vis_fail_memory(err, "a video's marks");
    vis_status status = fill_marker(m, options, err);
    if (status == VIS_OK)
        *out = m;
    else
        marker_close(m);
    return status;
}

void marker_close(marker *m)
{
    if (!m) return;
    credential_free(m->credential);
    free(m->aigc);
    free(m);
}

/* ---- One video's ---- */

static credential *credential_of(const marking *m)
{
    return m->made ? m->made : m->marker->credential;
}

static vis_status make_box(void *user, int fd, int64_t file_size, int64_t at, const char *name,
                           buffer *box, vis_error *err)
{
    const marking *m = user;
    uint8_t digest[C2PA_HASH_BYTES];
    VIS_TRY(box_hash(fd, file_size, at, (int64_t)m->seal.size, name, digest, err));
    return manifest_write(&m->facts, digest, credential_of(m), true, box, err);
}

static vis_status measure(marking *m, vis_error *err)
{
    static const uint8_t no_digest[C2PA_HASH_BYTES];
    buffer box;
    buffer_init(&box, MANIFEST_LIMIT);
    vis_status status = manifest_write(&m->facts, no_digest, credential_of(m), false, &box, err);
    m->seal = (mp4_seal){.size = box.size, .make = make_box, .user = m};
    buffer_free(&box);
    return status;
}

static vis_status identify(marking *m, vis_error *err)
{
    mark_id id = m->marker->id;
    char text[MARK_ID_TEXT];
    if (!m->marker->fixed) VIS_TRY(mark_id_draw(&id, err));
    mark_id_print(&id, text);
    snprintf(m->label, sizeof m->label, LABEL_PREFIX "%s", text);
    snprintf(m->instance, sizeof m->instance, INSTANCE_PREFIX "%s", text);
    return VIS_OK;
}

static void say_when(char when[24])
{
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts)) strftime(when, 24, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void name_signer(marking *m)
{
    const credential *c = credential_of(m);
    if (m->made)
        snprintf(m->signer, sizeof m->signer,
                 "a key made for it alone (nobody vouches for who made it)");
    else
        snprintf(m->signer, sizeof m->signer, "%s (certificate ends %s)", credential_name(c),
                 credential_until(c));
}

static vis_status make_signed(marking *m, const parent *of, vis_error *err)
{
    VIS_TRY(identify(m, err));
    if (!m->marker->credential)
        VIS_TRY(credential_make(PROGRAM " " VIS_VERSION_TEXT, &m->made, err));
    say_when(m->when);
    name_signer(m);
    m->facts = (manifest_facts){.label = m->label,
                                .instance_id = m->instance,
                                .when = m->when,
                                .program = PROGRAM,
                                .version = VIS_VERSION_TEXT,
                                .description = m->comment,
                                .parent = of};
    m->tags.instance_id = m->instance;
    return measure(m, err);
}

static vis_status fill_marking(marking *m, const char *model_sha256, const parent *of,
                               vis_error *err)
{
    m->comment = text_format("Machine-made picture (IPTC digital source type %s): lips repainted "
                             "by " PROGRAM " " VIS_VERSION_TEXT ", checkpoint SHA-256 %s",
                             VIDEO_SOURCE_TYPE_COMPOSITE, model_sha256);
    if (!m->comment) return vis_fail_memory(err, "a video's marks");
    m->tags = (video_marks){.comment = m->comment,
                            .description = m->comment,
                            .creator = PROGRAM " " VIS_VERSION_TEXT,
                            .model_sha256 = model_sha256,
                            .digital_source_type = VIDEO_SOURCE_TYPE_COMPOSITE,
                            .aigc = m->marker->aigc};
    return m->marker->no_sign ? VIS_OK : make_signed(m, of, err);
}

bool marker_signs(const marker *m)
{
    return !m->no_sign;
}

vis_status marking_open(marker *m, const char *model_sha256, const parent *of, marking **out,
                        vis_error *err)
{
    *out = NULL;
    marking *made = calloc(1, sizeof *made);
    if (!made) return vis_fail_memory(err, "a video's marks");
    made->marker = m;
    vis_status status = fill_marking(made, model_sha256, of, err);
    if (status == VIS_OK)
        *out = made;
    else
        marking_close(made);
    return status;
}

void marking_close(marking *m)
{
    if (!m) return;
    credential_free(m->made);
    free(m->comment);
    free(m);
}

const video_marks *marking_tags(const marking *m)
{
    return &m->tags;
}

const mp4_seal *marking_seal(const marking *m)
{
    return m->seal.size > 0 ? &m->seal : NULL;
}

const char *marking_manifest(const marking *m)
{
    return m->label;
}

const char *marking_signer(const marking *m)
{
    return m->signer;
}
