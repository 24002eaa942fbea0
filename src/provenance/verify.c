/* provenance/verify.c - everything that a video says of how it was made, read and checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/verify.h"

#include "base/file.h"
#include "base/json.h"
#include "media/ffmpeg_input.h"
#include "provenance/c2pa_box.h"
#include "provenance/c2pa_codes.h"
#include "provenance/source_type.h"

#include <string.h>
#include <unistd.h>

static void take_tag(const AVFormatContext *file, const char *key, char out[COMMENT_TEXT])
{
    const AVDictionaryEntry *tag = av_dict_get(file->metadata, key, NULL, 0);
    if (!out[0] && tag) marks_text_sized(span_of(tag->value), out, COMMENT_TEXT);
}

/* The tags of the container, as FFmpeg reads those of each kind; and that it is a video at all. */
static vis_status read_tags(input_file video, video_marks *out, vis_error *err)
{
    ffmpeg_input in;
    VIS_TRY(ffmpeg_input_open(&in, video, FFMPEG_PICTURES, err));
    take_tag(in.file, "comment", out->comment);
    take_tag(in.file, "description", out->comment);
    take_tag(in.file, "AIGC", out->aigc);
    ffmpeg_input_close(&in);
    return VIS_OK;
}

/* {"Label": "1", ...}: 1 is "generated", 2 "possibly", 3 "suspected". What is no JSON says nothing. */
static vis_status read_aigc(const char *text, bool *generated, vis_error *err)
{
    json_t *json;
    *generated = false;
    if (!text[0]) return VIS_OK;
    vis_status status = json_parse(text, strlen(text), "AIGC", &json, err);
    if (status != VIS_OK) return status == VIS_ERR_MEMORY ? status : VIS_OK;
    const char *label = json_string_value(json_object_get(json, "Label"));
    *generated = label && strcmp(label, "1") == 0;
    json_decref(json);
    return VIS_OK;
}

/* Metadata is a mark where it says "machine-made", or of what other origin; a mere comment is none. */
static vis_status judge_metadata(video_marks *m, vis_error *err)
{
    bool generated;
    VIS_TRY(read_aigc(m->aigc, &generated, err));
    m->metadata_machine_made = source_type_machine_made(m->xmp.source_type) ||
                               source_type_in_text(m->comment) || generated;
    bool marked = m->metadata_machine_made || m->xmp.source_type[0] || m->aigc[0];
    m->metadata = marked ? MARK_FOUND : MARK_NOT_FOUND;
    return VIS_OK;
}

static void c2pa_is(video_marks *m, mark_state state, const char *why)
{
    m->c2pa = state;
    m->c2pa_why = why;
}

static vis_status check_boxes(const marked_boxes *b, const marked_file *file,
                              const trust_anchors *anchors, video_marks *out, vis_error *err)
{
    if (b->xmp.size) xmp_read((byte_span){b->xmp.data, b->xmp.size}, &out->xmp);
    if (!b->mp4) {
        c2pa_is(out, MARK_NOT_CHECKED, "content credentials are read in MP4 and MOV files alone");
    } else if (b->stores > 1) {
        c2pa_is(out, MARK_BROKEN,
                "the file has more than one place with content credentials, so nobody can tell "
                "which are meant");
        marks_add(&out->store.active, CODE_FAILURE, C2PA_GENERAL_ERROR, span_of("c2pa"),
                  "more than one manifest store");
    } else if (b->foreign) {
        c2pa_is(out, MARK_NOT_CHECKED, "they are stored in a way that is not read here");
        out->c2pa_present = true;
    } else if (b->stores == 1) {
        out->c2pa_present = true;
        VIS_TRY(store_check((byte_span){b->store.data, b->store.size}, file, anchors, &out->store,
                            err));
        c2pa_is(out, out->store.state, NULL);
    }
    return VIS_OK;
}

static vis_status read_boxes(input_file video, const trust_anchors *anchors, video_marks *out,
                             vis_error *err)
{
    int fd;
    size_t size;
    marked_boxes boxes;
    VIS_TRY(file_open(video.path, &fd, &size, err));
    const marked_file file = {video.name, fd, (int64_t)size};
    vis_status status = marked_boxes_read(fd, file.size, video.name, &boxes, err);
    if (status == VIS_OK) status = check_boxes(&boxes, &file, anchors, out, err);
    marked_boxes_free(&boxes);
    close(fd);
    return status;
}

static marks_verdict judge(const video_marks *m)
{
    if (m->c2pa == MARK_BROKEN) return MARKS_BROKEN;
    /* Where content credentials are not looked for at all, the others still count. */
    if (m->c2pa == MARK_NOT_CHECKED && m->c2pa_present) return MARKS_NOT_CHECKED;
    if (m->metadata_machine_made || m->store.machine_made) return MARKS_MACHINE_MADE;
    return m->c2pa == MARK_FOUND || m->metadata == MARK_FOUND ? MARKS_OTHER : MARKS_NONE;
}

vis_status video_marks_read(input_file video, const trust_anchors *anchors, video_marks *out,
                            vis_error *err)
{
    memset(out, 0, sizeof *out);
    VIS_TRY(read_tags(video, out, err));
    VIS_TRY(read_boxes(video, anchors, out, err));
    VIS_TRY(judge_metadata(out, err));
    out->verdict = judge(out);
    return VIS_OK;
}
