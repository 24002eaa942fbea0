/* speech/server_address.c - URLs taken apart and put together by libcurl.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/server_address.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define MAX_KEY 4096 /* bytes */

static const char speech_path[] = "/v1/audio/speech", chat_path[] = "/v1/chat/completions";

/* The path of the question: what is lacking of OpenAI's is added. NULL when out of memory. */
static char *whole_path(const char *path, const char *openai, bool *piper)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    char *base = text_copy(path, length);
    if (!base) return NULL;
    *piper = openai == speech_path && path_has_suffix(base, "/synthesize");
    bool whole = *piper || path_has_suffix(base, openai);
    const char *more = whole ? "" : path_has_suffix(base, "/v1") ? openai + 3 : openai;
    char *made = text_format("%s%s", base, more);
    free(base);
    return made;
}

static vis_status set_path(CURLU *url, const char *openai, bool *piper, vis_error *err)
{
    char *path = NULL;
    if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return vis_fail_memory(err, "an address");
    char *whole = whole_path(path, openai, piper);
    CURLUcode code = whole ? curl_url_set(url, CURLUPART_PATH, whole, 0) : CURLUE_OUT_OF_MEMORY;
    free(whole);
    curl_free(path);
    return code == CURLUE_OK ? VIS_OK : vis_fail_memory(err, "an address");
}

/* As text of our own, so that free releases it. */
static vis_status print(CURLU *url, char **out, vis_error *err)
{
    char *text = NULL;
    if (curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK)
        *out = text_copy(text, strlen(text));
    curl_free(text);
    return *out ? VIS_OK : vis_fail_memory(err, "an address");
}

static vis_status read_url(CURLU *url, const char *text, const char *openai, server_address *out,
                           vis_error *err)
{
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);
    if (code == CURLUE_OUT_OF_MEMORY) return vis_fail_memory(err, "an address");
    if (code != CURLUE_OK) /* the text may hold a password */
        return vis_fail(err, VIS_ERR_USAGE, "the URL of the server: %s", curl_url_strerror(code));
    VIS_TRY(set_path(url, openai, &out->piper, err));
    VIS_TRY(print(url, &out->url, err));
    static const CURLUPart secret[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                       CURLUPART_FRAGMENT};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        curl_url_set(url, secret[i], NULL, 0);
    return print(url, &out->name, err);
}

static vis_status add_header(server_address *a, const char *header, vis_error *err)
{
    struct curl_slist *longer = header ? curl_slist_append(a->headers, header) : NULL;
    if (!longer) return vis_fail_memory(err, "a request");
    a->headers = longer;
    return VIS_OK;
}

static vis_status take_key(server_address *a, const char *key, vis_error *err)
{
    for (const char *c = key; *c; c++)
        if (*c <= ' ' || *c > '~' || c - key > MAX_KEY)
            return vis_fail(err, VIS_ERR_USAGE,
                            "the server's key holds a blank or what is not ASCII");
    a->key = text_copy(key, strlen(key));
    if (!a->key) return vis_fail_memory(err, "a key");
    char *header = text_format("Authorization: Bearer %s", key);
    vis_status status = add_header(a, header, err);
    free(header);
    return status;
}

static vis_status read_address(const char *url, const char *openai, const char *key,
                               server_address *out, vis_error *err)
{
    *out = (server_address){0};
    CURLU *parsed = curl_url();
    if (!parsed) return vis_fail_memory(err, "an address");
    vis_status status = read_url(parsed, url, openai, out, err);
    curl_url_cleanup(parsed);
    if (status != VIS_OK) return status;
    VIS_TRY(add_header(out, "Content-Type: application/json", err));
    VIS_TRY(add_header(out, "Expect:", err)); /* do not wait for leave to send the text */
    return key && key[0] ? take_key(out, key, err) : VIS_OK;
}

vis_status server_address_read(const char *url, const char *key, server_address *out,
                               vis_error *err)
{
    return read_address(url, speech_path, key, out, err);
}

vis_status server_address_read_chat(const char *url, const char *key, server_address *out,
                                    vis_error *err)
{
    return read_address(url, chat_path, key, out, err);
}

void server_address_hide_key(const server_address *a, vis_error *err)
{
    for (char *at; err && a->key && (at = strstr(err->message, a->key));)
        memset(at, '*', strlen(a->key));
}

void server_address_free(server_address *a)
{
    curl_slist_free_all(a->headers);
    free(a->url);
    free(a->name);
    free(a->key);
    *a = (server_address){0};
}
