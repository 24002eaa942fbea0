/* base/buffer.c - the bounded byte buffer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(buffer *b, size_t limit)
{
    *b = (buffer){.limit = limit};
}

void buffer_free(buffer *b)
{
    free(b->data);
    *b = (buffer){.limit = b->limit};
}

/* Room for `size` bytes in all; doubles, so that appending stays linear. */
static vis_status reserve(buffer *b, size_t size, vis_error *err)
{
    if (size <= b->capacity) return VIS_OK;
    if (size > b->limit)
        return vis_fail(err, VIS_ERR_LIMIT, "%zu bytes are more than the limit of %zu", size,
                        b->limit);
    size_t capacity = b->capacity < 256 ? 256 : b->capacity;
    while (capacity < size)
        capacity = capacity > SIZE_MAX / 2 ? size : capacity * 2;
    if (capacity > b->limit) capacity = b->limit;
    uint8_t *data = realloc(b->data, capacity);
    if (!data) return vis_fail_memory(err, "a buffer");
    b->data = data;
    b->capacity = capacity;
    return VIS_OK;
}

vis_status buffer_append(buffer *b, const void *bytes, size_t size, vis_error *err)
{
    size_t total;
    if (!size_add(b->size, size, &total))
        return vis_fail(err, VIS_ERR_LIMIT, "a buffer cannot grow by %zu bytes", size);
    VIS_TRY(reserve(b, total, err));
    if (size) memcpy(b->data + b->size, bytes, size);
    b->size = total;
    return VIS_OK;
}

vis_status buffer_print(buffer *b, vis_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) return vis_fail_memory(err, "text");
    vis_status status = buffer_append(b, text, (size_t)length, err);
    free(text);
    return status;
}
