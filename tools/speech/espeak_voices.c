/* speech/espeak_voices.c - the library's list of voices, by language.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/espeak_voices.h"

#include "base/memory.h"

#include <espeak-ng/speak_lib.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}

/* Sorts names and leaves out those that come again. */
static void tidy(char **names, size_t count)
{
    qsort(names, count, sizeof *names, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
            free(names[i]);
        else
            names[kept++] = names[i];
    }
    names[kept] = NULL;
}

/* What a voice is called by: the first of its languages, behind its priority; a variant by its file,
 * "!v/f3". */
static const char *called(const espeak_VOICE *v, bool variants)
{
    if (!variants) return v->languages + 1;
    const char *slash = strrchr(v->identifier, '/');
    return slash ? slash + 1 : v->identifier;
}

static vis_status list(bool variants, char ***out, vis_error *err)
{
    espeak_VOICE wanted = {.languages = "variant"};
    const espeak_VOICE **found = espeak_ListVoices(variants ? &wanted : NULL);
    size_t count = 0;
    while (found && found[count])
        count++;
    char **names = calloc(count + 1, sizeof *names);
    if (!names) return vis_fail_memory(err, "the list of voices");
    for (size_t i = 0; i < count; i++) {
        const char *name = called(found[i], variants);
        names[i] = text_copy(name, strlen(name));
        if (names[i]) continue;
        free_names(names);
        return vis_fail_memory(err, "the list of voices");
    }
    tidy(names, count);
    *out = names;
    return VIS_OK;
}

vis_status espeak_voices_list(espeak_voices *out, vis_error *err)
{
    *out = (espeak_voices){0};
    VIS_TRY(list(false, &out->names, err));
    vis_status status = list(true, &out->variants, err);
    if (status != VIS_OK) espeak_voices_free(out);
    return status;
}

void espeak_voices_free(espeak_voices *v)
{
    free_names(v->names);
    free_names(v->variants);
    *v = (espeak_voices){0};
}

static bool among(char **names, const char *name, size_t length)
{
    for (; *names; names++)
        if (strlen(*names) == length && memcmp(*names, name, length) == 0) return true;
    return false;
}

bool espeak_voices_have(const espeak_voices *v, const char *voice)
{
    size_t name = strcspn(voice, "+");
    if (!among(v->names, voice, name)) return false;
    return voice[name] == '\0' || among(v->variants, voice + name + 1, strlen(voice + name + 1));
}
