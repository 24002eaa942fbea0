/* serve/tokens.h - who may make sessions: those who know one of some secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_TOKENS_H
#define SERVE_TOKENS_H

#include "viseme/status.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKENS_MAX 64
#define TOKEN_MIN_LENGTH 16
#define TOKEN_DIGEST 32

/* Digests only. Zero-initialised: none is asked for. */
typedef struct tokens {
    uint8_t digest[TOKENS_MAX][TOKEN_DIGEST];
    int count;
} tokens;

/* One a line; empty lines and those that begin with # are skipped. VIS_ERR_OPEN, VIS_ERR_FORMAT
 * (none, one too short, too many). */
vis_status tokens_read(const char *path, tokens *out, vis_error *err);

/* Is an Authorization header "Bearer TOKEN" with one of them? The time it takes tells nothing of
 * how nearly it is. NULL is no header. Always where none is asked for. */
bool tokens_allow(const tokens *t, const char *authorization);

#endif
