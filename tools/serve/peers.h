/* serve/peers.h - how many connections each address has, so that one cannot take those of all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_PEERS_H
#define SERVE_PEERS_H

#include "viseme/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An address: of IPv6 the first 64 bits, since whoever has one has all of them that begin so. */
typedef struct peer {
    uint8_t address[16];
    int connections; /* 0: the place is free */
} peer;

typedef struct peers {
    peer *place; /* [places]; places stay where they are */
    int places;
    int most; /* connections of one address; 0: as many as there are */
} peers;

/* For so many connections at once. VIS_ERR_MEMORY. */
vis_status peers_open(peers *p, int connections, int most, vis_error *err);
void peers_close(peers *p);

/* May that address have one more? One of another family than IPv4 and IPv6 may. */
bool peers_admit(const peers *p, const struct sockaddr *address);

/* Counts a connection in; NULL where it is not counted. Out again. */
peer *peers_enter(peers *p, const struct sockaddr *address);
void peers_leave(peer *p); /* NULL is fine */

#endif
