/* serve/events.c - connections that are told of a session until one of the two ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/events.h"

#include <stdlib.h>
#include <string.h>

bool events_begin(struct lws *wsi, place *p)
{
    if (!followers_add(&p->followers, wsi)) return false;
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* it has no end of its own */
    return true;
}

static place *followed(server *s, const struct lws *wsi, follower **one)
{
    for (place *p = s->places; p; p = p->next)
        if ((*one = followers_find(&p->followers, wsi))) return p;
    return NULL;
}

/* Uses the text up. */
static bool write_text(struct lws *wsi, char *text)
{
    size_t size = strlen(text);
    unsigned char *bytes = malloc(LWS_PRE + size);
    if (bytes) memcpy(bytes + LWS_PRE, text, size);
    free(text);
    bool written = bytes && lws_write(wsi, bytes + LWS_PRE, size, LWS_WRITE_HTTP) >= (int)size;
    free(bytes);
    return written;
}

int events_send(struct lws *wsi, server *s)
{
    follower *one = NULL;
    place *p = followed(s, wsi, &one);
    if (!p) return 0;
    char *text = followers_next(&p->followers, one);
    if (!text) return 0;
    lws_callback_on_writable(wsi);
    return write_text(wsi, text) ? 0 : -1;
}

void events_closed(struct lws *wsi, server *s)
{
    follower *one;
    place *p = followed(s, wsi, &one);
    if (p) followers_remove(&p->followers, wsi);
}

void events_wake(place *p)
{
    for (follower *one = p->followers.first; one; one = one->next)
        if (one->texts > 0) lws_callback_on_writable(one->wsi);
}

void events_cut(place *p)
{
    while (p->followers.first) {
        struct lws *wsi = p->followers.first->wsi;
        followers_remove(&p->followers, wsi);
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    }
}
