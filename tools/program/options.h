/* program/options.h - options of a command as a table, from which parsing, --help, the manual pages
 * and the completion of shells come.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_OPTIONS_H
#define PROGRAM_OPTIONS_H

#include "viseme/viseme.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum option_kind {
    OPTION_FLAG,      /* bool * */
    OPTION_TEXT,      /* const char ** */
    OPTION_TEXTS,     /* text_list *: may be given several times */
    OPTION_INT,       /* int * */
    OPTION_LONG,      /* int64_t * */
    OPTION_NUMBER,    /* double * */
    OPTION_RESIZE,    /* vis_interpolation * */
    OPTION_PRECISION, /* vis_precision * */
    OPTION_COMPOSITE, /* vis_composite * */
    OPTION_HELP,      /* NULL: prints what the command takes; its value names another voice */
} option_kind;

#define TEXT_LIST_MAX 256
typedef struct text_list {
    const char *item[TEXT_LIST_MAX];
    int count;
} text_list;

typedef struct option {
    const char *name; /* "--model"; without dashes: the place of a lone word (TEXT, TEXTS) */
    option_kind kind;
    void *into;
    const char *meta;    /* how the value is called in the help: "FILE"; NULL for flags */
    const char *help;    /* one line, or several separated by \n */
    const char *choices; /* the values that there are, "linear cubic area"; NULL: no such list */
} option;

typedef struct command_help {
    const char *name;    /* "render" */
    const char *purpose; /* one line */
    const char *usage;   /* after "viseme " */
    const char *example; /* whole lines: commands, then after an empty line what else to know */
    bool plain;          /* prints text and works on nothing: of the common options only --help */
} command_help;

/* Every command has these. */
typedef struct common_options {
    int threads;
    int max_memory; /* MB; 0: no limit */
    bool json, quiet;
} common_options;
#define COMMON_OPTIONS 5

/* All that a command takes. */
typedef struct option_page {
    const command_help *help;
    const option *own;
    int own_count;
    option common[COMMON_OPTIONS];
    int common_count;
    bool lone_file; /* a lone word is a file, though the table has no place for it */
} option_page;

/* The options that every command has, the first `*count` of them for this one. */
void options_common(const command_help *help, common_options *into, option out[COMMON_OPTIONS],
                    int *count);

/* "-o" of --output, "-h" of --help; NULL: there is none. */
const char *option_short(const option *o);

/* Is it an option, rather than the place of a lone word? */
bool option_is_named(const option *o);

/* Options that several commands share, spelled and explained the same everywhere. */
option opt_model(const char **into);
option opt_checkpoint(int *into);
option opt_character(const char **into);
option opt_audio(const char **into);
option opt_audio_encoder(const char **into);
option opt_features(const char **into);
option opt_audio_mode(const char **into);
option opt_parsing(bool *into);
option opt_crop_resize(vis_interpolation *into);
option opt_paste_resize(vis_interpolation *into);
option opt_precision(vis_precision *into);
option opt_composite(vis_composite *into, vis_composite standard);
option opt_resample_footage(bool *into);
option opt_cache_mb(int *into);
option opt_no_sign(bool *into);
option opt_sign_key(const char **into);
option opt_sign_certificate(const char **into);
option opt_label(const char **into);
option opt_aigc_producer(const char **into);
option opt_aigc_id(const char **into);

/* Parses argv[1 ...] into the table and the common options (threads, json, quiet, help), and limits
 * the process's memory where --max-memory says so. *done is true when help was printed. An unknown
 * option, a value that is none of the choices and a malformed or missing one are VIS_ERR_USAGE; of
 * a repeated option the last counts.
 * A word that begins with "--" is a value only as
 * --name=--word. A lone word that is no option goes to `positional` where that is not NULL. */
vis_status options_parse(int argc, char **argv, const option *table, int count,
                         const command_help *help, common_options *common, const char **positional,
                         bool *done, vis_error *err);

/* VIS_ERR_USAGE that names the option and the command's help, unless `value` is there. */
vis_status option_required(const char *value, const char *name, const command_help *help,
                           vis_error *err);

#endif
