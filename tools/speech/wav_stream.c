/* speech/wav_stream.c - a row of chunks, one of them the format, a later one the samples.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/wav_stream.h"

#include <string.h>

#define WAVE_INTEGERS 1
#define WAVE_NUMBERS 3
#define WAVE_EXTENSIBLE 0xfffe
#define SHORTEST_FORMAT 16 /* bytes */
#define SUBFORMAT_AT 24

static uint32_t word_at(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int short_at(const uint8_t *b)
{
    return b[0] | b[1] << 8;
}

bool wav_begins(const uint8_t bytes[WAV_BEGINNING])
{
    return memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WAVE", 4) == 0;
}

/* Sizes that mean "up to the end": none, and those just below 2 and 4 GiB. */
static bool is_placeholder(uint32_t size)
{
    return size == 0 || size > 0xfffff000 || (size > 0x7ffff000 - 0x1000 && size <= 0x80000000);
}

static vis_status read_head(wav_stream *w, vis_error *err)
{
    if (!wav_begins(w->gathered)) return vis_fail(err, VIS_ERR_FORMAT, "it is no WAV");
    w->place = WAV_CHUNK;
    return VIS_OK;
}

static vis_status begin_format(wav_stream *w, uint32_t size, vis_error *err)
{
    if (size < SHORTEST_FORMAT || w->pcm.format.rate > 0)
        return vis_fail(err, VIS_ERR_FORMAT, "the WAV's format is damaged");
    w->place = WAV_FMT;
    return VIS_OK;
}

static vis_status begin_samples(wav_stream *w, uint32_t size, vis_error *err)
{
    if (w->pcm.format.rate == 0)
        return vis_fail(err, VIS_ERR_FORMAT, "the WAV has samples before their format");
    w->place = WAV_DATA;
    w->endless = is_placeholder(size);
    w->left = size; /* without its padding: nothing behind it is read */
    w->heard = true;
    return VIS_OK;
}

static vis_status read_chunk(wav_stream *w, vis_error *err)
{
    uint32_t size = word_at(w->gathered + 4);
    w->left = (uint64_t)size + (size & 1);
    if (memcmp(w->gathered, "fmt ", 4) == 0) return begin_format(w, size, err);
    if (memcmp(w->gathered, "data", 4) == 0) return begin_samples(w, size, err);
    w->place = WAV_SKIP;
    return VIS_OK;
}

static vis_status read_format(wav_stream *w, vis_error *err)
{
    const uint8_t *f = w->gathered;
    int kind = short_at(f);
    if (kind == WAVE_EXTENSIBLE && w->gathered_size == WAV_FORMAT)
        kind = short_at(f + SUBFORMAT_AT);
    uint32_t rate = word_at(f + 4);
    pcm_format format = {rate <= PCM_MAX_RATE ? (int)rate : 0, short_at(f + 2), short_at(f + 14)};
    bool right_kind = kind == (format.bits == 32 ? WAVE_NUMBERS : WAVE_INTEGERS);
    if (!right_kind || !pcm_format_known(&format))
        return vis_fail(
            err, VIS_ERR_UNSUPPORTED,
            "the WAV has %d channels of %d bits at %u Hz (format %d); 1 or 2 of 16 or 24 "
            "bits, or of 32-bit floating-point numbers, are read",
            format.channels, format.bits, rate, kind);
    w->pcm.format = format;
    w->place = WAV_SKIP;
    return VIS_OK;
}

/* Bytes that must be there before what is at this place can be read. */
static size_t needed(const wav_stream *w)
{
    switch (w->place) {
    case WAV_HEAD:
        return WAV_BEGINNING;
    case WAV_CHUNK:
        return 8;
    default:
        return w->gathered_size + w->left < WAV_FORMAT ? w->gathered_size + (size_t)w->left
                                                       : WAV_FORMAT;
    }
}

/* Gathers what is read whole, and reads it when it is. */
static vis_status gather(wav_stream *w, const uint8_t *bytes, size_t size, size_t *used,
                         vis_error *err)
{
    size_t wanted = needed(w);
    *used = size < wanted - w->gathered_size ? size : wanted - w->gathered_size;
    memcpy(w->gathered + w->gathered_size, bytes, *used);
    w->gathered_size += *used;
    if (w->place == WAV_FMT) w->left -= *used;
    if (w->gathered_size < wanted) return VIS_OK;
    vis_status status = w->place == WAV_HEAD    ? read_head(w, err)
                        : w->place == WAV_CHUNK ? read_chunk(w, err)
                                                : read_format(w, err);
    w->gathered_size = 0;
    return status;
}

/* Passes over a chunk, or what is behind the samples. */
static void skip(wav_stream *w, size_t size, size_t *used)
{
    *used = size < w->left ? size : (size_t)w->left;
    w->left -= *used;
    if (w->left == 0) w->place = WAV_CHUNK;
}

static vis_status take_samples(wav_stream *w, const uint8_t *bytes, size_t size, size_t *used,
                               const speech_sink *sink, vis_error *err)
{
    *used = w->endless || size < w->left ? size : (size_t)w->left;
    if (!pcm_stream_take(&w->pcm, bytes, *used, sink))
        return vis_fail(err, VIS_ERR_CANCELLED, "stopped while speaking");
    if (!w->endless) w->left -= *used;
    return VIS_OK;
}

vis_status wav_stream_take(wav_stream *w, const uint8_t *bytes, size_t size,
                           const speech_sink *sink, vis_error *err)
{
    while (size > 0) {
        size_t used = 0;
        if (w->place == WAV_DATA) {
            if (!w->endless && w->left == 0) return VIS_OK; /* behind the samples */
            VIS_TRY(take_samples(w, bytes, size, &used, sink, err));
        } else if (w->place == WAV_SKIP) {
            skip(w, size, &used);
        } else {
            VIS_TRY(gather(w, bytes, size, &used, err));
        }
        bytes += used;
        size -= used;
    }
    return VIS_OK;
}

vis_status wav_stream_end(const wav_stream *w, vis_error *err)
{
    if (!w->heard) return vis_fail(err, VIS_ERR_FORMAT, "it breaks off in the head of a WAV");
    if (!w->endless && w->left > 0)
        return vis_fail(err, VIS_ERR_FORMAT, "it breaks off: %llu bytes of the WAV are missing",
                        (unsigned long long)w->left);
    if (w->pcm.rest_size > 0) return vis_fail(err, VIS_ERR_FORMAT, "it breaks off within a sample");
    return VIS_OK;
}
