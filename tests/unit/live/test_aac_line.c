/* Opus becomes AAC in its time, also where packets are lacking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "live/aac_line.h"
#include "live/packet_make.h"
#include "live/session.h"
#include "live/sound_encoder.h"

#include <libavcodec/avcodec.h>

#define ORIGIN_US 5000000
#define AAC_SAMPLES 1024

/* What came out: times in samples from the origin. */
typedef struct heard {
    const AVStream *stream;
    int64_t first, last, longest; /* longest: step from one packet to the next */
    int count;
} heard;

static vis_status hear(void *user, AVPacket *p, vis_error *err)
{
    heard *h = user;
    int64_t at = av_rescale_q(p->pts, h->stream->time_base, (AVRational){1, LIVE_SOUND_RATE});
    assert_int_equal(p->stream_index, h->stream->index);
    assert_true(p->size > 0);
    if (h->count == 0) h->first = at;
    assert_true(h->count == 0 || at > h->last);
    if (h->count && at - h->last > h->longest) h->longest = at - h->last;
    h->last = at;
    h->count++;
    return VIS_OK;
}

/* `count` packets of silence from `time_us` on. */
static void add(aac_line *l, sound_encoder *from, int64_t time_us, int count, heard *h)
{
    static const float silence[SOUND_PACKET_SAMPLES];
    for (int i = 0; i < count; i++) {
        live_bytes *bytes;
        assert_int_equal(sound_encoder_packet(from, silence, &bytes, NULL), VIS_OK);
        const live_packet *p = live_packet_media(LIVE_OPUS, true, time_us + i * SOUND_PACKET_US,
                                                 SOUND_PACKET_US, bytes);
        assert_non_null(p);
        assert_int_equal(aac_line_add(l, p, ORIGIN_US, hear, h, NULL), VIS_OK);
        live_packet_release(p);
    }
}

static void test_times(void **state)
{
    AVFormatContext *file;
    AVStream *stream;
    aac_line *line;
    sound_encoder *opus;
    assert_true(avformat_alloc_output_context2(&file, NULL, "mpegts", NULL) >= 0);
    assert_int_equal(aac_line_open(file, &stream, &line, NULL), VIS_OK);
    assert_int_equal(sound_encoder_open(&opus, NULL), VIS_OK);
    heard h = {.stream = stream};
    add(line, opus, ORIGIN_US + 40000, 50, &h);
    assert_in_range(h.first + AAC_SAMPLES, LIVE_SOUND_RATE / 25,
                    LIVE_SOUND_RATE / 25 + AAC_SAMPLES);
    assert_true(h.longest <= AAC_SAMPLES + 1);
    assert_true(h.count > 40);
    int64_t before = h.last;
    add(line, opus, ORIGIN_US + 3040000, 50, &h); /* two seconds are lacking */
    assert_true(h.last - before > 2 * LIVE_SOUND_RATE + LIVE_SOUND_RATE * 9 / 10);
    assert_true(h.last <= 4 * LIVE_SOUND_RATE + LIVE_SOUND_RATE / 25);
    sound_encoder_close(opus);
    aac_line_close(line);
    avformat_free_context(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
