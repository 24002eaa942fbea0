/* provenance/source_type.c - what IPTC's and C2PA's words for the origin of a medium say.
 *
 * The vocabulary: IPTC NewsCodes, digital source type. SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/source_type.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *word;
    bool machine_made;
    const char *meaning;
} types[] = {
    {"compositeWithTrainedAlgorithmicMedia", true,
     "a picture or sound of which parts were made by artificial intelligence"},
    {"trainedAlgorithmicMedia", true, "made by artificial intelligence"},
    {"algorithmicMedia", true, "made by a program, without a camera or microphone"},
    {"compositeSynthetic", true, "put together from several parts, some of them synthetic"},
    {"trainedAlgorithmicData", true, "data made by artificial intelligence"},
    {"algorithmicallyEnhanced", false, "filmed or recorded, then improved by a program"},
    {"digitalCapture", false, "filmed or recorded with a device"},
    {"computationalCapture", false, "filmed with a device that computes pictures from several"},
    {"negativeFilm", false, "digitised from film"},
    {"positiveFilm", false, "digitised from film"},
    {"print", false, "digitised from a print"},
    {"humanEdits", false, "changed by people with programs that make nothing up"},
    {"minorHumanEdits", false, "changed a little by people"},
    {"compositeCapture", false, "put together from several recordings"},
    {"composite", false, "put together from several parts"},
    {"digitalCreation", false, "made by people with programs"},
    {"digitalArt", false, "made by people with programs"},
    {"dataDrivenMedia", false, "drawn from data"},
    {"virtualRecording", false, "recorded from a program or a game"},
    {"screenCapture", false, "recorded from a screen"},
    {"empty", false, "begun empty"},
};
enum { TYPES = sizeof types / sizeof *types };

const char *source_type_word(const char *term)
{
    const char *slash = strrchr(term, '/');
    return slash ? slash + 1 : term;
}

static int find(const char *term)
{
    const char *word = source_type_word(term);
    for (int i = 0; i < TYPES; i++)
        if (strcmp(word, types[i].word) == 0) return i;
    return -1;
}

bool source_type_machine_made(const char *term)
{
    int i = find(term);
    return i >= 0 && types[i].machine_made;
}

const char *source_type_meaning(const char *term)
{
    int i = find(term);
    return i >= 0 ? types[i].meaning : NULL;
}

/* A word stands by itself where no letter is around it. */
static bool stands_alone(const char *text, const char *at, size_t length)
{
    return (at == text || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[length]);
}

const char *source_type_in_text(const char *text)
{
    for (int i = 0; i < TYPES; i++) {
        if (!types[i].machine_made) continue;
        const char *at = text;
        for (; (at = strstr(at, types[i].word)); at++)
            if (stands_alone(text, at, strlen(types[i].word))) return types[i].word;
    }
    return NULL;
}
