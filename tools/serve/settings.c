/* serve/settings.c - names and what they stand for, sorted out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/settings.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "live/push.h"
#include "serve/origins.h"
#include "stream/label.h"

#include <stdio.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define KEY_LIMIT (16 << 10)

static bool is_name(const char *text, size_t length)
{
    return length >= 1 && length <= SERVE_NAME_MAX && strspn(text, NAME_CHARACTERS) >= length;
}

/* The VALUE of NAME=VALUE, and how long the name is; else all of it, and 0. */
static const char *value_of(const char *text, size_t *name_length)
{
    const char *equals = strchr(text, '=');
    *name_length = 0;
    if (!equals || !is_name(text, (size_t)(equals - text))) return text;
    *name_length = (size_t)(equals - text);
    return equals + 1;
}

static bool has_name(const char *text, const char *name)
{
    size_t length;
    value_of(text, &length);
    return length == strlen(name) && strncmp(text, name, length) == 0;
}

static const serve_character *find(const serve_settings *s, const char *name, size_t length)
{
    for (int i = 0; i < s->characters; i++)
        if (strlen(s->character[i].name) == length &&
            strncmp(s->character[i].name, name, length) == 0)
            return &s->character[i];
    return NULL;
}

/* "demo/character/" is called "character". */
static void name_as_folder(const char *folder, char name[SERVE_NAME_MAX + 1])
{
    size_t end = strlen(folder), begin;
    while (end > 0 && folder[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && folder[begin - 1] != '/';)
        begin--;
    bool fits = is_name(folder + begin, end - begin) && folder[begin] != '.';
    snprintf(name, SERVE_NAME_MAX + 1, "%.*s", fits ? (int)(end - begin) : 7,
             fits ? folder + begin : "default");
}

static vis_status add_character(const char *text, int given, serve_settings *out, vis_error *err)
{
    size_t length;
    serve_character made = {.folder = value_of(text, &length)};
    if (length)
        snprintf(made.name, sizeof made.name, "%.*s", (int)length, text);
    else if (given == 1)
        name_as_folder(made.folder, made.name);
    else
        return vis_fail(err, VIS_ERR_USAGE,
                        "--character %s: several are given, so each needs a name: NAME=DIR", text);
    if (find(out, made.name, strlen(made.name)))
        return vis_fail(err, VIS_ERR_USAGE, "--character %s: the name %s is given twice", text,
                        made.name);
    if (out->characters == SERVE_MAX_CHARACTERS)
        return vis_fail(err, VIS_ERR_USAGE, "--character: at most %d may be given",
                        SERVE_MAX_CHARACTERS);
    out->character[out->characters++] = made;
    return VIS_OK;
}

/* A name that no character has may be meant as part of a path. */
static vis_status check_names(const serve_list *l, const char *option, const serve_settings *s,
                              vis_error *err)
{
    for (int i = 0; i < l->count; i++) {
        size_t length;
        value_of(l->item[i], &length);
        if (length && !find(s, l->item[i], length))
            return vis_fail(err, VIS_ERR_USAGE, "%s %s: there is no --character %.*s=DIR", option,
                            l->item[i], (int)length, l->item[i]);
    }
    return VIS_OK;
}

static const char *pick(const serve_list *l, const char *name)
{
    const char *found = NULL;
    for (int i = 0; i < l->count; i++) {
        size_t length;
        const char *value = value_of(l->item[i], &length);
        if (has_name(l->item[i], name)) return value;
        if (length == 0) found = value;
    }
    return found;
}

vis_status settings_characters(const serve_list *folders, const serve_list *models,
                               const serve_list *encoders, serve_settings *out, vis_error *err)
{
    out->characters = 0;
    if (folders->count == 0)
        return vis_fail(err, VIS_ERR_USAGE, "--character is missing; see viseme serve --help");
    for (int i = 0; i < folders->count; i++)
        VIS_TRY(add_character(folders->item[i], folders->count, out, err));
    VIS_TRY(check_names(models, "--model", out, err));
    VIS_TRY(check_names(encoders, "--audio-encoder", out, err));
    for (int i = 0; i < out->characters; i++) {
        serve_character *c = &out->character[i];
        c->model = pick(models, c->name);
        c->audio_encoder = pick(encoders, c->name);
        if (!c->model)
            return vis_fail(err, VIS_ERR_USAGE,
                            "--model is missing for the character %s; see viseme serve --help",
                            c->name);
    }
    return VIS_OK;
}

static vis_status add_push(const char *text, serve_settings *out, vis_error *err)
{
    size_t length;
    const char *url = value_of(text, &length);
    const serve_character *c = length ? find(out, text, length) : &out->character[0];
    if (!c)
        return vis_fail(err, VIS_ERR_USAGE, "--push: there is no --character %.*s=DIR", (int)length,
                        text);
    if (out->pushes == SERVE_MAX_PUSHES)
        return vis_fail(err, VIS_ERR_USAGE, "--push: at most %d may be given", SERVE_MAX_PUSHES);
    vis_status status = live_push_check(url, err);
    if (status != VIS_OK) return vis_prefix(err, status, "--push");
    out->push[out->pushes].character = c->name;
    out->push[out->pushes++].url = url;
    return VIS_OK;
}

vis_status settings_pushes(const serve_list *urls, serve_settings *out, vis_error *err)
{
    out->pushes = 0;
    for (int i = 0; i < urls->count; i++)
        VIS_TRY(add_push(urls->item[i], out, err));
    return VIS_OK;
}

static vis_status check_numbers(const serve_settings *s, vis_error *err)
{
    if (s->max_sessions < 0 || s->max_sessions > 10000)
        return vis_fail(err, VIS_ERR_USAGE, "--max-sessions %d: choose 1 to 10000",
                        s->max_sessions);
    if (s->max_connections < 0 || s->max_connections > 60000)
        return vis_fail(err, VIS_ERR_USAGE, "--max-connections %d: choose 1 to 60000",
                        s->max_connections);
    if (s->max_of_address < 0 || s->max_of_address > 60000)
        return vis_fail(err, VIS_ERR_USAGE, "--max-of-address %d: choose 1 to 60000",
                        s->max_of_address);
    if (s->udp_port < -1 || s->udp_port > 65535)
        return vis_fail(err, VIS_ERR_USAGE, "--udp-port %d: choose 0 to 65535", s->udp_port);
    if (s->alone_seconds < 1)
        return vis_fail(err, VIS_ERR_USAGE, "--alone-seconds %d: choose 1 or more",
                        s->alone_seconds);
    if (s->drain_seconds < 0 || s->drain_seconds > 3600)
        return vis_fail(err, VIS_ERR_USAGE, "--drain %d: choose 0 to 3600 seconds",
                        s->drain_seconds);
    return VIS_OK;
}

vis_status settings_check(const serve_settings *s, vis_error *err)
{
    VIS_TRY(check_numbers(s, err));
    if (!s->listen.loopback && !s->token_file)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--listen %s: strangers reach that address, so --token-file is needed too",
                        s->listen.host);
    if (!s->certificate != !s->key)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--tls-certificate and --tls-key belong together: give both");
    if (s->label) VIS_TRY(label_check(s->label, err));
    for (int i = 0; i < s->origins; i++)
        VIS_TRY(origin_check(s->origin[i], err));
    if (!s->tts && (s->voice || s->tts_model || s->tts_key_file))
        return vis_fail(err, VIS_ERR_USAGE,
                        "--voice, --tts-model and --tts-key-file are for --tts, which is none");
    if (!s->chat && (s->chat_model || s->chat_key_file || s->chat_prompt_file))
        return vis_fail(
            err, VIS_ERR_USAGE,
            "--chat-model, --chat-key-file and --chat-prompt-file are for --chat, which "
            "is missing");
    if (s->chat && !s->tts)
        return vis_fail(err, VIS_ERR_USAGE, "--chat: its answers need a voice, and --tts is none");
    return VIS_OK;
}

vis_status settings_read_text(const char *path, char **out, vis_error *err)
{
    buffer text;
    buffer_init(&text, KEY_LIMIT);
    *out = NULL;
    vis_status status = file_read(path, &text, err);
    bool plain = status == VIS_OK && text.size > 0 && !memchr(text.data, 0, text.size);
    if (plain && !(*out = text_copy((const char *)text.data, text.size)))
        status = vis_fail_memory(err, "a text");
    else if (status == VIS_OK && !plain)
        status = vis_fail(err, VIS_ERR_FORMAT, "%s: it holds no text", path);
    buffer_free(&text);
    return status;
}

vis_status settings_read_key(const char *path, char **out, vis_error *err)
{
    buffer text;
    buffer_init(&text, KEY_LIMIT);
    *out = NULL;
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) {
        size_t length = 0;
        while (length < text.size && text.data[length] > ' ' && text.data[length] < 127)
            length++;
        if (length == 0)
            status = vis_fail(err, VIS_ERR_FORMAT, "%s: its first line holds no key", path);
        else if (!(*out = text_copy((const char *)text.data, length)))
            status = vis_fail_memory(err, "a key");
    }
    if (text.data) explicit_bzero(text.data, text.size);
    buffer_free(&text);
    return status;
}
