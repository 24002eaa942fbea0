/* speech/sentences.c - where sentences end, told by the characters around a stop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/sentences.h"

#include "base/text_encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 16 /* bytes of the longest abbreviation, and some */

/* Behind which a sentence goes on: titles, and what is followed by what it abbreviates. */
static const char *const abbreviations[] = {
    "mr",  "mrs", "ms",   "dr",  "prof", "st",  "vs", "nr",  "fig",  "vol", "approx", "dept",
    "gen", "col", "sgt",  "rev", "hon",  "jr",  "sr", "inc", "ltd",  "co",  "mme",    "mlle",
    "m",   "sra", "srta", "hr",  "fr",   "bzw", "ca", "vgl", "evtl", "ggf", "inkl",   "str",
    "bd",  "abs", "art",  "max", "min",  "tel", "pp", "cf",  "al",   "sog", "geb",    "mio",
};

static uint32_t character_at(const char *text, int *length)
{
    const unsigned char *t = (const unsigned char *)text;
    *length = utf8_length(t);
    if (*length == 0) *length = 1; /* not UTF-8: a byte is as good as a character */
    if (*length == 1) return t[0];
    uint32_t c = t[0] & (0x7fu >> *length);
    for (int i = 1; i < *length; i++)
        c = c << 6 | (t[i] & 0x3f);
    return c;
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x3000 ||
           (c >= 0x2000 && c <= 0x200a);
}

static bool is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19) || (c >= 0x660 && c <= 0x669);
}

static bool is_one_of(uint32_t c, const uint32_t *set)
{
    while (*set && *set != c)
        set++;
    return *set != 0;
}

/* Stops that end a sentence wherever they stand: ideographic and halfwidth ones, danda. */
static bool is_sure_stop(uint32_t c)
{
    static const uint32_t set[] = {0x3002, 0xff01, 0xff1f, 0xff61, 0x964, 0x965, 0};
    return is_one_of(c, set);
}

/* Those that do before a blank. */
static bool is_stop(uint32_t c)
{
    static const uint32_t set[] = {'.', '!', '?', 0x2026, 0x61f, 0x6d4, 0x589, 0x1362, 0};
    return is_one_of(c, set) || is_sure_stop(c);
}

static bool is_closing(uint32_t c)
{
    static const uint32_t set[] = {'"',    '\'',   ')',    ']',    '*',    0xbb,   0x2019, 0x201d,
                                   0x203a, 0x300d, 0x300f, 0x3011, 0xff09, 0x2018, 0x201c, 0};
    return is_one_of(c, set);
}

static bool is_comma(uint32_t c)
{
    static const uint32_t set[] = {',', ';', ':', 0x2014, 0x2013, 0x60c, 0x61b, 0};
    return is_one_of(c, set);
}

/* What may be broken behind without a blank: commas of languages that write none. */
static bool is_sure_comma(uint32_t c)
{
    static const uint32_t set[] = {0x3001, 0xff0c, 0xff1b, 0xff1a, 0};
    return is_one_of(c, set);
}

static size_t skip(const char *text, size_t at, bool (*those)(uint32_t))
{
    int length;
    while (text[at] && those(character_at(text + at, &length)))
        at += (size_t)length;
    return at;
}

static bool blank_or_end(const char *text)
{
    int length;
    return text[0] == '\0' || is_blank(character_at(text, &length));
}

/* The word before text[at], at most WORD_MAX bytes of it, without what opens it. */
static size_t word_before(const char *text, size_t at, char word[WORD_MAX + 1])
{
    size_t from = at;
    while (from > 0 && at - from < WORD_MAX && !strchr(" \t\r\n([{\"'-/", text[from - 1]))
        from--;
    memcpy(word, text + from, at - from);
    word[at - from] = '\0';
    return at - from;
}

/* Single letters with dots between: "z.B", "U.S", and an initial, "J". */
static bool are_letters(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool letter = (word[i] | 32) >= 'a' && (word[i] | 32) <= 'z';
        if (i % 2 == 0 ? !letter : word[i] != '.') return false;
    }
    return size % 2 == 1;
}

static bool is_abbreviation(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++)
        if (strcasecmp(word, abbreviations[i]) == 0) return true;
    return are_letters(word, size);
}

/* "3. Mai" and "1. Wash your hands": one or two digits alone. */
static bool is_ordinal(const char *word, size_t size)
{
    return size > 0 && size <= 2 && strspn(word, "0123456789") == size;
}

/* Does the dot at text[at], the only one or the first of several that end at `closed`, end a
 * sentence? A blank follows. */
static bool dot_ends(const char *text, size_t at, size_t closed)
{
    char word[WORD_MAX + 1];
    size_t next = skip(text, closed, is_blank);
    if (text[next] == '\0') return true;
    if (text[next] >= 'a' && text[next] <= 'z') return false;
    if (closed > at + 1) return true;
    size_t size = word_before(text, at, word);
    return size > 0 && !is_abbreviation(word, size) && !is_ordinal(word, size);
}

/* Where the sentence ends that the character at text[at] may end; 0: it goes on. */
static size_t end_at(const char *text, size_t at, uint32_t c, int length)
{
    size_t behind = at + (size_t)length;
    if (c == '\n') { /* an empty line */
        size_t next = skip(text, behind, is_blank);
        return memchr(text + behind, '\n', next - behind) ? next : 0;
    }
    if (!is_stop(c)) return 0;
    size_t stops = skip(text, behind, is_stop);
    size_t closed = skip(text, stops, is_closing);
    if (!is_sure_stop(c) && !blank_or_end(text + closed)) return 0;
    if (c == '.' && !dot_ends(text, at, closed)) return 0;
    return skip(text, closed, is_blank);
}

/* The best place so far where a sentence that is too long can be cut: 0, none. */
typedef struct breath {
    size_t comma, word, character;
} breath;

static void note_breath(breath *b, const char *text, size_t at, uint32_t before, uint32_t c,
                        int length)
{
    int next_length;
    size_t behind = at + (size_t)length;
    uint32_t next = text[behind] ? character_at(text + behind, &next_length) : 0;
    if (is_blank(c) && !(is_digit(before) && is_digit(next))) b->word = behind;
    if (is_blank(c) && is_comma(before)) b->comma = behind;
    if (is_sure_comma(c)) b->comma = b->word = behind;
    if (c >= 0x80 || !is_digit(next)) b->character = behind;
}

static size_t best_breath(const breath *b, size_t most, size_t otherwise)
{
    if (b->comma > most / 3) return b->comma;
    if (b->word > 0) return b->word;
    return b->character > 0 ? b->character : otherwise;
}

size_t sentence_length(const char *text, size_t most)
{
    breath breaths = {0};
    uint32_t before = 0;
    size_t at = 0;
    for (int length; text[at]; at += (size_t)length) {
        uint32_t c = character_at(text + at, &length);
        if (at + (size_t)length > most) return best_breath(&breaths, most, at);
        size_t end = end_at(text, at, c, length);
        if (end > 0) return end < most ? end : at + (size_t)length;
        note_breath(&breaths, text, at, before, c, length);
        before = c;
    }
    return at;
}
