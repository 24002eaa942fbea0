/* serve/followers.c - texts in the format of EventSource, a short queue for each who follows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/followers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void followers_init(followers *f)
{
    memset(f, 0, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
}

static void free_one(follower *one)
{
    for (int i = 0; i < one->texts; i++)
        free(one->text[i]);
    free(one);
}

void followers_free(followers *f)
{
    for (follower *next; f->first; f->first = next) {
        next = f->first->next;
        free_one(f->first);
    }
    pthread_mutex_destroy(&f->lock);
}

bool followers_add(followers *f, struct lws *wsi)
{
    follower *one = f->count < FOLLOWERS_MAX ? calloc(1, sizeof *one) : NULL;
    if (!one) return false;
    one->wsi = wsi;
    one->told = clock_seconds();
    pthread_mutex_lock(&f->lock);
    one->next = f->first;
    f->first = one;
    f->count++;
    pthread_mutex_unlock(&f->lock);
    return true;
}

follower *followers_find(followers *f, const struct lws *wsi)
{
    follower *one = f->first;
    while (one && one->wsi != wsi)
        one = one->next;
    return one;
}

void followers_remove(followers *f, struct lws *wsi)
{
    follower *found = NULL;
    pthread_mutex_lock(&f->lock);
    for (follower **at = &f->first; *at && !found;)
        if ((*at)->wsi == wsi) {
            found = *at;
            *at = found->next;
            f->count--;
        } else {
            at = &(*at)->next;
        }
    pthread_mutex_unlock(&f->lock);
    if (found) free_one(found);
}

/* With the lock held. */
static void put(follower *one, const char *text)
{
    if (one->texts == FOLLOWER_TEXTS) {
        free(one->text[0]);
        memmove(one->text, one->text + 1, sizeof *one->text * (size_t)--one->texts);
    }
    char *copy = text_copy(text, strlen(text));
    if (copy) one->text[one->texts++] = copy;
}

static json_t *event_data(const live_event *event)
{
    switch (event->kind) {
    case LIVE_STARTED:
        return event->text ? json_make("{s:s, s:s}", "status", "start", "text", event->text)
                           : json_make("{s:s}", "status", "start");
    case LIVE_ENDED:
    case LIVE_INTERRUPTED:
    case LIVE_FAILED:
        return json_make("{s:s}", "status", "end");
    case LIVE_STATE:
        break;
    }
    return NULL;
}

void followers_hear(followers *f, const live_event *event)
{
    json_t *data = event_data(event);
    char *json = data ? json_dumps(data, JSON_COMPACT) : NULL;
    char *text = json ? text_format("data: %s\n\n", json) : NULL;
    json_decref(data);
    free(json);
    if (!text) return;
    pthread_mutex_lock(&f->lock);
    for (follower *one = f->first; one; one = one->next)
        put(one, text);
    pthread_mutex_unlock(&f->lock);
    free(text);
}

void followers_rest(followers *f)
{
    double now = clock_seconds();
    pthread_mutex_lock(&f->lock);
    for (follower *one = f->first; one; one = one->next)
        if (one->texts == 0 && now - one->told > FOLLOWER_REST_SECONDS) put(one, ":\n\n");
    pthread_mutex_unlock(&f->lock);
}

char *followers_next(followers *f, follower *one)
{
    char *text = NULL;
    pthread_mutex_lock(&f->lock);
    if (one->texts > 0) {
        text = one->text[0];
        memmove(one->text, one->text + 1, sizeof *one->text * (size_t)--one->texts);
        one->told = clock_seconds();
    }
    pthread_mutex_unlock(&f->lock);
    return text;
}
