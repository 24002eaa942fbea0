/* serve/message.c - messages read, every length checked before it is believed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/message.h"

#include "base/status.h"
#include "serve/json_fields.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#define BINARY_SOUND 16 /* the first byte of one */
#define BINARY_HEADER 8
#define RATE_LEAST 1000
#define RATE_MOST 768000

static const struct {
    const char *type;
    message_kind kind;
} types[] = {
    {"agent.speak", MESSAGE_SOUND},
    {"agent.speak_end", MESSAGE_SOUND_END},
    {"agent.speak_text", MESSAGE_TEXT},
    {"agent.interrupt", MESSAGE_INTERRUPT},
    {"agent.start_listening", MESSAGE_LISTEN},
    {"agent.stop_listening", MESSAGE_LISTEN_NO_MORE},
    {"session.keep_alive", MESSAGE_ALIVE},
};

vis_status message_check_id(const char *id, vis_error *err)
{
    size_t length = strlen(id);
    if (length >= 1 && length <= MESSAGE_ID_MAX) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT, "`event_id`: 1 to %d bytes are wanted", MESSAGE_ID_MAX);
}

static vis_status check_sound(const message *m, vis_error *err)
{
    if (m->rate < RATE_LEAST || m->rate > RATE_MOST)
        return vis_fail(err, VIS_ERR_FORMAT, "`sample_rate` %d: %d to %d Hz are wanted", m->rate,
                        RATE_LEAST, RATE_MOST);
    if (m->sound_size % 2)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "the sound is %zu bytes, not a whole number of 16-bit samples",
                        m->sound_size);
    return VIS_OK;
}

static vis_status decode(const char *base64, message *m, vis_error *err)
{
    struct base64_decode_ctx context;
    size_t length = strlen(base64), size = BASE64_DECODE_LENGTH(length);
    m->decoded = malloc(size + 1);
    if (!m->decoded) return vis_fail_memory(err, "sound");
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &size, m->decoded, length, base64) ||
        !base64_decode_final(&context))
        return vis_fail(err, VIS_ERR_FORMAT, "`audio` is no base64");
    m->sound = m->decoded;
    m->sound_size = size;
    return check_sound(m, err);
}

static vis_status find_kind(const char *type, message *m, vis_error *err)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].type, type) == 0) {
            m->kind = types[i].kind;
            return VIS_OK;
        }
    return vis_fail(err, VIS_ERR_FORMAT, "`type` %.64s: there is no such message", type);
}

/* Other fields are let be: clients of other servers send more. */
static vis_status take_fields(message *m, const char **type, const char **audio, vis_error *err)
{
    const char *text_kind = NULL;
    const json_field table[] = {
        {"event_id", JSON_FIELD_TEXT, &m->event_id},
        {"type", JSON_FIELD_TEXT, type, .required = true},
        {"text", JSON_FIELD_TEXT, &m->text},
        {"kind", JSON_FIELD_TEXT, &text_kind, false, MESSAGE_TEXT_KINDS},
        {"voice", JSON_FIELD_TEXT, &m->voice},
        {"interrupt", JSON_FIELD_FLAG, &m->interrupt},
        {"sample_rate", JSON_FIELD_WHOLE, &m->rate},
        {"audio", JSON_FIELD_TEXT, audio},
    };
    VIS_TRY(json_fields_read(m->json, table, sizeof table / sizeof *table, false, err));
    m->chat = text_kind && strcmp(text_kind, "chat") == 0;
    return m->event_id ? message_check_id(m->event_id, err) : VIS_OK;
}

static vis_status understand(message *m, vis_error *err)
{
    const char *type = NULL, *audio = NULL;
    m->rate = MESSAGE_RATE;
    VIS_TRY(take_fields(m, &type, &audio, err));
    VIS_TRY(find_kind(type, m, err));
    if (m->kind == MESSAGE_SOUND && !audio)
        return vis_fail(err, VIS_ERR_FORMAT, "`audio` is missing");
    if (m->kind == MESSAGE_TEXT && !m->text)
        return vis_fail(err, VIS_ERR_FORMAT, "`text` is missing");
    return m->kind == MESSAGE_SOUND ? decode(audio, m, err) : VIS_OK;
}

static vis_status check_size(size_t size, vis_error *err)
{
    if (size <= MESSAGE_MAX) return VIS_OK;
    return vis_fail(err, VIS_ERR_LIMIT, "a message has at most %d bytes", MESSAGE_MAX);
}

vis_status message_read(const void *text, size_t size, message *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    VIS_TRY(check_size(size, err));
    VIS_TRY(json_fields_parse(text, size, "the message", NULL, 0, false, &out->json, err));
    vis_status status = understand(out, err);
    bool named = out->event_id && message_check_id(out->event_id, NULL) == VIS_OK;
    if (!named) out->event_id = NULL;
    return status;
}

vis_status message_read_binary(const uint8_t *bytes, size_t size, message *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    VIS_TRY(check_size(size, err));
    if (size < BINARY_HEADER || bytes[0] != BINARY_SOUND || bytes[1] || bytes[2] || bytes[3])
        return vis_fail(err, VIS_ERR_FORMAT,
                        "a binary message begins with the byte %d, three of 0 and a sample rate",
                        BINARY_SOUND);
    uint32_t rate =
        bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 | (uint32_t)bytes[7] << 24;
    out->rate = rate > RATE_MOST ? -1 : (int)rate;
    out->kind = MESSAGE_SOUND;
    out->sound = bytes + BINARY_HEADER;
    out->sound_size = size - BINARY_HEADER;
    return check_sound(out, err);
}

void message_free(message *m)
{
    json_decref(m->json);
    free(m->decoded);
    memset(m, 0, sizeof *m);
}
