/* program/verify_text.c - what viseme verify says, for people without training.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/verify_text.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 92
#define INDENT 4

/* Prints a text in lines of WIDTH, each behind so many spaces. */
static void paragraph(int indent, const char *text)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            printf("\n");
            column = 0;
        }
        if (column == 0)
            column = printf("%*s%.*s", indent, "", length, text);
        else
            column += printf(" %.*s", length, text);
        text += length;
        text += *text == ' ';
    }
    printf("\n");
}

/* The one sentence that must not be misunderstood. */
static const char *headline(vis_verdict verdict)
{
    switch (verdict) {
    case VIS_VERDICT_MACHINE_MADE:
        return "MACHINE-MADE. A mark in this video says that it was made or changed by a machine, "
               "and every mark that was found is intact.";
    case VIS_VERDICT_BROKEN:
        return "BROKEN MARK. This video carries a mark that does not fit it: the video was changed "
               "after it was marked, or the mark is forged or comes from another video. Do not "
               "rely on anything that the mark says.";
    case VIS_VERDICT_NOT_CHECKED:
        return "NOT CHECKED. This video carries a mark that viseme cannot check to the end. It may "
               "be sound or not; do not rely on what it says before another program has checked "
               "it.";
    case VIS_VERDICT_OTHER:
        return "NOT MARKED AS MACHINE-MADE. This video carries a mark, and nothing is wrong with "
               "it, but it does not say that the video is machine-made. That is a statement of "
               "whoever wrote the mark, and no proof that the video is genuine.";
    case VIS_VERDICT_NO_MARK:
        break;
    }
    return "NO MARK FOUND. That says nothing about whether the video is genuine: most programs "
           "write no mark, and marks are lost when a video is uploaded, converted or cut, or are "
           "taken out on purpose.";
}

static const char *mark_words(vis_mark mark)
{
    static const char *const words[] = {[VIS_MARK_NOT_FOUND] = "no mark found",
                                        [VIS_MARK_FOUND] = "found",
                                        [VIS_MARK_BROKEN] = "found, but BROKEN",
                                        [VIS_MARK_NOT_CHECKED] = "not checked"};
    return words[mark];
}

static void layer(const char *name, const char *result)
{
    printf("\n%s: %s\n", name, result);
}

/* "name: text", where there is a text. */
static void fact(const char *name, const char *text)
{
    if (!text[0]) return;
    char *line = text_format("%s: %s", name, text);
    if (line) paragraph(INDENT, line);
    free(line);
}

static void print_metadata(const vis_verification_info *i)
{
    layer("1. Plain metadata (XMP, comment)", mark_words(i->metadata));
    if (i->metadata == VIS_MARK_FOUND) {
        paragraph(INDENT,
                  i->metadata_machine_made
                      ? "It says that the video is machine-made. Nobody signed that: anybody "
                        "can write it into a file or remove it."
                      : "It does not say that the video is machine-made. Nobody signed it.");
    }
    fact("kind of picture", i->xmp_source_type);
    fact("program", i->xmp_tool);
    fact("comment", i->comment);
    fact("mark of China's rules (AIGC)", i->aigc);
    if (i->xmp_manifest[0]) {
        fact("content credentials are said to lie at", i->xmp_manifest);
        paragraph(INDENT, "They are not fetched: viseme asks nothing of the network.");
    }
}

static const char *action_words(const char *action)
{
    static const struct {
        const char *action, *words;
    } known[] = {{"c2pa.created", "created"},
                 {"c2pa.opened", "opened an earlier file"},
                 {"c2pa.edited", "edited"},
                 {"c2pa.placed", "put something in"},
                 {"c2pa.removed", "took something out"},
                 {"c2pa.converted", "converted"},
                 {"c2pa.transcoded", "encoded anew"},
                 {"c2pa.published", "published"},
                 {"c2pa.trimmed", "cut shorter"},
                 {"c2pa.cropped", "cropped"},
                 {"c2pa.resized", "resized"},
                 {"c2pa.color_adjustments", "colours changed"},
                 {"c2pa.watermarked", "watermarked"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(action, known[i].action) == 0) return known[i].words;
    return action;
}

static void print_action(const vis_verification_action *a)
{
    const char *kind = a->meaning[0] ? a->meaning : a->source_type;
    char *line = text_format("- %s%s%s%s%s%s%s%s%s%s", action_words(a->action), kind[0] ? ": " : "",
                             kind, a->software[0] ? ", with " : "", a->software,
                             a->when[0] ? ", on " : "", a->when, a->description[0] ? " (" : "",
                             a->description, a->description[0] ? ")" : "");
    if (line) paragraph(INDENT + 2, line);
    free(line);
}

static void print_ingredient(const vis_verification_ingredient *i)
{
    static const char *const words[] = {
        [VIS_MARK_NOT_FOUND] = "it came without content credentials",
        [VIS_MARK_FOUND] = "its own content credentials are carried along, and nothing is wrong "
                           "with them",
        [VIS_MARK_BROKEN] = "its own content credentials are carried along, and are BROKEN",
        [VIS_MARK_NOT_CHECKED] = "its own content credentials were not checked"};
    char *line = text_format("- %s: %s%s", i->title[0] ? i->title : "something without a name",
                             words[i->manifest],
                             i->machine_made ? "; they say that it is machine-made" : "");
    if (line) paragraph(INDENT + 2, line);
    free(line);
}

static void print_declared(const vis_verification *v, const vis_verification_info *i)
{
    vis_verification_action a;
    vis_verification_ingredient g;
    if (i->actions) {
        printf("%*swhat it says was done%s:\n", INDENT, "",
               i->c2pa == VIS_MARK_FOUND ? "" : " (do not rely on it)");
        for (int k = 0; vis_verification_get_action(v, k, &a); k++)
            print_action(&a);
    }
    if (i->ingredients) printf("%*swhat it says the video was made from:\n", INDENT, "");
    for (int k = 0; vis_verification_get_ingredient(v, k, &g); k++)
        print_ingredient(&g);
}

static void print_signer(const vis_verification_info *i)
{
    const char *name = i->signer[0] ? i->signer : "nobody by name";
    char *line = NULL;
    if (i->c2pa_trusted)
        line = text_format("signed by: %s. One of the authorities that you trust vouches for that "
                           "name.",
                           name);
    else if (i->c2pa == VIS_MARK_FOUND)
        line = text_format(
            "signed by: UNKNOWN. The certificate names \"%s\"%s%s%s, but nobody whom "
            "you named as trustworthy (--trust-anchors) vouches for that; anybody "
            "can make such a certificate.",
            name, i->issuer[0] ? ", issued by \"" : "", i->issuer, i->issuer[0] ? "\"" : "");
    else if (i->signer[0])
        line = text_format("signed by: not established. The certificate names \"%s\".", name);
    if (line) paragraph(INDENT, line);
    free(line);
    if (i->c2pa == VIS_MARK_FOUND)
        paragraph(INDENT,
                  i->time_stamp
                      ? "signed when: not checked. There is a time stamp, which is not read."
                      : "signed when: not known. No time stamp says so.");
}

/* Who signed is told in words of its own, and a signer who is unknown is nothing broken. */
static bool is_unknown_signer(const vis_verification_code *c)
{
    return strcmp(c->code, "signingCredential.untrusted") == 0;
}

/* What is wrong, or was not checked, in words: each once. */
static void print_reasons(const vis_verification *v, vis_code_kind kind, const char *name)
{
    vis_verification_code c, earlier;
    for (int i = 0; vis_verification_get_code(v, i, &c); i++) {
        bool told = c.kind != kind || is_unknown_signer(&c) || !c.why[0];
        for (int k = 0; k < i && !told; k++)
            told = vis_verification_get_code(v, k, &earlier) && strcmp(earlier.why, c.why) == 0;
        if (!told) fact(name, c.why);
    }
}

/* Codes of one kind, each once with how often. */
static void print_codes(const vis_verification *v, vis_code_kind kind, const char *name)
{
    vis_verification_code c, other;
    for (int i = 0; vis_verification_get_code(v, i, &c); i++) {
        int count = 0, first = i;
        for (int k = 0; vis_verification_get_code(v, k, &other); k++)
            if (other.kind == kind && strcmp(other.code, c.code) == 0) {
                if (k < first) first = k;
                count++;
            }
        if (c.kind != kind || first != i) continue;
        char times[32] = "";
        if (count > 1) snprintf(times, sizeof times, " (%d times)", count);
        printf("%*s- %s: %s%s\n", INDENT + 2, "", is_unknown_signer(&c) ? "unknown signer" : name,
               c.code, times);
    }
}

static const char *c2pa_words(const vis_verification_info *i)
{
    switch (i->c2pa) {
    case VIS_MARK_FOUND:
        return i->c2pa_trusted
                   ? "found. The video is as it was when it was signed, by a signer whom you trust"
                   : "found. The video is as it was when it was signed, but by an UNKNOWN signer";
    case VIS_MARK_NOT_CHECKED:
        return i->c2pa_state[0] ? "found, but not checked to the end" : "not checked";
    default:
        return mark_words(i->c2pa);
    }
}

static void print_c2pa(const vis_verification *v, const vis_verification_info *i)
{
    layer("2. Content credentials (C2PA)", c2pa_words(i));
    if (i->c2pa_why[0]) {
        char *line = text_format("%s.", i->c2pa_why);
        if (line) paragraph(INDENT, line);
        free(line);
    }
    if (i->codes == 0) return;
    print_reasons(v, VIS_CODE_FAILURE, "what is wrong");
    print_reasons(v, VIS_CODE_NOT_CHECKED, "what was not checked");
    print_declared(v, i);
    fact("written by", i->generator);
    print_signer(i);
    printf("%*sin C2PA's own words (%s):\n", INDENT, "", i->c2pa_state);
    print_codes(v, VIS_CODE_FAILURE, "failure");
    print_codes(v, VIS_CODE_NOT_CHECKED, "not checked");
    print_codes(v, VIS_CODE_INFORMATION, "information");
    print_codes(v, VIS_CODE_SUCCESS, "success");
}

void verify_print(const char *path, const vis_verification *v)
{
    vis_verification_info i;
    vis_verification_get_info(v, &i);
    char *name = text_copy(path, strlen(path));
    if (name) {
        text_make_printable(name);
        printf("%s\n", name);
    }
    free(name);
    paragraph(0, headline(i.verdict));
    print_metadata(&i);
    print_c2pa(v, &i);
    layer("3. Watermark in the picture", "not checked");
    paragraph(INDENT, "This version of viseme looks for none.");
    layer("4. Label that can be seen, such as \"AI\"", "not checked");
    paragraph(INDENT, "A program cannot tell; look at the picture yourself.");
}
