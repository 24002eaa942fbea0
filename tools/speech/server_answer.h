/* speech/server_answer.h - what a speech server answers, told apart and turned into samples as it comes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SERVER_ANSWER_H
#define SPEECH_SERVER_ANSWER_H

#include "base/buffer.h"
#include "speech/wav_stream.h"

/* A WAV whatever it calls itself, for some call it text/html; bare samples where it says so
 * (audio/pcm, with a rate perhaps, application/octet-stream); other sound, gathered and decoded at
 * its end; words: an error page, or something that is no sound. */
typedef enum answer_kind {
    ANSWER_OPEN,
    ANSWER_WAV,
    ANSWER_PCM,
    ANSWER_FILE,
    ANSWER_WORDS
} answer_kind;

#define ANSWER_MAX_FILE (32 << 20) /* bytes of sound that must be gathered */
#define ANSWER_MAX_WORDS 2048      /* bytes of words that are looked at */
#define ANSWER_MAX_SECONDS 600.0
#define ANSWER_MAX_TYPE 80

typedef struct server_answer {
    const speech_sink *sink;
    int pcm_rate;               /* Hz, where the server does not say */
    int code;                   /* of HTTP */
    char type[ANSWER_MAX_TYPE]; /* its Content-Type, "" for none */
    answer_kind kind;
    uint8_t beginning[WAV_BEGINNING];
    size_t beginning_size;
    wav_stream wav;
    pcm_stream pcm;
    buffer gathered;
    int64_t size;      /* bytes so far */
    vis_status status; /* what was wrong with them; `why` says it */
    vis_error why;
} server_answer;

void server_answer_init(server_answer *a, const speech_sink *sink, int pcm_rate);
void server_answer_free(server_answer *a);

/* Before the first bytes, or where there are none. */
void server_answer_head(server_answer *a, int code, const char *type);

/* false: no more is to be read; `status` and `why` say why. */
bool server_answer_take(server_answer *a, const void *bytes, size_t size);

/* All has come. VIS_ERR_FORMAT, VIS_ERR_UNSUPPORTED: it is no sound, not whole, or an HTTP error;
 * VIS_ERR_LIMIT; VIS_ERR_CANCELLED. The messages do not name the server. */
vis_status server_answer_end(server_answer *a, vis_error *err);

#endif
