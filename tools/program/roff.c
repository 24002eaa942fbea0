/* program/roff.c - printing roff.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/roff.h"

#include "program/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* When the pages were last read through as a whole: man shows it below each. */
#define REVISED "2026-11-30"

/* A dash that one types is a minus to roff; one within a word is a hyphen. */
static void put_character(char c, bool typed)
{
    static const char special[] = "\\\"'`^~";
    static const char *const written[] = {"\\e", "\\(dq", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
    const char *found = strchr(special, c);
    if (found)
        fputs(written[found - special], stdout);
    else if (c == '-' && typed)
        fputs("\\-", stdout);
    else
        putchar(c);
}

/* In words that begin with a dash, "--model" and "-1", every dash is typed. */
static void put_text(const char *text, size_t length, bool all_typed)
{
    bool typed = all_typed;
    if (length && *text == '.') fputs("\\&", stdout); /* else it were a request */
    for (size_t i = 0; i < length; i++) {
        bool begins = i == 0 || strchr(" ([{\"`|", text[i - 1]);
        if (begins) typed = all_typed || text[i] == '-';
        put_character(text[i], typed);
    }
}

void roff_literal(const char *text)
{
    put_text(text, strlen(text), true);
}

void roff_begin(const char *command, const char *purpose)
{
    printf(".TH VISEME");
    for (const char *c = command ? command : ""; *c; c++)
        printf("%s%c", c == command ? "\\-" : "", toupper((unsigned char)*c));
    printf(" 1 %s \"viseme %s\" \"User Commands\"\n.SH NAME\nviseme", REVISED, vis_version());
    if (command) printf("\\-");
    if (command) roff_literal(command);
    printf(" \\- ");
    put_text(purpose, strlen(purpose), false);
    putchar('\n');
}

void roff_section(const char *title)
{
    printf(".SH %s\n", title);
}

/* How many characters from here are an option's name, or a word that begins with a capital. */
static size_t marked(const char *text, bool name)
{
    size_t length = name ? strspn(text, "-abcdefghijklmnopqrstuvwxyz") : 0;
    while (!name && (isalnum((unsigned char)text[length]) || text[length] == '.'))
        length++;
    return length;
}

void roff_usage(const char *text)
{
    bool begins = true;
    while (*text) {
        bool name = begins && *text == '-', word = begins && isupper((unsigned char)*text);
        size_t length = name || word ? marked(text, name) : 1;
        if (name || word) printf(name ? "\\fB" : "\\fI");
        put_text(text, length, true);
        if (name || word) printf("\\fR");
        begins = strchr(" [(|", text[length - 1]) != NULL;
        text += length;
    }
}

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

static const char *next_line(const char *text)
{
    text += line_length(text);
    return *text ? text + 1 : text;
}

/* Before a line: a paragraph's begin, or the change between lines that are filled and not. */
static void turn(bool paragraph, bool was_fixed, bool fixed)
{
    if (was_fixed && !fixed) printf(".fi\n.RE\n");
    if (paragraph) printf(".PP\n");
    if (fixed && !was_fixed) printf(".RS 2\n.nf\n");
}

void roff_paragraphs(const char *text)
{
    bool fixed = false, parted = false;
    for (; *text; text = next_line(text)) {
        size_t length = line_length(text);
        bool indented = strncmp(text, "  ", 2) == 0;
        if (length > 0) {
            turn(parted, fixed, indented);
            fixed = indented;
            put_text(text + 2 * indented, length - 2 * indented, indented);
            putchar('\n');
        }
        parted = length == 0;
    }
    turn(false, fixed, false);
}

void roff_example(const char *text)
{
    printf(".nf\n");
    for (; *text && *text != '\n'; text = next_line(text)) {
        size_t cut = strncmp(text, "  ", 2) == 0 ? 2 : 0;
        put_text(text + cut, line_length(text) - cut, true);
        putchar('\n');
    }
    printf(".fi\n");
}

void roff_page(const char *command, const char *after)
{
    printf(".BR viseme");
    if (command) printf("\\-");
    if (command) roff_literal(command);
    printf(" (1)%s\n", after);
}

void roff_exit_status(void)
{
    roff_section("EXIT STATUS");
    roff_paragraphs(EXIT_STATUSES "\nErrors are one line on standard error.\n");
}
