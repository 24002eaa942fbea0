/* live/bytes.h - bytes with any number of holders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_BYTES_H
#define LIVE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#define LIVE_BYTES_PADDING 64 /* zeros behind them, which FFmpeg's readers ask for */

/* Written by who made it, before others hold it; only read then, by any thread. */
typedef struct live_bytes {
    int holders;
    size_t size;
    uint8_t data[];
} live_bytes;

live_bytes *live_bytes_new(size_t size); /* held once; NULL when out of memory */
live_bytes *live_bytes_keep(live_bytes *b);
void live_bytes_release(live_bytes *b); /* NULL is fine */

#endif
