/* serve/peers.c - a table of addresses, looked through.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/peers.h"

#include "base/status.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK_BYTES 8 /* of an IPv6 address */

vis_status peers_open(peers *p, int connections, int most, vis_error *err)
{
    *p = (peers){.places = connections, .most = most};
    p->place = calloc((size_t)connections, sizeof *p->place);
    return p->place ? VIS_OK : vis_fail_memory(err, "a table of connections");
}

void peers_close(peers *p)
{
    free(p->place);
    memset(p, 0, sizeof *p);
}

/* False where it is of another family. */
static bool read_address(const struct sockaddr *address, uint8_t out[16])
{
    memset(out, 0, 16);
    if (address->sa_family == AF_INET) {
        out[NETWORK_BYTES] = 1; /* apart from every network of IPv6 */
        memcpy(out + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        out[NETWORK_BYTES] = 1;
        memcpy(out + 12, v6->s6_addr + 12, 4);
    } else {
        memcpy(out, v6, NETWORK_BYTES);
    }
    return true;
}

/* Its place; else one that is free; NULL: there is neither. */
static peer *find(const peers *p, const uint8_t address[16])
{
    peer *unused = NULL;
    for (int i = 0; i < p->places; i++) {
        peer *each = &p->place[i];
        if (each->connections == 0) {
            if (!unused) unused = each;
        } else if (memcmp(each->address, address, sizeof each->address) == 0) {
            return each;
        }
    }
    return unused;
}

bool peers_admit(const peers *p, const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (p->most == 0 || !read_address(address, bytes)) return true;
    const peer *found = find(p, bytes);
    return !found || found->connections < p->most;
}

peer *peers_enter(peers *p, const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (!read_address(address, bytes)) return NULL;
    peer *found = find(p, bytes);
    if (!found) return NULL;
    memcpy(found->address, bytes, sizeof bytes);
    found->connections++;
    return found;
}

void peers_leave(peer *p)
{
    if (p) p->connections--;
}
