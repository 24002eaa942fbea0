/* serve/origins.c - origins compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/origins.h"

#include "base/status.h"
#include "serve/listen_address.h"

#include <string.h>
#include <strings.h>

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]"

/* What follows "http://" or "https://"; NULL where neither begins it. */
static const char *origin_host(const char *origin)
{
    if (strncmp(origin, "http://", 7) == 0) return origin + 7;
    return strncmp(origin, "https://", 8) == 0 ? origin + 8 : NULL;
}

vis_status origin_check(const char *text, vis_error *err)
{
    const char *host = origin_host(text);
    if (host && *host && strspn(host, HOST_CHARACTERS) == strlen(host)) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "--allow-origin %s: a site as browsers name it is wanted, such as "
                    "https://example.org or http://localhost:3000: no path, no capitals, no *",
                    text);
}

origin_kind origins_judge(const origins *o, const char *origin, const char *host)
{
    if (!origin || !*origin) return ORIGIN_NONE;
    for (int i = 0; i < o->count; i++)
        if (strcmp(origin, o->allowed[i]) == 0) return ORIGIN_ALLOWED;
    const char *named = origin_host(origin);
    return named && host && strcasecmp(named, host) == 0 ? ORIGIN_OWN : ORIGIN_FOREIGN;
}

bool origins_host_fits(const origins *o, const char *host)
{
    if (!o->loopback || !host || !*host || host_is_loopback(host)) return true;
    for (int i = 0; i < o->count; i++) {
        const char *named = origin_host(o->allowed[i]);
        if (named && strcasecmp(named, host) == 0) return true;
    }
    return false;
}
