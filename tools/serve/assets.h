/* serve/assets.h - the page, as it lies in the program (tools/serve/page/), and the description of
 * the interface.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_ASSETS_H
#define SERVE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct asset {
    const char *path; /* of its URL */
    const char *type;
    const char *begin, *end;
    bool shared; /* other sites may load it */
} asset;

/* In their order, from 0; NULL after the last. */
const asset *asset_at(int index);

/* NULL where there is none at that path. */
const asset *asset_find(const char *path);

/* A strong ETag with its quotes: other bytes, another one. */
void asset_etag(const asset *a, char out[72]);

#endif
