/* serve/assets.c - which bytes are served as what.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/assets.h"

#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define ETAG_BYTES 16

/* assets.S */
extern const char asset_index[], asset_index_end[], asset_style[], asset_style_end[], asset_page[],
    asset_page_end[], asset_avatar[], asset_avatar_end[], asset_embed[], asset_embed_end[],
    asset_embed_style[], asset_embed_style_end[], asset_embed_script[], asset_embed_script_end[],
    asset_icon[], asset_icon_end[], asset_openapi[], asset_openapi_end[];

static const asset assets[] = {
    {"/", HTML, asset_index, asset_index_end, false},
    {"/page.css", "text/css; charset=utf-8", asset_style, asset_style_end, false},
    {"/page.js", SCRIPT, asset_page, asset_page_end, false},
    {"/viseme-avatar.js", SCRIPT, asset_avatar, asset_avatar_end, true},
    {"/embed.html", HTML, asset_embed, asset_embed_end, false},
    {"/embed.css", "text/css; charset=utf-8", asset_embed_style, asset_embed_style_end, false},
    {"/embed.js", SCRIPT, asset_embed_script, asset_embed_script_end, false},
    {"/icon.svg", "image/svg+xml", asset_icon, asset_icon_end, false},
    {"/openapi.json", "application/json", asset_openapi, asset_openapi_end, true},
};

const asset *asset_at(int index)
{
    return index < (int)(sizeof assets / sizeof *assets) ? &assets[index] : NULL;
}

const asset *asset_find(const char *path)
{
    const asset *a;
    for (int i = 0; (a = asset_at(i)); i++)
        if (strcmp(a->path, path) == 0) return a;
    return NULL;
}

void asset_etag(const asset *a, char out[72])
{
    struct sha256_ctx context;
    uint8_t digest[ETAG_BYTES];
    sha256_init(&context);
    sha256_update(&context, (size_t)(a->end - a->begin), (const uint8_t *)a->begin);
    sha256_digest(&context, sizeof digest, digest);
    char *at = out;
    *at++ = '"';
    for (int i = 0; i < ETAG_BYTES; i++)
        at += sprintf(at, "%02x", digest[i]);
    strcpy(at, "\"");
}
