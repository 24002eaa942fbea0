/* speech/server_answer.c - the kinds of an answer, each read in its way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/server_answer.h"

#include "inside/recording.h"
#include "speech/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void server_answer_init(server_answer *a, const speech_sink *sink, int pcm_rate)
{
    *a = (server_answer){.sink = sink, .pcm_rate = pcm_rate};
    buffer_init(&a->gathered, ANSWER_MAX_FILE);
}

void server_answer_free(server_answer *a)
{
    buffer_free(&a->gathered);
}

void server_answer_head(server_answer *a, int code, const char *type)
{
    a->code = code;
    snprintf(a->type, sizeof a->type, "%s", type);
}

static bool type_is(const server_answer *a, const char *type)
{
    size_t length = strlen(type);
    return strncasecmp(a->type, type, length) == 0 && strchr("; ", a->type[length]);
}

static bool type_begins(const server_answer *a, const char *with)
{
    return strncasecmp(a->type, with, strlen(with)) == 0;
}

/* "audio/pcm;rate=16000". */
static int rate_of(const server_answer *a)
{
    const char *rate = strcasestr(a->type, "rate=");
    long hertz = rate ? strtol(rate + 5, NULL, 10) : a->pcm_rate;
    return hertz >= PCM_MIN_RATE && hertz <= PCM_MAX_RATE ? (int)hertz : a->pcm_rate;
}

static answer_kind kind_of(const server_answer *a)
{
    if (a->code / 100 != 2) return ANSWER_WORDS;
    if (a->beginning_size == WAV_BEGINNING && wav_begins(a->beginning)) return ANSWER_WAV;
    if (type_is(a, "audio/pcm") || type_is(a, "application/octet-stream")) return ANSWER_PCM;
    bool sound =
        type_begins(a, "audio/") || type_begins(a, "video/") || type_begins(a, "application/ogg");
    return sound || a->type[0] == '\0' ? ANSWER_FILE : ANSWER_WORDS;
}

static vis_status keep(server_answer *a, const uint8_t *bytes, size_t size)
{
    if (a->kind == ANSWER_WORDS && size > ANSWER_MAX_WORDS - a->gathered.size)
        size = ANSWER_MAX_WORDS - a->gathered.size;
    VIS_TRY(buffer_append(&a->gathered, bytes, size, &a->why));
    bool enough = a->kind == ANSWER_WORDS && a->gathered.size == ANSWER_MAX_WORDS;
    return enough ? VIS_ERR_FORMAT : VIS_OK; /* server_answer_end says it */
}

static vis_status take(server_answer *a, const uint8_t *bytes, size_t size)
{
    switch (a->kind) {
    case ANSWER_WAV:
        return wav_stream_take(&a->wav, bytes, size, a->sink, &a->why);
    case ANSWER_PCM:
        if (pcm_stream_take(&a->pcm, bytes, size, a->sink)) return VIS_OK;
        return vis_fail(&a->why, VIS_ERR_CANCELLED, "stopped while speaking");
    default:
        return keep(a, bytes, size);
    }
}

static vis_status decide(server_answer *a)
{
    a->kind = kind_of(a);
    a->pcm.format = (pcm_format){rate_of(a), 1, 16};
    return take(a, a->beginning, a->beginning_size);
}

bool server_answer_take(server_answer *a, const void *bytes, size_t size)
{
    const uint8_t *b = bytes;
    a->size += (int64_t)size;
    if (a->kind == ANSWER_OPEN) {
        size_t room = WAV_BEGINNING - a->beginning_size, used = size < room ? size : room;
        memcpy(a->beginning + a->beginning_size, b, used);
        a->beginning_size += used;
        if (a->beginning_size < WAV_BEGINNING) return true;
        a->status = decide(a);
        b += used;
        size -= used;
    }
    if (a->status == VIS_OK) a->status = take(a, b, size);
    return a->status == VIS_OK;
}

static vis_status fail_words(const server_answer *a, vis_error *err)
{
    char said[WORDS_MAX];
    words_of(a->gathered.data, a->gathered.size, said);
    const char *colon = said[0] ? ": " : "";
    if (a->code / 100 != 2)
        return vis_fail(err, VIS_ERR_FORMAT, "it answers HTTP %d%s%s", a->code, colon, said);
    return vis_fail(err, VIS_ERR_FORMAT, "it answers %s instead of sound%s%s", a->type, colon,
                    said);
}

static vis_status end_file(server_answer *a, vis_error *err)
{
    recording_listener listener = {a->sink->user, a->sink->samples};
    return recording_play(a->gathered.data, a->gathered.size, "its sound", ANSWER_MAX_SECONDS,
                          &listener, err);
}

static vis_status end_pcm(const server_answer *a, vis_error *err)
{
    if (a->pcm.rest_size == 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT, "it breaks off within a sample (after %lld bytes)",
                    (long long)a->size);
}

vis_status server_answer_end(server_answer *a, vis_error *err)
{
    if (a->kind == ANSWER_OPEN && a->status == VIS_OK) a->status = decide(a);
    if (a->kind == ANSWER_WORDS) return fail_words(a, err);
    if (a->status != VIS_OK) return vis_fail(err, a->status, "%s", a->why.message);
    if (a->size == 0) return vis_fail(err, VIS_ERR_FORMAT, "its answer is empty");
    if (a->kind == ANSWER_WAV) return wav_stream_end(&a->wav, err);
    return a->kind == ANSWER_PCM ? end_pcm(a, err) : end_file(a, err);
}
