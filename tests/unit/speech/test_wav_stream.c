/* A WAV gives the same samples however it is cut, and says where it is not whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/buffer.h"
#include "speech/wav_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 300
#define STREAMED 0xffffffffu

typedef struct heard {
    float samples[4 * FRAMES];
    int count, rate, stop_after;
} heard;

static bool listen(void *user, const float *samples, int64_t count, int rate)
{
    heard *h = user;
    assert_true(h->count + count <= 4 * FRAMES);
    memcpy(h->samples + h->count, samples, (size_t)count * sizeof *samples);
    h->count += (int)count;
    h->rate = rate;
    return h->stop_after == 0 || h->count < h->stop_after;
}

static void put(buffer *b, const char *text)
{
    assert_int_equal(buffer_append(b, text, strlen(text), NULL), VIS_OK);
}

static void put_number(buffer *b, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        assert_int_equal(buffer_append(b, &byte, 1, NULL), VIS_OK);
    }
}

static void put_chunk(buffer *b, const char *name, const char *text)
{
    put(b, name);
    put_number(b, (uint32_t)strlen(text), 4);
    put(b, text);
    put_number(b, 0, strlen(text) % 2);
}

typedef struct recipe {
    int kind, channels, bits;
    bool extensible, extra; /* extra: other chunks before and behind the samples */
    uint32_t claimed;       /* size of the samples; 0 is what there is */
    int cut;                /* bytes that are missing */
} recipe;

/* Sample `i` as an integer of 16 bits. */
static int value(int i)
{
    return (i * 7919) % 65536 - 32768;
}

static void put_format(buffer *b, const recipe *r)
{
    put(b, "fmt ");
    put_number(b, r->extensible ? 40 : 16, 4);
    put_number(b, r->extensible ? 0xfffe : (uint32_t)r->kind, 2);
    put_number(b, (uint32_t)r->channels, 2);
    put_number(b, 22050, 4);
    put_number(b, (uint32_t)(22050 * r->channels * r->bits / 8), 4);
    put_number(b, (uint32_t)(r->channels * r->bits / 8), 2);
    put_number(b, (uint32_t)r->bits, 2);
    if (!r->extensible) return;
    put_number(b, 22, 2);
    put_number(b, (uint32_t)r->bits, 2);
    put_number(b, 0, 4);
    put_number(b, (uint32_t)r->kind, 4);
    for (int i = 0; i < 3; i++)
        put_number(b, 0, 4);
}

static void put_sample(buffer *b, const recipe *r, int v)
{
    float real = (float)v / 32768;
    uint32_t word;
    memcpy(&word, &real, 4);
    if (r->bits == 16) put_number(b, (uint32_t)v, 2);
    if (r->bits == 24) put_number(b, (uint32_t)v << 8, 3);
    if (r->bits == 32) put_number(b, word, 4);
}

static buffer made(const recipe *r)
{
    buffer b;
    buffer_init(&b, 1 << 20);
    put(&b, "RIFF");
    put_number(&b, STREAMED, 4);
    put(&b, "WAVE");
    if (r->extra) put_chunk(&b, "LIST", "abc");
    put_format(&b, r);
    if (r->extra) put_chunk(&b, "fact", "1234");
    put(&b, "data");
    uint32_t size = (uint32_t)(FRAMES * r->channels * r->bits / 8);
    put_number(&b, r->claimed ? r->claimed : size, 4);
    for (int i = 0; i < FRAMES * r->channels; i++)
        put_sample(&b, r, value(i / r->channels) / (i % r->channels + 1));
    if (r->extra && !r->claimed) put_chunk(&b, "LIST", "abcd");
    b.size -= (size_t)r->cut;
    return b;
}

/* Read in pieces of `piece` bytes (0: of many sizes). */
static vis_status read_in(const buffer *b, size_t piece, heard *h, vis_error *err)
{
    wav_stream w = {0};
    speech_sink sink = {h, listen, NULL};
    for (size_t at = 0, step = 1; at < b->size;) {
        size_t size = piece ? piece : step++ % 13 + 1;
        if (size > b->size - at) size = b->size - at;
        uint8_t *own = malloc(size); /* so that reading beyond it shows */
        memcpy(own, b->data + at, size);
        vis_status status = wav_stream_take(&w, own, size, &sink, err);
        free(own);
        if (status != VIS_OK) return status;
        at += size;
    }
    return wav_stream_end(&w, err);
}

static void expect_whole(const recipe *r)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 64, 0, 1 << 20};
    buffer b = made(r);
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        heard h = {0};
        vis_error err = {0};
        if (read_in(&b, pieces[p], &h, &err) != VIS_OK) fail_msg("%s", err.message);
        assert_int_equal(h.count, FRAMES);
        assert_int_equal(h.rate, 22050);
        for (int i = 0; i < FRAMES; i++) {
            float first = (float)value(i) / 32768, second = (float)(value(i) / 2) / 32768;
            float mean = r->channels == 1 ? first : (first + second) / 2;
            assert_true(h.samples[i] == mean);
        }
    }
    buffer_free(&b);
}

static void test_kinds(void **state)
{
    for (int channels = 1; channels <= 2; channels++)
        for (int bits = 16; bits <= 32; bits += 8)
            for (int how = 0; how < 4; how++) {
                recipe r = {bits == 32 ? 3 : 1, channels, bits, how & 1, how & 2, 0, 0};
                expect_whole(&r);
            }
}

static void test_streamed(void **state)
{
    static const uint32_t sizes[] = {STREAMED, 0xffffffdb, 0x7fffffff, 0x80000000, 0x7ffff000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        expect_whole(&(recipe){1, 1, 16, false, false, sizes[i], 0});
}

static void expect_refused(const recipe *r, vis_status status, const char *words)
{
    buffer b = made(r);
    for (size_t piece = 0; piece < 3; piece++) {
        heard h = {0};
        vis_error err = {0};
        assert_int_equal(read_in(&b, piece, &h, &err), status);
        if (!strstr(err.message, words)) fail_msg("%s", err.message);
    }
    buffer_free(&b);
}

static void test_refused(void **state)
{
    expect_refused(&(recipe){1, 1, 16, .cut = 11}, VIS_ERR_FORMAT,
                   "11 bytes of the WAV are missing");
    expect_refused(&(recipe){1, 1, 16, .claimed = STREAMED, .cut = 1}, VIS_ERR_FORMAT,
                   "within a sample");
    expect_refused(&(recipe){1, 1, 16, .cut = 2 * FRAMES + 3}, VIS_ERR_FORMAT, "in the head");
    expect_refused(&(recipe){1, 1, 8}, VIS_ERR_UNSUPPORTED, "1 channels of 8 bits at 22050 Hz");
    expect_refused(&(recipe){1, 1, 32}, VIS_ERR_UNSUPPORTED, "format 1");
    expect_refused(&(recipe){3, 2, 16}, VIS_ERR_UNSUPPORTED, "format 3");
    expect_refused(&(recipe){1, 3, 16, .extensible = true}, VIS_ERR_UNSUPPORTED, "3 channels");
}

static void expect_bytes_refused(const void *bytes, size_t size, const char *words)
{
    buffer b = {(uint8_t *)bytes, size, size, size};
    heard h = {0};
    vis_error err = {0};
    assert_int_equal(read_in(&b, 1, &h, &err), VIS_ERR_FORMAT);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
}

static void test_other_bytes(void **state)
{
    expect_bytes_refused("", 0, "in the head");
    expect_bytes_refused("RIFF....AVI LIST", 16, "no WAV");
    expect_bytes_refused("RIFF....WAVEdata\x04\0\0\0abcd", 24, "before their format");
    expect_bytes_refused("RIFF....WAVEfmt \x04\0\0\0abcd", 24, "format is damaged");
}

/* What is no number is silence; nothing is louder than can be. */
static void test_numbers(void **state)
{
    static const float given[] = {NAN, INFINITY, -INFINITY, 2, 0.5f};
    static const float wanted[] = {0, 1, -1, 1, 0.5f};
    pcm_stream s = {.format = {8000, 1, 32}};
    heard h = {0};
    speech_sink sink = {&h, listen, NULL};
    assert_true(pcm_stream_take(&s, (const uint8_t *)given, sizeof given, &sink));
    assert_int_equal(h.count, 5);
    assert_memory_equal(h.samples, wanted, sizeof wanted);
}

static void test_no_more_wanted(void **state)
{
    buffer b = made(&(recipe){1, 1, 16});
    heard h = {.stop_after = 10};
    vis_error err = {0};
    assert_int_equal(read_in(&b, 50, &h, &err), VIS_ERR_CANCELLED);
    assert_true(h.count >= 10 && h.count < 40);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_streamed),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_other_bytes),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_no_more_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
