/* speech/chat.h - somebody who answers: a chat server in OpenAI's shape, its reply cut into what can be
 * said in one go while it still comes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_CHAT_H
#define SPEECH_CHAT_H

#include "viseme/status.h"

#include <stdbool.h>

/* Any number of threads. */
typedef struct chat_maker chat_maker;

typedef struct chat_options {
    const char *from; /* an http(s) URL: the base of an OpenAI-shaped server ("/v1/chat/completions"
                           is added unless the path ends so) */
    const char *model;  /* NULL: "default" */
    const char *key;    /* bearer token; NULL: none */
    const char *prompt; /* who she is; NULL: to answer as one speaks, in some short sentences */
    int timeout_ms;     /* without a byte of the answer; 0: 30000 */
} chat_options;
vis_status chat_open(const chat_options *options, chat_maker **out, vis_error *err);
void chat_close(chat_maker *m); /* NULL is fine */

/* What was said between two; one thread at a time. Of long talks the oldest is forgotten. */
typedef struct chat_talk chat_talk;
chat_talk *chat_talk_new(void);    /* NULL when out of memory */
void chat_talk_free(chat_talk *t); /* NULL is fine */

typedef struct chat_sink {
    void *user;
    /* A sentence or more, the first one early; never cut inside a number. May take its time. false:
     * no more is wanted. */
    bool (*piece)(void *user, const char *text);
    bool (*wanted)(void *user); /* asked now and then while nothing comes; may be NULL */
} chat_sink;

/* Blocking. VIS_ERR_OPEN (the server does not answer), VIS_ERR_FORMAT (answers something else, or
 * breaks off, or with no word), VIS_ERR_LIMIT (talks too long), VIS_ERR_CANCELLED. */
vis_status chat_answer(chat_maker *m, chat_talk *t, const char *text, const chat_sink *sink,
                       vis_error *err);

#endif
