/* fuzz/chat_stream.c - what a chat server answers: cut anywhere it gives the same text as whole.
 *
 * The first byte says whether it is one object, and how it is cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "speech/chat_stream.h"
#include "speech/sentences.h"

#include <stdlib.h>
#include <string.h>

static vis_status read_in(chat_stream *s, const uint8_t *data, size_t size, size_t piece)
{
    vis_error err = {0};
    vis_status status = VIS_OK;
    for (size_t at = 0; at < size && status == VIS_OK; at += piece)
        status = chat_stream_take(s, data + at, size - at < piece ? size - at : piece, &err);
    if (status == VIS_OK) status = chat_stream_end(s, &err);
    target_check(status, &err);
    return status;
}

/* All of it can be said, piece by piece. */
static void cut_text(const buffer *text)
{
    size_t at = 0;
    while (at < text->size) {
        size_t size = sentence_length((const char *)text->data + at, at ? 500 : 120);
        if (size == 0 || size > text->size - at) abort();
        at += size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chat_stream whole, cut;
    if (size == 0) return 0;
    chat_stream_init(&whole, data[0] & 1);
    chat_stream_init(&cut, data[0] & 1);
    vis_status status = read_in(&whole, data + 1, size - 1, size);
    if (read_in(&cut, data + 1, size - 1, data[0] / 2 % 64 + 1) != status) abort();
    if (whole.text.size != cut.text.size) abort();
    if (whole.text.size && memcmp(whole.text.data, cut.text.data, cut.text.size) != 0) abort();
    if (status == VIS_OK) cut_text(&whole.text);
    chat_stream_free(&whole);
    chat_stream_free(&cut);
    return 0;
}
