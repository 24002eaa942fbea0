/* unit/rtc/test_sdp.c - offers as browsers and programs write them, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "rtc/sdp.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST                                                                                     \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:"   \
    "ee:"                                                                                          \
    "ff"
#define TRANSPORT "a=ice-ufrag:ab+/\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define PRINT "a=fingerprint:sha-256 " DIGEST "\r\na=setup:actpass\r\n"
#define AUDIO                                                                                      \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 "                   \
    "0.0.0.0\r\n" TRANSPORT PRINT "a=mid:1\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 "           \
    "opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"
#define VIDEO(formats)                                                                             \
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100\r\nc=IN IP4 0.0.0.0\r\n" TRANSPORT PRINT          \
    "a=mid:0\r\na=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"         \
    "a=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n" formats
#define BROWSER                                                                                    \
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 "       \
    "apt=96\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 "                                               \
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\na=rtpmap:99 "       \
    "H264/90000\r\na=fmtp:99 "                                                                     \
    "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\na=rtpmap:100 "      \
    "H264/90000\r\na=rtcp-fb:100 goog-remb\r\na=rtcp-fb:100 ccm fir\r\na=rtcp-fb:100 "             \
    "nack\r\na=rtcp-fb:100 nack pli\r\na=fmtp:100 "                                                \
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"

static vis_status read_text(const char *text, sdp_offer *o, vis_error *err)
{
    return sdp_read(text, strlen(text), o, err);
}

static void test_the_best_of_a_browsers_offer(void **state)
{
    sdp_offer o;
    assert_int_equal(read_text(HEAD "a=group:BUNDLE 0 1\r\n" VIDEO(BROWSER) AUDIO, &o, NULL),
                     VIS_OK);
    assert_true(o.count == 2 && o.video == 0 && o.audio == 1);
    const sdp_format *f = &o.media[0].chosen;
    assert_true(f->codec == SDP_H264 && f->payload == 100);
    assert_string_equal(f->profile, "42e01f");
    assert_true(f->nack && f->pli && f->fir && f->remb);
    assert_int_equal(o.media[0].send_time_extension, 2);
    assert_int_equal(o.media[1].chosen.payload, 111);
    assert_true(o.digest_size == 32 && o.digest[1] == 0x11 && o.digest[31] == 0xff);
}

/* Firefox says direction, fingerprint and mux at other places, and has no H.264. */
static void test_vp8_where_there_is_no_h264(void **state)
{
    sdp_offer o;
    assert_int_equal(
        read_text(HEAD
                  "a=sendrecv\r\na=fingerprint:sha-256 " DIGEST
                  "\r\na=group:BUNDLE 0 1\r\na=ice-options:trickle\r\n" AUDIO VIDEO(
                      "a=rtcp-fb:96 nack\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:98 VP9/90000\r\n"),
                  &o, NULL),
        VIS_OK);
    assert_true(o.video == 1 && o.audio == 0 && o.media[1].chosen.codec == SDP_VP8);
    assert_true(o.media[1].chosen.nack && !o.media[1].chosen.pli);
}

static void test_what_is_not_to_be_had_is_refused_in_the_answer(void **state)
{
    sdp_offer o;
    char *text;
    rtc_address at;
    assert_true(rtc_address_parse("192.0.2.7", 4000, &at));
    const sdp_side side = {.name = "name",
                           .password = "secret",
                           .fingerprint = "AA:BB",
                           .label = "label",
                           .video = 7,
                           .audio = 5,
                           .candidate = &at,
                           .candidates = 1};
    assert_int_equal(read_text(HEAD "a=group:BUNDLE 0 2\r\n" VIDEO(BROWSER) AUDIO
                               "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n",
                               &o, NULL),
                     VIS_OK);
    assert_int_equal(o.audio, -1); /* it would need a transport of its own */
    assert_int_equal(sdp_answer(&o, &side, &text, NULL), VIS_OK);
    assert_non_null(strstr(text, "a=group:BUNDLE 0\r\n"));
    assert_non_null(strstr(text, "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n"));
    assert_non_null(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    assert_non_null(strstr(text, "m=video 4000 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 192.0.2.7\r\n"));
    assert_non_null(strstr(text, "a=candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host\r\n"));
    assert_non_null(strstr(text, "a=ssrc:7 cname:label\r\n"));
    free(text);
}

static void test_what_is_no_offer(void **state)
{
    static const struct {
        const char *text;
        vis_status status;
    } all[] = {
        {"", VIS_ERR_FORMAT},
        {"v=1", VIS_ERR_FORMAT},
        {HEAD, VIS_ERR_FORMAT},
        {HEAD "a=fingerprint:sha-256 00:11\r\n", VIS_ERR_FORMAT},
        {HEAD PRINT TRANSPORT, VIS_ERR_UNSUPPORTED},
        {HEAD PRINT TRANSPORT "m=video\r\n", VIS_ERR_FORMAT},
        {HEAD PRINT TRANSPORT "m=video x UDP/TLS/RTP/SAVPF 96\r\n", VIS_ERR_FORMAT},
        {HEAD PRINT TRANSPORT "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:\r\n", VIS_ERR_FORMAT},
        {HEAD VIDEO("a=rtpmap:96 H265/90000\r\n"), VIS_ERR_UNSUPPORTED},
        {HEAD VIDEO(BROWSER "a=inactive\r\n"), VIS_ERR_UNSUPPORTED},
        {HEAD VIDEO(BROWSER "a=setup:passive\r\n"), VIS_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sdp_offer o;
        vis_error err = {0};
        assert_int_equal(read_text(all[i].text, &o, &err), all[i].status);
        assert_true(err.message[0]);
    }
}

static void test_bounds(void **state)
{
    sdp_offer o;
    char *text = calloc(1, 64 << 10);
    strcpy(text, HEAD PRINT TRANSPORT);
    for (int i = 0; i < SDP_MAX_MEDIA + 1; i++)
        strcat(text, "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n");
    assert_int_equal(read_text(text, &o, NULL), VIS_ERR_FORMAT);
    memset(text, 'a', 60000);
    memcpy(text, "v=0\n", 4);
    assert_int_equal(read_text(text, &o, NULL), VIS_ERR_FORMAT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_best_of_a_browsers_offer),
        cmocka_unit_test(test_vp8_where_there_is_no_h264),
        cmocka_unit_test(test_what_is_not_to_be_had_is_refused_in_the_answer),
        cmocka_unit_test(test_what_is_no_offer),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
