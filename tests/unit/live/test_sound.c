/* Sound at another rate, in pieces, in packets, and where it is heard.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "live/played_sound.h"
#include "live/session.h"
#include "live/sound_line.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 48000

static float *tone(int count, double hz, int rate)
{
    float *out = malloc((size_t)count * sizeof *out);
    assert_non_null(out);
    for (int i = 0; i < count; i++)
        out[i] = 0.5f * sinf((float)(2 * M_PI * hz * i / rate));
    return out;
}

static played_sound *in_pieces(const float *samples, int count, int rate, int piece)
{
    played_sound *s;
    assert_int_equal(played_sound_create(rate, &s, NULL), VIS_OK);
    for (int done = 0; done < count; done += piece) {
        int n = count - done < piece ? count - done : piece;
        assert_int_equal(played_sound_push(s, samples + done, n, NULL), VIS_OK);
    }
    assert_int_equal(played_sound_end(s, NULL), VIS_OK);
    return s;
}

static void test_pieces_give_the_whole(void **state)
{
    static const int rates[] = {8000, 16000, 22050, 24000, 44100, 48000, 96000};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        int count = rates[r] + 17;
        float *samples = tone(count, 440, rates[r]), a[4800], b[4800];
        played_sound *whole = in_pieces(samples, count, rates[r], count);
        played_sound *pieces = in_pieces(samples, count, rates[r], 331);
        int64_t all = played_sound_count(whole);
        assert_int_equal(all, played_sound_count(pieces));
        assert_true(llabs(all - (int64_t)count * SECOND / rates[r]) <= 2);
        for (int64_t at = 0; at < all; at += 4800) {
            played_sound_read(whole, at, 4800, a);
            played_sound_read(pieces, at, 4800, b);
            assert_memory_equal(a, b, sizeof a);
            for (int i = 0; at < all / 2 && i < 4800; i++) /* and it is where it was */
                assert_true(at + i < 200 ||
                            fabs(a[i] - 0.5 * sin(2 * M_PI * 440 * (double)(at + i) / SECOND)) <
                                1e-2);
        }
        played_sound_free(whole);
        played_sound_free(pieces);
        free(samples);
    }
}

/* ---- Packets ---- */

typedef struct heard {
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    float *samples; /* by their place on the session's clock, from sample 0 on */
    int64_t next_us;
    int packets;
    const uint8_t *last;
} heard;

static void hear(void *user, const live_packet *p)
{
    heard *h = user;
    assert_non_null(p);
    assert_int_equal(p->time_us, h->next_us);
    assert_int_equal(p->duration_us, 20000);
    h->next_us += 20000;
    h->packets++;
    h->last = p->bytes;
    h->packet->data = (uint8_t *)p->bytes;
    h->packet->size = (int)p->size;
    assert_int_equal(avcodec_send_packet(h->decoder, h->packet), 0);
    assert_int_equal(avcodec_receive_frame(h->decoder, h->frame), 0);
    int64_t at = llround((double)p->time_us * SECOND / 1e6);
    for (int i = 0; i < h->frame->nb_samples; i++)
        if (at + i >= 0) h->samples[at + i] = ((const float *)h->frame->data[0])[i];
    live_packet_release(p);
}

static void open_heard(heard *h)
{
    *h = (heard){.samples = calloc(20 * SECOND, sizeof *h->samples), .next_us = -6500};
    const AVCodec *codec = avcodec_find_decoder_by_name("libopus");
    if (!codec) codec = avcodec_find_decoder(AV_CODEC_ID_OPUS);
    h->decoder = avcodec_alloc_context3(codec);
    h->decoder->sample_rate = SECOND;
    h->decoder->request_sample_fmt = AV_SAMPLE_FMT_FLT;
    av_channel_layout_default(&h->decoder->ch_layout, 1);
    assert_int_equal(avcodec_open2(h->decoder, codec, NULL), 0);
    h->packet = av_packet_alloc();
    h->frame = av_frame_alloc();
}

static void close_heard(heard *h)
{
    avcodec_free_context(&h->decoder);
    av_packet_free(&h->packet);
    av_frame_free(&h->frame);
    free(h->samples);
}

static int first_loud(const float *samples, int from, int end, float level)
{
    for (int i = from; i < end; i++)
        if (fabsf(samples[i]) > level) return i;
    return -1;
}

/* Blocks of 40 or 50 ms: what is heard begins where it was put, to a millisecond. */
static void heard_in_place(int block)
{
    enum { BEGIN = 2 * SECOND + 777, LENGTH = SECOND / 2 };
    live_bytes *silence;
    sound_line line;
    heard h;
    open_heard(&h);
    float *loud = tone(LENGTH, 1000, SECOND), *all = calloc(8 * SECOND, sizeof *all);
    memcpy(all + BEGIN, loud, LENGTH * sizeof *all);
    assert_int_equal(sound_line_silence(&silence, NULL), VIS_OK);
    assert_int_equal(sound_line_open(&line, silence, NULL), VIS_OK);
    for (int at = 0; at + block <= 8 * SECOND; at += block)
        assert_int_equal(sound_line_add(&line, all + at, block, hear, &h, NULL), VIS_OK);
    int begin = first_loud(h.samples, 0, 8 * SECOND, 0.1f);
    assert_in_range(begin, BEGIN - 48, BEGIN + 48);
    double error = 0, power = 0; /* and is what was put there, not a copy of it that is shifted */
    for (int i = BEGIN + 2000; i < BEGIN + LENGTH - 2000; i++) {
        error += pow(h.samples[i] - all[i], 2);
        power += pow(all[i], 2);
    }
    assert_true(error < power / 100);
    assert_true(first_loud(h.samples, BEGIN + LENGTH + SECOND / 10, 8 * SECOND, 0.01f) < 0);
    assert_true(line.encoded < h.packets / 2); /* silence is everybody's */
    assert_ptr_equal(h.last, silence->data);
    sound_line_close(&line);
    live_bytes_release(silence);
    close_heard(&h);
    free(loud);
    free(all);
}

static void test_heard_in_place(void **state)
{
    heard_in_place(1920);
    heard_in_place(2400);
}

static void test_time_goes_on_where_nobody_hears(void **state)
{
    live_bytes *silence;
    sound_line line;
    heard h;
    open_heard(&h);
    assert_int_equal(sound_line_silence(&silence, NULL), VIS_OK);
    assert_int_equal(sound_line_open(&line, silence, NULL), VIS_OK);
    for (int i = 0; i < 25; i++)
        assert_int_equal(sound_line_add(&line, NULL, 2400, NULL, NULL, NULL), VIS_OK);
    h.next_us = 62 * 20000 - 6500;
    assert_int_equal(sound_line_add(&line, NULL, 2400, hear, &h, NULL), VIS_OK);
    assert_int_equal(h.packets, 3); /* the second half of one that began before, and two */
    sound_line_close(&line);
    live_bytes_release(silence);
    close_heard(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_give_the_whole),
        cmocka_unit_test(test_heard_in_place),
        cmocka_unit_test(test_time_goes_on_where_nobody_hears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
