/* provenance/room.h - memory that GnuTLS will want, made sure of before.
 *
 * Where memory runs out below it, GMP ends the process, and libtasn1 crashes or leaves out what a
 * certificate holds, which must not be taken for a forgery.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_ROOM_H
#define PROVENANCE_ROOM_H

#include "base/memory.h"
#include "base/status.h"

#define GNUTLS_ROOM (1u << 20) /* bytes: what one certificate or signature takes, several times */

/* VIS_ERR_MEMORY where there is no such room now. */
static inline vis_status gnutls_room(vis_error *err)
{
    void *room = aligned_malloc(GNUTLS_ROOM, 1);
    if (!room) return vis_fail_memory(err, "a certificate");
    aligned_free(room);
    return VIS_OK;
}

#endif
