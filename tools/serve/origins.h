/* serve/origins.h - which web sites may talk to the server through their visitors' browsers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_ORIGINS_H
#define SERVE_ORIGINS_H

#include "viseme/status.h"

#include <stdbool.h>

typedef struct origins {
    const char *const *allowed; /* "https://example.org" */
    int count;
    bool loopback; /* the server listens for this machine only */
} origins;

typedef enum origin_kind {
    ORIGIN_NONE,    /* no browser's request from a page, or a reading one of an own page */
    ORIGIN_OWN,     /* the page that the server itself serves */
    ORIGIN_ALLOWED, /* a site that was named */
    ORIGIN_FOREIGN,
} origin_kind;

/* VIS_ERR_USAGE for what no browser would send: a path behind it, no scheme, capitals. */
vis_status origin_check(const char *text, vis_error *err);

/* By the headers Origin and Host; NULL or "": none. */
origin_kind origins_judge(const origins *o, const char *origin, const char *host);

/* May the server be called that? One that listens on loopback only by loopback's names or those of
 * allowed sites, lest a site name itself so that it leads here. */
bool origins_host_fits(const origins *o, const char *host);

#endif
