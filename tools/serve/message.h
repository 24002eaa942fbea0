/* serve/message.h - what clients send through a WebSocket (docs/live-protocol.md).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_MESSAGE_H
#define SERVE_MESSAGE_H

#include "viseme/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX (2 << 20)         /* bytes, text or binary: base64 of 32 s at 24 kHz */
#define MESSAGE_ID_MAX 128            /* bytes of an event_id */
#define MESSAGE_RATE 24000            /* Hz where none is said */
#define MESSAGE_TEXT_KINDS "say chat" /* a text is said, or answered */

typedef enum message_kind {
    MESSAGE_SOUND, /* `sound`, `rate`; base64 or binary */
    MESSAGE_SOUND_END,
    MESSAGE_TEXT, /* `text`, `chat`, `voice`, `interrupt` */
    MESSAGE_INTERRUPT,
    MESSAGE_LISTEN,
    MESSAGE_LISTEN_NO_MORE,
    MESSAGE_ALIVE,
} message_kind;

/* Zero-initialised is valid. Texts live until it is freed. */
typedef struct message {
    message_kind kind;
    const char *event_id, *text, *voice; /* NULL: none */
    bool interrupt, chat;                /* chat: answered instead of said */
    int rate;
    const uint8_t *sound; /* PCM s16le mono */
    size_t sound_size;
    json_t *json;
    uint8_t *decoded;
} message;

/* VIS_ERR_FORMAT (with the `event_id`, if one was understood), VIS_ERR_LIMIT, VIS_ERR_MEMORY. To be
 * freed also on failure. */
vis_status message_read(const void *text, size_t size, message *out, vis_error *err);

/* A binary one; its sound lies in `bytes`. */
vis_status message_read_binary(const uint8_t *bytes, size_t size, message *out, vis_error *err);

void message_free(message *m);

/* May it name an utterance? 1 to MESSAGE_ID_MAX bytes. */
vis_status message_check_id(const char *id, vis_error *err);

#endif
