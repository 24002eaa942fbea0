/* speech/server_address.h - where a speech server is, what is asked there, and what it is called.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SERVER_ADDRESS_H
#define SPEECH_SERVER_ADDRESS_H

#include "base/status.h"

#include <curl/curl.h>
#include <stdbool.h>

typedef struct server_address {
    char *url;  /* that is asked */
    char *name; /* the same for messages: without user, password and what follows '?' */
    bool piper; /* {"text"} instead of OpenAI's shape */
    char *key;  /* NULL: none */
    struct curl_slist *headers;
} server_address;

/* A base ("https://api.openai.com", with or without "/v1"), a whole address that ends in
 * "/v1/audio/speech", or one that ends in "/synthesize" (Piper). VIS_ERR_USAGE: none of these, or a
 * key that no header can hold. On failure what is there is still to be freed. */
vis_status server_address_read(const char *url, const char *key, server_address *out,
                               vis_error *err);
/* Of a chat server: the same, for "/v1/chat/completions". */
vis_status server_address_read_chat(const char *url, const char *key, server_address *out,
                                    vis_error *err);

/* A server may say our own key back: it is blotted out of a message. */
void server_address_hide_key(const server_address *a, vis_error *err);

void server_address_free(server_address *a);

#endif
