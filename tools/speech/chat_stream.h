/* speech/chat_stream.h - what a chat server answers, read as it comes, in pieces cut anywhere: events
 * that each bring some text (`stream: true`), or one JSON object with all of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_CHAT_STREAM_H
#define SPEECH_CHAT_STREAM_H

#include "base/buffer.h"

#include <stdbool.h>

#define CHAT_MAX_REPLY 20000       /* bytes of text */
#define CHAT_MAX_EVENT (256 << 10) /* bytes of one event; many servers send more than text in it */

typedef struct chat_stream {
    bool whole;    /* it is one JSON object */
    bool finished; /* the server said that this was all */
    buffer line, data;
    buffer text; /* so far, with a 0 behind it that does not count */
} chat_stream;

void chat_stream_init(chat_stream *s, bool whole);
void chat_stream_free(chat_stream *s);

/* VIS_ERR_FORMAT: it is no such answer, or tells of an error; VIS_ERR_LIMIT, VIS_ERR_MEMORY. The
 * messages do not name the server. */
vis_status chat_stream_take(chat_stream *s, const void *bytes, size_t size, vis_error *err);
vis_status chat_stream_end(chat_stream *s, vis_error *err);

#endif
