/* fuzz/wav_stream.c - a WAV as a speech server sends it: cut anywhere it gives the same samples as whole.
 *
 * The first byte says how it is cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "speech/wav_stream.h"

#include <stdlib.h>
#include <string.h>

/* A digest of what is heard: it does not depend on the pieces in which it comes. */
typedef struct heard {
    uint64_t digest;
    int64_t count;
} heard;

static bool listen(void *user, const float *samples, int64_t count, int rate)
{
    heard *h = user;
    if (count <= 0 || rate < PCM_MIN_RATE || rate > PCM_MAX_RATE) abort();
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        if (!(samples[i] >= -1 && samples[i] <= 1)) abort();
        memcpy(&bits, samples + i, sizeof bits);
        h->digest = (h->digest ^ bits) * 0x100000001b3u;
    }
    h->count += count;
    return true;
}

static vis_status read_in(const uint8_t *data, size_t size, size_t piece, heard *h)
{
    wav_stream w = {0};
    speech_sink sink = {h, listen, NULL};
    vis_error err = {0};
    vis_status status = VIS_OK;
    for (size_t at = 0; at < size && status == VIS_OK; at += piece)
        status = wav_stream_take(&w, data + at, size - at < piece ? size - at : piece, &sink, &err);
    if (status == VIS_OK) status = wav_stream_end(&w, &err);
    target_check(status, &err);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heard whole = {0}, cut = {0};
    if (size == 0) return 0;
    vis_status status = read_in(data + 1, size - 1, size, &whole);
    if (read_in(data + 1, size - 1, data[0] % 64 + 1, &cut) != status) abort();
    if (whole.count != cut.count || whole.digest != cut.digest) abort();
    return 0;
}
