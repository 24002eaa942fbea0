/* media/ffmpeg_allowed.c - which containers are opened and which decoders may run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/ffmpeg_allowed.h"

#include <libavutil/avstring.h>
#include <string.h>

#define NAME_MAX_LENGTH 32

static const char *const containers[] = {
    [FFMPEG_PICTURES] = "mov,matroska,avi,mpegts,mxf",
    [FFMPEG_SOUND] = "wav,w64,aiff,caf,au,flac,mp3,ogg,aac,amr,mov,matroska,avi,mpegts,mxf",
};

/* One for each codec, and software only. Phones, cameras and the web first, then editors, then
 * what loses nothing. */
static const char *const decoders[] = {
    [FFMPEG_PICTURES] = "h264,hevc,vp8,vp9,libdav1d,mpeg4,mpeg2video,mjpeg,"
                        "prores,dnxhd,"
                        "ffv1,huffyuv,utvideo,png,rawvideo,v210",
    [FFMPEG_SOUND] = "aac,mp3float,opus,vorbis,ac3,mp2,amrnb,amrwb,"
                     "flac,alac,adpcm_ima_wav,adpcm_ms,pcm_alaw,pcm_mulaw,"
                     "pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_u8,"
                     "pcm_s16be,pcm_s24be,pcm_s32be,pcm_f32be,pcm_f64be,pcm_s8",
};

static const char playlists[] = "concat,concatf,hls,dash,webm_dash_manifest,imf,sdp,rtsp,sap,rtp";

const char *ffmpeg_allowed_containers(ffmpeg_kind kind)
{
    return containers[kind];
}

const char *ffmpeg_allowed_decoders(ffmpeg_kind kind)
{
    return decoders[kind];
}

bool ffmpeg_container_allowed(ffmpeg_kind kind, const AVInputFormat *container)
{
    return av_match_list(container->name, containers[kind], ',') > 0;
}

bool ffmpeg_is_playlist(const AVInputFormat *container)
{
    return av_match_list(container->name, playlists, ',') > 0;
}

const AVCodec *ffmpeg_allowed_decoder(ffmpeg_kind kind, enum AVCodecID codec)
{
    for (const char *at = decoders[kind]; *at;) {
        char name[NAME_MAX_LENGTH] = "";
        size_t length = strcspn(at, ",");
        if (length < sizeof name) memcpy(name, at, length);
        const AVCodec *found = avcodec_find_decoder_by_name(name);
        if (found && found->id == codec) return found;
        at += length + (at[length] == ',');
    }
    return NULL;
}
