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

typedef struct name_list {
    char **names;
    size_t count;
} name_list;

static vis_status add(name_list *l, const char *name, vis_error *err)
{
    char **names = realloc(l->names, (l->count + 2) * sizeof *names);
    if (!names) return vis_fail_memory(err, "the list of voices");
    l->names = names;
    names[l->count] = text_copy(name, strlen(name));
    names[l->count + 1] = NULL;
    return names[l->count++] ? VIS_OK : vis_fail_memory(err, "the list of voices");
}

/* A voice is called by its languages, each behind a byte for its priority. */
static vis_status add_languages(name_list *l, const espeak_VOICE *v, vis_error *err)
{
    for (const char *at = v->languages; *at; at += strlen(at) + 1)
        VIS_TRY(add(l, at + 1, err));
    return VIS_OK;
}

/* A variant by its file, "!v/f3". */
static vis_status add_variant(name_list *l, const espeak_VOICE *v, vis_error *err)
{
    const char *slash = strrchr(v->identifier, '/');
    return add(l, slash ? slash + 1 : v->identifier, err);
}

static vis_status list(espeak_VOICE *of,
                       vis_status (*add_voice)(name_list *, const espeak_VOICE *, vis_error *),
                       char ***out, vis_error *err)
{
    name_list l = {calloc(1, sizeof *l.names), 0};
    vis_status status = l.names ? VIS_OK : vis_fail_memory(err, "the list of voices");
    for (const espeak_VOICE **v = espeak_ListVoices(of); v && *v && status == VIS_OK; v++)
        status = add_voice(&l, *v, err);
    if (status != VIS_OK) {
        while (l.count > 0)
            free(l.names[--l.count]);
        free(l.names);
        return status;
    }
    if (l.count > 0) tidy(l.names, l.count);
    *out = l.names;
    return VIS_OK;
}

vis_status espeak_voices_list(espeak_voices *out, vis_error *err)
{
    *out = (espeak_voices){0};
    espeak_VOICE variants = {.languages = "variant"};
    VIS_TRY(list(NULL, add_languages, &out->names, err));
    vis_status status = list(&variants, add_variant, &out->variants, err);
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
