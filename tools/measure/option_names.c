/* measure/option_names.c - `audio_mode` to --audio-mode.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/option_names.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const names[] = {"aigc_id",
                                    "aigc_producer",
                                    "audio",
                                    "audio_encoder",
                                    "audio_mode",
                                    "character",
                                    "checkpoint",
                                    "crf",
                                    "features",
                                    "footage_start",
                                    "fps",
                                    "frames",
                                    "label",
                                    "mark_id",
                                    "model",
                                    "no_rest",
                                    "no_sign",
                                    "output",
                                    "preset",
                                    "resample_footage",
                                    "sign_certificate",
                                    "sign_key",
                                    "smooth",
                                    "start",
                                    "threads"};

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) return true;
    return false;
}

/* "`", name, "`" becomes "--", name with dashes: as many letters. */
static void rewrite(char *quoted, size_t length)
{
    memmove(quoted + 2, quoted + 1, length);
    quoted[0] = quoted[1] = '-';
    for (size_t i = 2; i < length + 2; i++)
        if (quoted[i] == '_') quoted[i] = '-';
}

void option_names_translate(char *message)
{
    for (char *at = message; (at = strchr(at, '`')); at++) {
        size_t length = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
        if (at[1 + length] == '`' && is_name(at + 1, length)) rewrite(at, length);
    }
}
