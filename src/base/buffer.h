/* base/buffer.h - a byte buffer that grows on demand but never beyond the limit it was given. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct buffer {
    uint8_t *data; /* owned; NULL while empty */
    size_t size;
    size_t capacity;
    size_t limit; /* bytes it may reach; must be named by whoever makes the buffer */
} buffer;

/* An empty buffer. Never fails. */
void buffer_init(buffer *b, size_t limit);
void buffer_free(buffer *b);

/* Appends bytes. VIS_ERR_LIMIT beyond the limit, VIS_ERR_MEMORY; the contents stay as they were. */
vis_status buffer_append(buffer *b, const void *bytes, size_t size, vis_error *err);

/* Appends formatted text without its terminator. */
vis_status buffer_print(buffer *b, vis_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
