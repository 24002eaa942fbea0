/* program/options.c - parsing options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/options.h"

#include "base/choices.h"
#include "base/file.h"
#include "base/status.h"
#include "inside/render_rules.h"
#include "program/help.h"
#include "program/options_file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_MEMORY 64 /* MB: the libraries alone take some 40 */

static vis_status parse_integer(const char *name, const char *text, int64_t low, int64_t high,
                                int64_t *out, vis_error *err)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < low || value > high)
        return vis_fail(err, VIS_ERR_USAGE, "%s %s: a whole number is wanted", name, text);
    *out = value;
    return VIS_OK;
}

static vis_status parse_number(const char *name, const char *text, double *out, vis_error *err)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        return vis_fail(err, VIS_ERR_USAGE, "%s %s: a number is wanted", name, text);
    *out = value;
    return VIS_OK;
}

/* *index counts the choices from 0. */
static vis_status parse_choice(const option *o, const char *text, int *index, vis_error *err)
{
    *index = choices_find(o->choices, text);
    return *index >= 0 ? VIS_OK : choices_fail(o->choices, o->name, text, err);
}

static vis_status parse_resize(const option *o, const char *text, vis_error *err)
{
    int index = 0; /* OpenCV's other name of the first choice */
    if (strcmp(text, "bilinear") != 0) VIS_TRY(parse_choice(o, text, &index, err));
    *(vis_interpolation *)o->into = (vis_interpolation)(VIS_LINEAR + index);
    return VIS_OK;
}

static vis_status parse_precision(const option *o, const char *text, vis_error *err)
{
    int index = 0;
    VIS_TRY(parse_choice(o, text, &index, err));
    *(vis_precision *)o->into = (vis_precision)(VIS_FLOAT32 + index);
    return VIS_OK;
}

static vis_status parse_composite(const option *o, const char *text, vis_error *err)
{
    int index = 0;
    VIS_TRY(parse_choice(o, text, &index, err));
    *(vis_composite *)o->into = (vis_composite)(VIS_SEAMLESS + index);
    return VIS_OK;
}

static vis_status parse_text(const option *o, const char *text, vis_error *err)
{
    int index = 0;
    if (o->choices) VIS_TRY(parse_choice(o, text, &index, err));
    *(const char **)o->into = text;
    return VIS_OK;
}

static vis_status add_text(const char *name, const char *text, text_list *list, vis_error *err)
{
    if (list->count == TEXT_LIST_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "%s: at most %d may be given", name, TEXT_LIST_MAX);
    list->item[list->count++] = text;
    return VIS_OK;
}

static vis_status store(const option *o, const char *text, vis_error *err)
{
    int64_t integer = 0;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->into = true;
        return VIS_OK;
    case OPTION_TEXT:
        return parse_text(o, text, err);
    case OPTION_TEXTS:
        return add_text(o->name, text, o->into, err);
    case OPTION_INT:
        VIS_TRY(parse_integer(o->name, text, INT_MIN, INT_MAX, &integer, err));
        *(int *)o->into = (int)integer;
        return VIS_OK;
    case OPTION_LONG:
        VIS_TRY(parse_integer(o->name, text, INT64_MIN, INT64_MAX, &integer, err));
        *(int64_t *)o->into = integer;
        return VIS_OK;
    case OPTION_NUMBER:
        return parse_number(o->name, text, o->into, err);
    case OPTION_RESIZE:
        return parse_resize(o, text, err);
    case OPTION_PRECISION:
        return parse_precision(o, text, err);
    case OPTION_COMPOSITE:
        return parse_composite(o, text, err);
    case OPTION_HELP: /* is printed, not stored */
        return VIS_OK;
    }
    return vis_fail(err, VIS_ERR_INTERNAL, "%s: unknown kind of option", o->name);
}

/* Does argv's word name this option, alone or as --name=value? *value points behind the '='. */
static bool names(const char *word, const option *o, const char **value)
{
    size_t length = strlen(o->name);
    const char *letter = option_short(o);
    *value = NULL;
    if (!option_is_named(o)) return false;
    if (letter && strcmp(word, letter) == 0) return true;
    if (strncmp(word, o->name, length) != 0) return false;
    if (word[length] == '=') *value = word + length + 1;
    return word[length] == '\0' || word[length] == '=';
}

static const option *find(const char *word, const option *table, int count, const char **value)
{
    for (int i = 0; i < count; i++)
        if (names(word, &table[i], value)) return &table[i];
    return NULL;
}

static vis_status parse_one(int argc, char **argv, int *i, const option *o, const char *value,
                            vis_error *err)
{
    if (o->kind == OPTION_FLAG) {
        if (value) return vis_fail(err, VIS_ERR_USAGE, "%s takes no value", o->name);
    } else if (!value) {
        if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0)
            return vis_fail(err, VIS_ERR_USAGE, "%s: its value is missing (%s)", o->name, o->meta);
        value = argv[++*i];
    }
    return store(o, value, err);
}

/* The place for the next lone word: an entry of the table whose name is no option's. */
static const option *free_place(const option *table, int count)
{
    for (int i = 0; i < count; i++)
        if (!option_is_named(&table[i]) &&
            (table[i].kind == OPTION_TEXTS || !*(const char **)table[i].into))
            return &table[i];
    return NULL;
}

static vis_status limit_memory(int mb, vis_error *err)
{
    if (mb == 0) return VIS_OK;
    if (mb < LEAST_MEMORY)
        return vis_fail(err, VIS_ERR_USAGE, "--max-memory %d: choose %d MB or more", mb,
                        LEAST_MEMORY);
    vis_status status = vis_limit_memory((int64_t)mb << 20, err);
    return status == VIS_OK ? VIS_OK : vis_prefix(err, status, "--max-memory");
}

/* Speech may come through a pipe, which several parts of a command want to read. What is kept of
 * it stays to the process's end. */
static vis_status keep_speech(const option *table, int count, vis_error *err)
{
    const char *value;
    const option *audio = find("--audio", table, count, &value);
    return audio ? render_keep_sound(*(const char **)audio->into, err) : VIS_OK;
}

/* A folder that is asked for as report.html is a misunderstanding. */
static vis_status check_folder(const option *table, int count, vis_error *err)
{
    const char *value;
    const option *output = find("--output", table, count, &value);
    if (!output || strcmp(output->meta, "DIR") != 0 || !*(const char **)output->into) return VIS_OK;
    return folder_check_name(*(const char **)output->into, err);
}

/* A word that is no option. */
static vis_status take_lone(const char *word, const option_page *page, const char **positional,
                            vis_error *err)
{
    const option *place = free_place(page->own, page->own_count);
    if (word[0] == '-' || (!place && (!positional || *positional)))
        return vis_fail(err, VIS_ERR_USAGE, "%s %s; see viseme %s --help",
                        word[0] == '-' ? "unknown option" : "unexpected argument", word,
                        page->help->name);
    if (!positional || *positional) return store(place, word, err);
    *positional = word;
    return VIS_OK;
}

static vis_status parse_words(int argc, char **argv, const option_page *page,
                              const char **positional, bool *done, vis_error *err)
{
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const option *o = find(argv[i], page->own, page->own_count, &value);
        if (!o) o = find(argv[i], page->common, page->common_count, &value);
        bool asks = o && o->kind == OPTION_HELP;
        *done = asks && help_print(page, value);
        if (*done) return VIS_OK;
        if (o && !asks)
            VIS_TRY(parse_one(argc, argv, &i, o, value, err));
        else
            VIS_TRY(take_lone(argv[i], page, positional, err));
    }
    return VIS_OK;
}

/* ---- Options from a file ---- */

typedef struct command_line {
    int argc;
    char **argv;
} command_line;

static bool is_given(void *user, const option *o)
{
    const command_line *c = user;
    const char *value;
    for (int i = 1; i < c->argc; i++)
        if (names(c->argv[i], o, &value)) return true;
    return false;
}

static vis_status take_from_file(void *user, const option *o, const char *text, vis_error *err)
{
    return store(o, text, err);
}

/* What a command has as --config. */
static vis_status read_config(int argc, char **argv, const option_page *page, vis_error *err)
{
    const char *value;
    const option *config = find("--config", page->own, page->own_count, &value);
    command_line given = {.argc = argc, .argv = argv};
    const options_file_reader reader = {
        .page = page, .is_given = is_given, .take = take_from_file, .user = &given};
    const char *path = config ? *(const char **)config->into : NULL;
    return path ? options_file_read(path, &reader, err) : VIS_OK;
}

vis_status options_parse(int argc, char **argv, const option *table, int count,
                         const command_help *help, common_options *common, const char **positional,
                         bool *done, vis_error *err)
{
    option_page page = {
        .help = help, .own = table, .own_count = count, .lone_file = positional != NULL};
    options_common(help, common, page.common, &page.common_count);
    *done = false;
    VIS_TRY(parse_words(argc, argv, &page, positional, done, err));
    if (*done) return VIS_OK;
    VIS_TRY(read_config(argc, argv, &page, err));
    if (common->threads < 0 || common->threads > 256)
        return vis_fail(err, VIS_ERR_USAGE, "--threads %d: choose 1 to 256", common->threads);
    VIS_TRY(limit_memory(common->max_memory, err));
    VIS_TRY(check_folder(table, count, err));
    return keep_speech(table, count, err);
}

vis_status option_required(const char *value, const char *name, const command_help *help,
                           vis_error *err)
{
    if (value) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s is missing; see viseme %s --help", name, help->name);
}
