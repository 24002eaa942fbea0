/* cli/options.c - parsing and explaining options.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/file.h"
#include "base/status.h"
#include "media/kept_pipe.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_MEMORY 64 /* MB: the libraries alone take some 40 */

static void print_option(const char *name, const char *meta, const char *text)
{
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", name, meta ? " " : "", meta ? meta : "");
    printf("  %-24s ", left);
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n') printf("%27s", "");
    }
    putchar('\n');
}

static void print_help(const command_help *help, const option *table, int count)
{
    printf("viseme %s - %s\n\nUsage: viseme %s\n\n", help->name, help->purpose, help->usage);
    for (int i = 0; i < count; i++)
        print_option(table[i].name, table[i].meta, table[i].help);
    print_option("--threads", "N", "threads (default: one for each core this process may use)");
    print_option("--max-memory", "MB", "take no more than this (default: what the machine has)");
    print_option("--json", NULL, "the result as JSON on standard output");
    print_option("--quiet", NULL, "no progress, no warnings, no summary");
    print_option("--help", NULL, "this text");
    printf("\nExample:\n%s\nExit status: 0 done, 1 the answer is no, 2 wrong usage, 3 bad input "
           "file,\n"
           "4 could not write, 5 out of resources.\n",
           help->example);
}

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

static vis_status parse_resize(const char *name, const char *text, vis_interpolation *out,
                               vis_error *err)
{
    if (strcmp(text, "linear") == 0 || strcmp(text, "bilinear") == 0)
        *out = VIS_LINEAR;
    else if (strcmp(text, "cubic") == 0)
        *out = VIS_CUBIC;
    else if (strcmp(text, "area") == 0)
        *out = VIS_AREA;
    else
        return vis_fail(err, VIS_ERR_USAGE, "%s %s: choose linear, cubic or area", name, text);
    return VIS_OK;
}

static vis_status parse_precision(const char *name, const char *text, vis_precision *out,
                                  vis_error *err)
{
    if (strcmp(text, "float32") != 0 && strcmp(text, "fast") != 0)
        return vis_fail(err, VIS_ERR_USAGE, "%s %s: choose float32 or fast", name, text);
    *out = strcmp(text, "fast") == 0 ? VIS_FAST : VIS_FLOAT32;
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
        *(const char **)o->into = text;
        return VIS_OK;
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
        return parse_resize(o->name, text, o->into, err);
    case OPTION_PRECISION:
        return parse_precision(o->name, text, o->into, err);
    }
    return vis_fail(err, VIS_ERR_INTERNAL, "%s: unknown kind of option", o->name);
}

/* Does argv's word name this option, alone or as --name=value? *value points behind the '='. */
static bool names(const char *word, const option *o, const char **value)
{
    size_t length = strlen(o->name);
    *value = NULL;
    if (o->name[0] != '-') return false;
    if (strcmp(word, "-o") == 0 && strcmp(o->name, "--output") == 0) return true;
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
        if (table[i].name[0] != '-' &&
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
    kept_pipe *for_good;
    const char *value;
    const option *audio = find("--audio", table, count, &value);
    return audio ? kept_pipe_open(*(const char **)audio->into, &for_good, err) : VIS_OK;
}

/* A folder that is asked for as report.html is a misunderstanding. */
static vis_status check_folder(const option *table, int count, vis_error *err)
{
    const char *value;
    const option *output = find("--output", table, count, &value);
    if (!output || strcmp(output->meta, "DIR") != 0 || !*(const char **)output->into) return VIS_OK;
    return folder_check_name(*(const char **)output->into, err);
}

vis_status options_parse(int argc, char **argv, const option *table, int count,
                         const command_help *help, common_options *common, const char **positional,
                         bool *done, vis_error *err)
{
    const option shared[] = {{"--threads", OPTION_INT, &common->threads, "N", ""},
                             {"--max-memory", OPTION_INT, &common->max_memory, "MB", ""},
                             {"--json", OPTION_FLAG, &common->json, NULL, ""},
                             {"--quiet", OPTION_FLAG, &common->quiet, NULL, ""}};
    *done = false;
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(help, table, count);
            *done = true;
            return VIS_OK;
        }
        const option *o = find(argv[i], table, count, &value);
        if (!o) o = find(argv[i], shared, sizeof shared / sizeof *shared, &value);
        if (o)
            VIS_TRY(parse_one(argc, argv, &i, o, value, err));
        else if (positional && !*positional && argv[i][0] != '-')
            *positional = argv[i];
        else if (argv[i][0] != '-' && free_place(table, count))
            VIS_TRY(store(free_place(table, count), argv[i], err));
        else
            return vis_fail(err, VIS_ERR_USAGE, "%s %s; see viseme %s --help",
                            argv[i][0] == '-' ? "unknown option" : "unexpected argument", argv[i],
                            help->name);
    }
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
