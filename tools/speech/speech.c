/* speech/speech.c - which voice it is, and what it is given to say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/speech.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text_encoding.h"
#include "speech/voice_maker.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct speech_maker {
    voice_maker voice;
};

static bool is_address(const char *from)
{
    return strncasecmp(from, "http://", 7) == 0 || strncasecmp(from, "https://", 8) == 0;
}

static vis_status open_espeak(const speech_options *o, voice_maker *out, vis_error *err)
{
#ifdef HAVE_ESPEAK
    return voice_open_espeak(o, out, err);
#else
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "espeak: this build of viseme lacks espeak-ng; install libespeak-ng-dev and "
                    "build again, or name a speech server by its URL");
#endif
}

static vis_status open_server(const speech_options *o, voice_maker *out, vis_error *err)
{
#ifdef HAVE_CURL
    return voice_open_server(o, out, err);
#else
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: this build of viseme lacks libcurl, which speech servers need; install "
                    "libcurl4-gnutls-dev and build again",
                    o->from);
#endif
}

vis_status speech_open(const speech_options *options, speech_maker **out, vis_error *err)
{
    *out = NULL;
    speech_maker *m = calloc(1, sizeof *m);
    if (!m) return vis_fail_memory(err, "a voice");
    const char *from = options->from ? options->from : "espeak";
    vis_status status;
    if (strcmp(from, "espeak") == 0)
        status = open_espeak(options, &m->voice, err);
    else if (is_address(from))
        status = open_server(options, &m->voice, err);
    else
        status =
            vis_fail(err, VIS_ERR_USAGE,
                     "speech from '%s': name espeak, or the http or https URL of a server", from);
    if (status != VIS_OK) {
        free(m);
        return status;
    }
    *out = m;
    return VIS_OK;
}

void speech_close(speech_maker *m)
{
    if (!m) return;
    m->voice.close(m->voice.self);
    free(m);
}

const char *const *speech_voices(speech_maker *m)
{
    return m->voice.voices;
}

const char *speech_default_voice(speech_maker *m)
{
    return m->voice.standard;
}

/* Bytes of a character that steers a voice or a terminal rather than being said: C0 and C1 controls,
 * the private use area U+E000 to U+F8FF (espeak's own commands stand in both). 0: none. */
static int steering_length(const unsigned char *c)
{
    if (c[0] < 0x20 || c[0] == 0x7f) return c[0] == '\n' ? 0 : 1;
    if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) return 2;
    return c[0] == 0xee || (c[0] == 0xef && c[1] >= 0x80 && c[1] <= 0xa3) ? 3 : 0;
}

/* A copy in which nothing steers. */
static vis_status plain_text(const char *text, char **out, vis_error *err)
{
    char *copy = text_copy(text, strlen(text));
    if (!copy) return vis_fail_memory(err, "a text");
    for (unsigned char *c = (unsigned char *)copy; *c;) {
        int length = utf8_length(c), steering = steering_length(c);
        if (length == 0) {
            vis_status status =
                vis_fail(err, VIS_ERR_USAGE, "the text is not UTF-8 (byte %zu); send it as such",
                         (size_t)(c - (unsigned char *)copy));
            free(copy);
            return status;
        }
        memset(c, ' ', (size_t)steering);
        c += length;
    }
    *out = copy;
    return VIS_OK;
}

static vis_status check(const speech_maker *m, const char *text, const char *voice, vis_error *err)
{
    size_t size = strnlen(text, SPEECH_MAX_TEXT + 1);
    if (size > SPEECH_MAX_TEXT)
        return vis_fail(err, VIS_ERR_USAGE, "the text is longer than %d bytes; say it in parts",
                        SPEECH_MAX_TEXT);
    if (voice && m->voice.knows && !m->voice.knows(m->voice.self, voice))
        return vis_fail(err, VIS_ERR_USAGE,
                        "there is no voice '%.60s'; GET /v1/characters lists them", voice);
    return VIS_OK;
}

vis_status speech_say(speech_maker *m, const char *text, const char *voice, const speech_sink *sink,
                      vis_error *err)
{
    if (voice && voice[0] == '\0') voice = NULL;
    VIS_TRY(check(m, text, voice, err));
    char *plain = NULL;
    VIS_TRY(plain_text(text, &plain, err));
    vis_status status = plain[strspn(plain, " \n")] != '\0'
                            ? m->voice.say(m->voice.self, plain, voice, sink, err)
                            : vis_fail(err, VIS_ERR_USAGE, "the text is empty: nothing to say");
    free(plain);
    return status;
}
