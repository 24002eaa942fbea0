/* What is sent, encoded: one video across the loop that all share and the session's own encoder, sound in its place, and
 * the file of both.
 * SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"
#include "stage.h"

#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000
#define FRAMES 260 /* of the programme */

/* Who comes while nothing is said begins with the loop's first picture, a raw session with the
 * footage's second: in a cycle of eight, so many frames later she is where the loop is. */
#define LATER 7

/* At rest, something is said, at rest until what all share is shown again. */
static stage_session *perform(bool raw, int wait, const char *record)
{
    float *noise = stage_noise(RATE, 29);
    stage_session *t = stage_begin((live_session_options){.raw = raw, .record = record});
    live_session_attach(stage_of(t));
    stage_go(t, wait);
    stage_say(t, "one", noise, RATE, RATE);
    stage_go(t, FRAMES - 60 + (raw ? LATER : 0));
    free(noise);
    return t;
}

/* Where no recording can be made she talks all the same. */
static void test_a_recording_that_cannot_be_made(void **state)
{
    stage_session *t = perform(false, 5, stage_path("no/folder/of.mp4"));
    assert_non_null(stage_event(t, LIVE_ENDED, 0));
    assert_true(stage_count_of(t, LIVE_H264) > 100);
    stage_end(t);
}

static int started_at(const stage_session *t)
{
    const live_packet *p = stage_event(t, LIVE_STARTED, 0);
    assert_non_null(p);
    return (int)(p->time_us / STAGE_FRAME_US);
}

/* Each picture is decoded, whole, and looks as the same moment of a raw session does. */
static void test_one_video(void **state)
{
    stage_session *t = perform(false, 60, NULL), *raw = perform(true, 60 + LATER, NULL);
    int off = started_at(t) + LATER - started_at(raw);
    if (off != 0) { /* frames that are shared are made later than others */
        stage_end(raw);
        raw = perform(true, 60 + LATER + off, NULL);
    }
    assert_int_equal(started_at(t) + LATER, started_at(raw));
    AVCodecContext *d = decoder_open();
    AVFrame *f = av_frame_alloc();
    double worst = 99;
    int count = stage_count_of(t, LIVE_H264), keys = 0;
    assert_in_range(count, FRAMES - 3, FRAMES);
    for (int i = 0; i < count; i++) {
        const live_packet *p = stage_media(t, LIVE_H264, i),
                          *q = stage_media(raw, LIVE_I420, i + LATER);
        assert_non_null(q);
        assert_int_equal(p->time_us, (i + 1) * STAGE_FRAME_US);
        keys += p->key;
        decoder_give(d, p->bytes, p->size, f);
        double psnr = decoder_luma_psnr(f, q->bytes);
        worst = psnr < worst ? psnr : worst;
    }
    assert_true(worst > 30);
    assert_in_range(keys, 4, 8);
    live_session_figures figures;
    live_session_get(stage_of(t), &figures);
    assert_in_range(figures.painted, 30, 160); /* the rest is shared */
    assert_null(stage_of(t)->stream);
    assert_null(stage_of(t)->encoder);
    av_frame_free(&f);
    avcodec_free_context(&d);
    stage_end(t);
    stage_end(raw);
}

/* ---- The file ---- */

typedef struct track {
    int packets;
    int64_t first, end; /* microseconds */
} track;

/* Compares the packets of a track with those that were sent from `from_us` on. */
static void read_file(const char *path, const stage_session *t, int64_t from_us, track tracks[2])
{
    AVFormatContext *file = NULL;
    AVPacket *p = av_packet_alloc();
    int first = 0;
    assert_int_equal(avformat_open_input(&file, path, NULL, NULL), 0);
    assert_int_equal(avformat_find_stream_info(file, NULL), 0);
    assert_int_equal(file->nb_streams, 2);
    assert_int_equal(file->streams[0]->codecpar->codec_id, AV_CODEC_ID_H264);
    assert_int_equal(file->streams[1]->codecpar->codec_id, AV_CODEC_ID_OPUS);
    while (stage_media(t, LIVE_OPUS, first)->time_us < from_us - 6500)
        first++;
    while (av_read_frame(file, p) >= 0) {
        track *at = &tracks[p->stream_index];
        AVRational base = file->streams[p->stream_index]->time_base;
        const live_packet *sent = stage_media(t, p->stream_index ? LIVE_OPUS : LIVE_H264,
                                              at->packets + (p->stream_index ? first : 0));
        assert_non_null(sent);
        int64_t us = av_rescale_q(p->pts, base, (AVRational){1, 1000000});
        assert_true(llabs(us - (sent->time_us - from_us)) < 1000);
        if (p->stream_index == 1) {
            assert_int_equal(p->size, sent->size);
            assert_memory_equal(p->data, sent->bytes, sent->size);
        } else {
            assert_int_equal(!!(p->flags & AV_PKT_FLAG_KEY), sent->key);
        }
        if (at->packets++ == 0) at->first = us;
        at->end = us + av_rescale_q(p->duration, base, (AVRational){1, 1000000});
        av_packet_unref(p);
    }
    double seconds = (double)file->duration / AV_TIME_BASE;
    assert_true(seconds > 9.5 && seconds < 10.6);
    av_packet_free(&p);
    avformat_close_input(&file);
}

static void test_the_file_is_what_was_sent(void **state)
{
    char *path = strdup(stage_path("talk.mp4"));
    track tracks[2] = {0};
    stage_session *t = perform(false, 60, path);
    assert_null(fopen(path, "rb")); /* before it is finished there is none */
    int pictures = stage_count_of(t, LIVE_H264);
    stage_close_session(t);
    read_file(path, t, 0, tracks);
    assert_in_range(tracks[0].packets, pictures, pictures + 2);
    assert_true(llabs(tracks[0].end - tracks[1].end - 6500) < 1000);
    stage_end(t);
    free(path);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_video),
        cmocka_unit_test(test_a_recording_that_cannot_be_made),
        cmocka_unit_test(test_the_file_is_what_was_sent),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
