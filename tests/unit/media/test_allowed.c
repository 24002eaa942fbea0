/* tests/unit/media/test_allowed.c - what may be opened and decoded of files that nobody vouches
 * for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/ffmpeg.h"
#include "media/ffmpeg_input.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const ffmpeg_kind kinds[] = {FFMPEG_PICTURES, FFMPEG_SOUND};

/* Calls `check` with each name of a list separated by commas. */
static void each_name(const char *list, ffmpeg_kind kind,
                      void (*check)(const char *name, ffmpeg_kind kind))
{
    char *copy = strdup(list), *rest = copy;
    for (char *name; (name = strsep(&rest, ","));)
        check(name, kind);
    free(copy);
}

static void check_container(const char *name, ffmpeg_kind kind)
{
    const AVInputFormat *container = av_find_input_format(name);
    if (!container) fail_msg("FFmpeg has no container '%s'", name);
    assert_false(container->flags & AVFMT_NOFILE); /* opens what it likes */
    assert_true(ffmpeg_container_allowed(kind, container));
    assert_false(ffmpeg_is_playlist(container));
}

static void containers_on_the_list_exist(void **state)
{
    for (int i = 0; i < 2; i++)
        each_name(ffmpeg_allowed_containers(kinds[i]), kinds[i], check_container);
}

static void check_decoder(const char *name, ffmpeg_kind kind)
{
    static const enum AVMediaType types[] = {AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_AUDIO};
    const AVCodec *decoder = avcodec_find_decoder_by_name(name);
    if (!decoder) fail_msg("FFmpeg has no decoder '%s'", name);
    assert_int_equal(decoder->type, types[kind]);
    assert_false(decoder->capabilities &
                 (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID | AV_CODEC_CAP_EXPERIMENTAL));
    if (ffmpeg_allowed_decoder(kind, decoder->id) != decoder)
        fail_msg("two decoders for the codec of '%s'", name);
    /* While a file is examined FFmpeg chooses the decoder itself: it must be the same. */
    assert_ptr_equal(avcodec_find_decoder(decoder->id), decoder);
}

static void each_codec_has_one_decoder(void **state)
{
    for (int i = 0; i < 2; i++)
        each_name(ffmpeg_allowed_decoders(kinds[i]), kinds[i], check_decoder);
    assert_null(ffmpeg_allowed_decoder(FFMPEG_PICTURES, AV_CODEC_ID_THEORA));
    assert_null(ffmpeg_allowed_decoder(FFMPEG_PICTURES, AV_CODEC_ID_AAC));
    assert_null(ffmpeg_allowed_decoder(FFMPEG_SOUND, AV_CODEC_ID_H264));
    assert_null(ffmpeg_allowed_decoder(FFMPEG_SOUND, AV_CODEC_ID_NONE));
}

static void lists_pictures_and_subtitles_are_no_containers(void **state)
{
    static const char *const names[] = {"hls",    "dash",     "concat",   "sdp", "rtsp", "imf",
                                        "image2", "png_pipe", "svg_pipe", "srt", "ass",  "tty",
                                        "data",   "rawvideo", "matro",    "asf", "gif"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const AVInputFormat *container = av_find_input_format(names[i]);
        if (!container) continue; /* not in this build of FFmpeg */
        assert_false(ffmpeg_container_allowed(FFMPEG_PICTURES, container));
        assert_false(ffmpeg_container_allowed(FFMPEG_SOUND, container));
    }
    const AVInputFormat *wav = av_find_input_format("wav");
    assert_false(ffmpeg_container_allowed(FFMPEG_PICTURES, wav));
    assert_true(ffmpeg_is_playlist(av_find_input_format("hls")));
}

typedef struct stream {
    enum AVMediaType type;
    enum AVCodecID codec;
    int width, height;
} stream;

/* A file whose header promises those streams, with four bytes for each. */
static const char *write_streams(const char *name, const stream *streams, int count)
{
    const char *path = test_path(name);
    AVFormatContext *out = NULL;
    assert_true(avformat_alloc_output_context2(&out, NULL, NULL, path) >= 0);
    for (int i = 0; i < count; i++) {
        AVCodecParameters *p = avformat_new_stream(out, NULL)->codecpar;
        p->codec_type = streams[i].type;
        p->codec_id = streams[i].codec;
        p->width = streams[i].width;
        p->height = streams[i].height;
        p->sample_rate = 16000;
        p->block_align = 2;
        p->bits_per_coded_sample = 16;
        av_channel_layout_default(&p->ch_layout, 1);
    }
    assert_true(avio_open(&out->pb, path, AVIO_FLAG_WRITE) >= 0);
    assert_true(avformat_write_header(out, NULL) >= 0);
    for (int i = 0; i < count; i++) {
        AVPacket *packet = av_packet_alloc();
        assert_int_equal(av_new_packet(packet, 4), 0);
        memset(packet->data, 1, 4);
        packet->stream_index = i;
        packet->pts = packet->dts = 0;
        packet->flags |= AV_PKT_FLAG_KEY;
        assert_int_equal(av_write_frame(out, packet), 0);
        av_packet_free(&packet);
    }
    assert_int_equal(av_write_trailer(out), 0);
    avio_closep(&out->pb);
    avformat_free_context(out);
    return path;
}

static void expect_refusal(const char *path, ffmpeg_kind kind, vis_status status, const char *word)
{
    vis_error err = {0};
    ffmpeg_input in;
    assert_int_equal(ffmpeg_input_open(&in, input_path(path), kind, &err), status);
    if (!strstr(err.message, word) || !strstr(err.message, path))
        fail_msg("'%s' does not say '%s' and the file", err.message, word);
    assert_null(in.file);
    assert_null(in.io);
}

static void pipes_and_folders_are_no_footage(void **state)
{
    const char *pipe = test_path("pipe.mp4");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    expect_refusal(pipe, FFMPEG_PICTURES, VIS_ERR_OPEN, "pipe");
    unlink(pipe);
    expect_refusal(test_path(""), FFMPEG_PICTURES, VIS_ERR_OPEN, "folder");
    expect_refusal(test_path(""), FFMPEG_SOUND, VIS_ERR_OPEN, "folder");
}

static void huge_pictures_are_refused_before_they_are_decoded(void **state)
{
    static const stream sides[] = {{AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_MJPEG, 20000, 16},
                                   {AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_MJPEG, 16, 60000},
                                   {AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_MJPEG, 16000, 16000}};
    for (int i = 0; i < 3; i++)
        expect_refusal(write_streams("huge.mov", &sides[i], 1), FFMPEG_PICTURES, VIS_ERR_LIMIT,
                       "limit");
}

static void what_cannot_be_decoded_is_named(void **state)
{
    static const stream divx = {AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_MSMPEG4V3, 64, 64},
                        wma = {AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_WMAV2, 0, 0};
    const char *path = write_streams("odd.avi", &divx, 1);
    expect_refusal(path, FFMPEG_PICTURES, VIS_ERR_UNSUPPORTED, "msmpeg4v3");
    expect_refusal(path, FFMPEG_PICTURES, VIS_ERR_UNSUPPORTED, "ffmpeg -i");
    expect_refusal(path, FFMPEG_SOUND, VIS_ERR_FORMAT, "holds no sound");
    path = write_streams("odd.mkv", &wma, 1);
    expect_refusal(path, FFMPEG_SOUND, VIS_ERR_UNSUPPORTED, "wmav2");
    expect_refusal(path, FFMPEG_PICTURES, VIS_ERR_FORMAT, "holds no video");
}

static void the_stream_that_can_be_decoded_is_taken(void **state)
{
    static const stream both[] = {{AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_WMAV2, 0, 0},
                                  {AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_PCM_S16LE, 0, 0}};
    vis_error err = {0};
    ffmpeg_input in;
    AVCodecContext *decoder;
    const char *path = write_streams("two.mkv", both, 2);
    if (ffmpeg_input_open(&in, input_path(path), FFMPEG_SOUND, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_int_equal(in.stream->codecpar->codec_id, AV_CODEC_ID_PCM_S16LE);
    assert_int_equal(in.file->streams[0]->discard, AVDISCARD_ALL);
    if (ffmpeg_input_decoder(&in, path, 64, &decoder, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_int_equal(decoder->thread_count, 1);
    avcodec_free_context(&decoder);
    ffmpeg_input_close(&in);
}

int main(void)
{
    ffmpeg_silence();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_on_the_list_exist),
        cmocka_unit_test(each_codec_has_one_decoder),
        cmocka_unit_test(lists_pictures_and_subtitles_are_no_containers),
        cmocka_unit_test(pipes_and_folders_are_no_footage),
        cmocka_unit_test(huge_pictures_are_refused_before_they_are_decoded),
        cmocka_unit_test(what_cannot_be_decoded_is_named),
        cmocka_unit_test(the_stream_that_can_be_decoded_is_taken),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
