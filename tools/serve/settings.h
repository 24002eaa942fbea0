/* serve/settings.h - what a server is told: from options or a file, checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SETTINGS_H
#define SERVE_SETTINGS_H

#include "provenance/marker.h"
#include "serve/listen_address.h"
#include "viseme/viseme.h"

#include <stdbool.h>
#include <stdint.h>

#define SERVE_MAX_CHARACTERS 64
#define SERVE_NAME_MAX 64
#define SERVE_MAX_PUSHES 8

typedef struct serve_character {
    char name[SERVE_NAME_MAX + 1];
    const char *folder, *model, *audio_encoder;
} serve_character;

/* Texts are the caller's and must live on. */
typedef struct serve_settings {
    serve_character character[SERVE_MAX_CHARACTERS];
    int characters;
    listen_address listen;
    int udp_port;               /* of WebRTC; 0: any that is free; -1: the number of `listen` */
    const char *public_address; /* by which viewers reach that; NULL: as it listens */
    int max_sessions;           /* 0: as many as the machine keeps */
    int max_connections;        /* 0: 64 and 4 a session */
    int max_of_address;         /* connections; 0: half of them, on loopback all */
    const char *token_file;
    const char *const *origin; /* sites that may embed */
    int origins;
    const char *certificate, *key;       /* PEM files; NULL: no TLS */
    const char *tts, *voice, *tts_model; /* NULL: none; the default; the default */
    const char *tts_key_file;            /* its first line is the key */
    const char *chat, *chat_model;       /* NULL: none; the default */
    const char *chat_key_file;           /* its first line is the key */
    const char *chat_prompt_file;        /* who she is; NULL: the default */
    struct serve_push {
        const char *character, *url; /* a standing session of it goes there */
    } push[SERVE_MAX_PUSHES];
    int pushes;
    const char *record;  /* folder; NULL: none */
    const char *label;   /* on every picture; NULL: none */
    marker_options mark; /* of recordings */
    vis_precision precision;
    bool exact;
    int64_t cache_bytes; /* of all characters; -1: half of what is free */
    int threads;
    int alone_seconds; /* a session without a client lives that long */
    int drain_seconds; /* what is being said when the server is to end may take so long */
    bool log_json;
    bool livetalking_open; /* LiveTalking's routes for strangers too (serve/livetalking.h) */
} serve_settings;

/* A list as options have it: each VALUE, or NAME=VALUE. */
typedef struct serve_list {
    const char *const *item;
    int count;
} serve_list;

/* Fills the characters: folders NAME=DIR (or DIR, named as the folder is), of which each gets the
 * model and encoder that has its NAME=, else the one without a name. VIS_ERR_USAGE. */
vis_status settings_characters(const serve_list *folders, const serve_list *models,
                               const serve_list *encoders, serve_settings *out, vis_error *err);

/* URLs, each NAME=URL of a character, or of the first. VIS_ERR_USAGE. */
vis_status settings_pushes(const serve_list *urls, serve_settings *out, vis_error *err);

/* Whether all of it goes together. VIS_ERR_USAGE. */
vis_status settings_check(const serve_settings *s, vis_error *err);

/* All of a text in UTF-8 that is not empty; the caller's to free. */
vis_status settings_read_text(const char *path, char **out, vis_error *err);

/* The first line of the file of a server's key; the caller's to free. */
vis_status settings_read_key(const char *path, char **out, vis_error *err);

#endif
