/* serve/listen_address.h - where a server listens, as one writes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_LISTEN_ADDRESS_H
#define SERVE_LISTEN_ADDRESS_H

#include "viseme/status.h"

#include <stdbool.h>

typedef struct listen_address {
    char host[64]; /* a number, without brackets */
    int port;      /* 0: any that is free */
    bool ipv6;
    bool dual;     /* [::]: of IPv4 too */
    bool loopback; /* only this machine comes through */
} listen_address;

/* "127.0.0.1:8080", "[::1]:8080", "localhost:0". VIS_ERR_USAGE. */
vis_status listen_address_parse(const char *text, listen_address *out, vis_error *err);

/* Whether it can be listened at now: VIS_ERR_WRITE where the port is taken, not allowed, or the
 * address not this machine's. */
vis_status listen_address_probe(const listen_address *a, vis_error *err);

/* Is the name in a Host header (with or without a port) one that only this machine has? */
bool host_is_loopback(const char *host);

#endif
