/* cli/options.h - options of a command as a table, from which parsing and --help both come.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "viseme.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum option_kind {
    OPTION_FLAG,   /* bool * */
    OPTION_TEXT,   /* const char ** */
    OPTION_TEXTS,  /* text_list *: may be given several times */
    OPTION_INT,    /* int * */
    OPTION_LONG,   /* int64_t * */
    OPTION_NUMBER, /* double * */
    OPTION_RESIZE, /* vis_interpolation * */
} option_kind;

#define TEXT_LIST_MAX 16
typedef struct text_list {
    const char *item[TEXT_LIST_MAX];
    int count;
} text_list;

typedef struct option {
    const char *name; /* "--model" */
    option_kind kind;
    void *into;
    const char *meta; /* how the value is called in the help: "FILE"; NULL for flags */
    const char *help; /* one line, or several separated by \n */
} option;

typedef struct command_help {
    const char *name;    /* "render" */
    const char *purpose; /* one line */
    const char *usage;   /* after "viseme " */
    const char *example; /* whole lines */
} command_help;

/* Every command has these. */
typedef struct common_options {
    int threads;
    bool json, quiet;
} common_options;

/* Options shared by several commands, spelled the same everywhere. */
#define OPT_MODEL(p)                                                                               \
    {                                                                                              \
        "--model", OPTION_TEXT, (p), "FILE",                                                       \
            "checkpoint: .pth, .onnx, or a folder of N.pth (the highest N)"                        \
    }
#define OPT_CHECKPOINT(p)                                                                          \
    {                                                                                              \
        "--checkpoint", OPTION_INT, (p), "N", "which N.pth of a folder"                            \
    }
#define OPT_CHARACTER(p)                                                                           \
    {                                                                                              \
        "--character", OPTION_TEXT, (p), "DIR",                                                    \
            "dataset folder (full_body_img, landmarks) or package folder (full_body_video.mp4)"    \
    }
#define OPT_AUDIO(p)                                                                               \
    {                                                                                              \
        "--audio", OPTION_TEXT, (p), "FILE", "speech: any file with sound"                         \
    }
#define OPT_ENCODER(p)                                                                             \
    {                                                                                              \
        "--audio-encoder", OPTION_TEXT, (p), "FILE", "AVE encoder that turns speech into features" \
    }
#define OPT_FEATURES(p)                                                                            \
    {                                                                                              \
        "--features", OPTION_TEXT, (p), "FILE",                                                    \
            "features to use instead: aud_ave.npy/.bin, aud_hu.npy, aud_wenet.npy"                 \
    }
#define OPT_MODE(p)                                                                                \
    {                                                                                              \
        "--audio-mode", OPTION_TEXT, (p), "MODE",                                                  \
            "ave, hubert or wenet, where the checkpoint cannot tell"                               \
    }
#define OPT_PARSING(p)                                                                             \
    {                                                                                              \
        "--parsing", OPTION_FLAG, (p), NULL, "keep the pixels that parsing/N.png masks"            \
    }
#define OPT_CROP(p)                                                                                \
    {                                                                                              \
        "--crop-resize", OPTION_RESIZE, (p), "HOW",                                                \
            "linear, cubic or area: square to crop (328: cubic, 160: linear)"                      \
    }
#define OPT_PASTE(p)                                                                               \
    {                                                                                              \
        "--paste-resize", OPTION_RESIZE, (p), "HOW", "linear, cubic or area: crop to square"       \
    }
#define OPT_RESAMPLE(p)                                                                            \
    {                                                                                              \
        "--resample-footage", OPTION_FLAG, (p), NULL,                                              \
            "accept footage of another frame rate, nearest frame in time"                          \
    }
#define OPT_CACHE(p)                                                                               \
    {                                                                                              \
        "--cache-mb", OPTION_INT, (p), "MB", "memory for decoded footage (default 512)"            \
    }

/* Parses argv[1 ...] into the table and the common options (threads, json, quiet, help). *done is
 * true when help was printed. An unknown, repeated, malformed or missing value is VIS_ERR_USAGE. A
 * lone value that is no option goes to `positional` where that is not NULL. */
vis_status options_parse(int argc, char **argv, const option *table, int count,
                         const command_help *help, common_options *common, const char **positional,
                         bool *done, vis_error *err);

/* VIS_ERR_USAGE that names the option and the command's help, unless `value` is there. */
vis_status option_required(const char *value, const char *name, const command_help *help,
                           vis_error *err);

#endif
