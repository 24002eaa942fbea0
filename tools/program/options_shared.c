/* program/options_shared.c - the options that several commands share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/options.h"

#include <string.h>

#define RESIZES "linear cubic area" /* in the order of vis_interpolation */

option opt_model(const char **into)
{
    return (option){"--model", OPTION_TEXT, into, "FILE",
                    "checkpoint: .pth, .onnx, or a folder of N.pth (the highest N)"};
}

option opt_checkpoint(int *into)
{
    return (option){"--checkpoint", OPTION_INT, into, "N", "which N.pth of a folder"};
}

option opt_character(const char **into)
{
    return (option){"--character", OPTION_TEXT, into, "DIR",
                    "dataset folder (full_body_img, landmarks),\n"
                    "package folder (full_body_video.mp4) or\n"
                    "LiveTalking's avatar (full_imgs, coords.pkl)"};
}

option opt_audio(const char **into)
{
    return (option){"--audio", OPTION_TEXT, into, "FILE",
                    "speech: any usual sound or video file, or a pipe;\none or two channels are "
                    "averaged, more are\nmixed as FFmpeg does"};
}

option opt_audio_encoder(const char **into)
{
    return (option){"--audio-encoder", OPTION_TEXT, into, "FILE",
                    "AVE encoder that turns speech into features"};
}

option opt_features(const char **into)
{
    return (option){"--features", OPTION_TEXT, into, "FILE",
                    "features to use instead: aud_ave.npy (.bin), aud_hu.npy, aud_wenet.npy"};
}

option opt_audio_mode(const char **into)
{
    return (option){"--audio-mode",
                    OPTION_TEXT,
                    into,
                    "MODE",
                    "ave, hubert or wenet, where the checkpoint cannot tell",
                    "ave hubert wenet"};
}

option opt_parsing(bool *into)
{
    return (option){"--parsing", OPTION_FLAG, into, NULL,
                    "keep the pixels that parsing/N.png masks"};
}

option opt_crop_resize(vis_interpolation *into)
{
    return (option){"--crop-resize",
                    OPTION_RESIZE,
                    into,
                    "HOW",
                    "square to crop: linear, cubic or area (328: cubic, 160: linear)",
                    RESIZES};
}

option opt_paste_resize(vis_interpolation *into)
{
    return (option){"--paste-resize",
                    OPTION_RESIZE,
                    into,
                    "HOW",
                    "crop to square: linear, cubic or area (328: cubic, 160: linear)",
                    RESIZES};
}

option opt_composite(vis_composite *into, vis_composite standard)
{
    return (option){
        "--composite",
        OPTION_COMPOSITE,
        into,
        "HOW",
        standard == VIS_SEAMLESS
            ? "seamless (default): the painting fades in along the jaw, all else stays\n"
              "filmed; exact: the whole square is replaced, as the Python pipeline does"
            : "exact (default): the whole square is replaced, as the Python pipeline\n"
              "does; seamless: the painting fades in along the jaw, as in render",
        "seamless exact"};
}

option opt_precision(vis_precision *into)
{
    return (option){"--precision",
                    OPTION_PRECISION,
                    into,
                    "HOW",
                    "float32 (default), or fast: 16 bits, hardly visible (AVX2, NEON)",
                    "float32 fast"};
}

option opt_resample_footage(bool *into)
{
    return (option){"--resample-footage", OPTION_FLAG, into, NULL,
                    "accept footage of another frame rate, nearest frame in time"};
}

option opt_cache_mb(int *into)
{
    return (option){
        "--cache-mb", OPTION_INT, into, "MB",
        "memory for footage that comes back within the clip: decoded frames, a quarter,\n"
        "and what the network keeps of them (default 2048, or a quarter of what is free\n"
        "if that is less; 0: none). None is taken for what does not come back"};
}

void options_common(const command_help *help, common_options *into, option out[COMMON_OPTIONS],
                    int *count)
{
    const option all[COMMON_OPTIONS] = {
        {"--threads", OPTION_INT, &into->threads, "N",
         "threads (default: one for each core this process may use)"},
        {"--max-memory", OPTION_INT, &into->max_memory, "MB",
         "take no more than this (default: what the machine has)"},
        {"--json", OPTION_FLAG, &into->json, NULL, "the result as JSON on standard output"},
        {"--quiet", OPTION_FLAG, &into->quiet, NULL, "no progress, no warnings, no summary"},
        {"--help", OPTION_HELP, NULL, NULL, "this text"},
    };
    const option *first = help->plain ? &all[COMMON_OPTIONS - 1] : all;
    *count = (int)(all + COMMON_OPTIONS - first);
    memcpy(out, first, sizeof *out * (size_t)*count);
}

const char *option_short(const option *o)
{
    if (strcmp(o->name, "--output") == 0) return "-o";
    return strcmp(o->name, "--help") == 0 ? "-h" : NULL;
}

bool option_is_named(const option *o)
{
    return o->name[0] == '-';
}

option opt_no_sign(bool *into)
{
    return (option){"--no-sign", OPTION_FLAG, into, NULL,
                    "no signed manifest (C2PA), which else says that the video is machine-made\n"
                    "and shows any change to it; the tags say so in any case"};
}

option opt_sign_key(const char **into)
{
    return (option){"--sign-key", OPTION_TEXT, into, "FILE",
                    "your own key to sign with, PEM, not encrypted (default: one that is made\n"
                    "for each video and kept nowhere)"};
}

option opt_sign_certificate(const char **into)
{
    return (option){"--sign-certificate", OPTION_TEXT, into, "FILE",
                    "its chain of certificates, PEM, its own first (see docs/provenance.md)"};
}

option opt_label(const char **into)
{
    return (option){"--label", OPTION_TEXT, into, "TEXT",
                    "written into the upper right corner of every frame; eu: AI MODIFIED"};
}

option opt_aigc_producer(const char **into)
{
    return (option){"--aigc-producer", OPTION_TEXT, into, "NAME",
                    "who makes such content, for China's tag AIGC (GB 45438-2025)"};
}

option opt_aigc_id(const char **into)
{
    return (option){"--aigc-id", OPTION_TEXT, into, "ID", "the content's number there, likewise"};
}
