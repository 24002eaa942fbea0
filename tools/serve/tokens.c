/* serve/tokens.c - secrets, kept and compared as digests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/tokens.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/status.h"

#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <string.h>
#include <strings.h>

#define FILE_LIMIT (64 << 10)
#define BLANKS " \t\r"

static void digest_of(const char *text, size_t length, uint8_t out[TOKEN_DIGEST])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, length, (const uint8_t *)text);
    sha256_digest(&context, TOKEN_DIGEST, out);
}

static vis_status add(const char *line, size_t length, int number, const char *path, tokens *out,
                      vis_error *err)
{
    while (length && strchr(BLANKS, *line))
        line++, length--;
    while (length && strchr(BLANKS, line[length - 1]))
        length--;
    if (length == 0 || line[0] == '#') return VIS_OK;
    if (length < TOKEN_MIN_LENGTH)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: line %d: a token has at least %d characters; make one with "
                        "`openssl rand -hex 16`",
                        path, number, TOKEN_MIN_LENGTH);
    if (out->count == TOKENS_MAX)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: more than %d tokens", path, TOKENS_MAX);
    digest_of(line, length, out->digest[out->count++]);
    return VIS_OK;
}

static vis_status parse(const buffer *text, const char *path, tokens *out, vis_error *err)
{
    const char *line = (const char *)text->data, *end = line + text->size;
    for (int number = 1; line < end; number++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (!next) next = end;
        VIS_TRY(add(line, (size_t)(next - line), number, path, out, err));
        line = next + 1;
    }
    if (out->count == 0) return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no token", path);
    return VIS_OK;
}

vis_status tokens_read(const char *path, tokens *out, vis_error *err)
{
    buffer text;
    buffer_init(&text, FILE_LIMIT);
    memset(out, 0, sizeof *out);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) status = parse(&text, path, out, err);
    if (text.data) explicit_bzero(text.data, text.size);
    buffer_free(&text);
    return status;
}

bool tokens_allow(const tokens *t, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (t->count == 0) return true;
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0) return false;
    const char *token = authorization + sizeof scheme - 1;
    uint8_t digest[TOKEN_DIGEST];
    digest_of(token, strlen(token), digest);
    int found = 0;
    for (int i = 0; i < t->count; i++)
        found |= memeql_sec(digest, t->digest[i], TOKEN_DIGEST);
    return found != 0;
}
