/* audio/speech.c - mean of the channels, soxr, exact length.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/speech.h"

#include "audio/resampler.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEECH_BLOCK 4096 /* sample frames decoded at a time */

struct speech_reader {
    audio_reader *audio; /* where the sound comes from: a file, */
    pcm_queue *queue;    /* or whoever pushes; the other is NULL */
    int rate, channels;
    double duration; /* seconds, as a file claims; -1 unknown */
    const vis_log *log;
    char *path;
    bool warned;        /* of samples that are no numbers */
    soxr_t soxr;        /* NULL when the sound is at 16 kHz already */
    float *interleaved; /* [SPEECH_BLOCK, channels] */
    float *mono;        /* [SPEECH_BLOCK]: from the recording, not yet resampled */
    int mono_count, mono_used;
    bool input_ended;
    int64_t taken;     /* input samples so far */
    int64_t delivered; /* output samples so far */
    float peak;
};

/* ceil(taken * 16000 / rate) */
static int64_t length_for(int64_t samples, int rate)
{
    return (int64_t)(((__int128)samples * SPEECH_RATE + rate - 1) / rate);
}

/* What follows from rate and channels. */
static vis_status set_up(speech_reader *s, vis_error *err)
{
    s->interleaved = calloc((size_t)SPEECH_BLOCK * (size_t)s->channels, sizeof(float));
    s->mono = calloc(SPEECH_BLOCK, sizeof(float));
    if (s->interleaved == NULL || s->mono == NULL) return vis_fail_memory(err, "a speech reader");
    if (s->rate == SPEECH_RATE) return VIS_OK;
    return resampler_create(s->rate, SPEECH_RATE, 1, s->path, &s->soxr, err);
}

static vis_status open_file(speech_reader *s, input_file from, vis_error *err)
{
    VIS_TRY(audio_reader_open(from, s->log, &s->audio, err));
    const audio_info *info = audio_reader_info(s->audio);
    s->rate = info->rate;
    s->channels = info->channels;
    s->duration = info->duration;
    return set_up(s, err);
}

static vis_status open_queue(speech_reader *s, pcm_queue *queue, vis_error *err)
{
    s->queue = queue;
    s->rate = pcm_queue_rate(queue);
    s->channels = pcm_queue_channels(queue);
    s->duration = -1;
    return set_up(s, err);
}

static vis_status open_either(pcm_queue *queue, input_file from, const vis_log *log,
                              speech_reader **out, vis_error *err)
{
    *out = NULL;
    speech_reader *s = calloc(1, sizeof *s);
    if (s == NULL) return vis_fail_memory(err, "a speech reader");
    s->log = log;
    s->path = text_copy(from.name, strlen(from.name));
    vis_status status = s->path != NULL ? VIS_OK : vis_fail_memory(err, "a file name");
    if (status == VIS_OK)
        status = queue != NULL ? open_queue(s, queue, err) : open_file(s, from, err);
    if (status != VIS_OK) {
        speech_reader_close(s);
        return status;
    }
    *out = s;
    return VIS_OK;
}

vis_status speech_reader_open(input_file from, const vis_log *log, speech_reader **out,
                              vis_error *err)
{
    return open_either(NULL, from, log, out, err);
}

vis_status speech_reader_open_queue(pcm_queue *queue, const char *name, const vis_log *log,
                                    speech_reader **out, vis_error *err)
{
    return open_either(queue, (input_file){.name = name}, log, out, err);
}

void speech_reader_close(speech_reader *s)
{
    if (s == NULL) return;
    soxr_delete(s->soxr);
    audio_reader_close(s->audio);
    free(s->interleaved);
    free(s->mono);
    free(s->path);
    free(s);
}

static vis_status read_block(speech_reader *s, int *got, vis_error *err)
{
    if (s->queue != NULL) {
        VIS_TRY(pcm_queue_read(s->queue, s->interleaved, SPEECH_BLOCK, got, err));
        s->input_ended = *got == 0;
    } else {
        VIS_TRY(audio_reader_read(s->audio, s->interleaved, SPEECH_BLOCK, got, err));
        s->input_ended = *got < SPEECH_BLOCK;
    }
    return VIS_OK;
}

/* Reads the next block and takes the mean of its channels, summed in channel order in float32. */
static vis_status refill(speech_reader *s, vis_error *err)
{
    int channels = s->channels, got = 0;
    s->mono_used = s->mono_count = 0;
    VIS_TRY(read_block(s, &got, err));
    for (int i = 0; i < got; i++) {
        const float *from = s->interleaved + (size_t)i * (size_t)channels;
        float sum = from[0];
        for (int c = 1; c < channels; c++)
            sum += from[c];
        s->mono[i] = channels > 1 ? sum / (float)channels : sum;
        if (isfinite(s->mono[i])) continue;
        s->mono[i] = 0; /* floating-point recordings can hold anything */
        if (!s->warned)
            vis_warn(s->log, "%s: infinite or undefined samples from %.2f s on; taken as silence",
                     s->path, (double)(s->taken + i) / s->rate);
        s->warned = true;
    }
    s->mono_count = got;
    s->taken += got;
    return VIS_OK;
}

/* Up to `max` samples from what is at hand, without decoding more. */
static vis_status convert(speech_reader *s, float *out, int max, int *got, vis_error *err)
{
    int waiting = s->mono_count - s->mono_used;
    const float *from = s->mono + s->mono_used;
    if (s->soxr == NULL) {
        *got = waiting < max ? waiting : max;
        if (*got > 0) memcpy(out, from, (size_t)*got * sizeof(float));
        s->mono_used += *got;
        return VIS_OK;
    }
    size_t used = 0, done = 0;
    bool flush = s->input_ended && waiting == 0;
    soxr_error_t failure =
        soxr_process(s->soxr, flush ? NULL : from, (size_t)waiting, &used, out, (size_t)max, &done);
    if (failure != NULL) return vis_fail(err, VIS_ERR_INTERNAL, "resampling failed: %s", failure);
    s->mono_used += (int)used;
    *got = (int)done;
    return VIS_OK;
}

/* Cuts or zero-pads the last samples to the exact length. */
static int fit_length(const speech_reader *s, float *out, int done, int max)
{
    int64_t left = length_for(s->taken, s->rate) - s->delivered;
    if (left > max) left = max;
    for (int64_t i = done; i < left; i++)
        out[i] = 0;
    return (int)left;
}

vis_status speech_reader_read(speech_reader *s, float *samples, int max, int *got, vis_error *err)
{
    int done = 0;
    *got = 0;
    while (done < max) {
        if (s->mono_used == s->mono_count && !s->input_ended) {
            vis_status status = refill(s, err);
            if (status == VIS_AGAIN && done > 0) break;
            VIS_TRY(status);
        }
        int waiting = s->mono_count - s->mono_used, now = 0;
        VIS_TRY(convert(s, samples + done, max - done, &now, err));
        done += now;
        bool stuck = now == 0 && waiting == s->mono_count - s->mono_used;
        if (stuck && s->input_ended) break;
    }
    if (s->input_ended && s->mono_used == s->mono_count) done = fit_length(s, samples, done, max);
    for (int i = 0; i < done; i++)
        if (fabsf(samples[i]) > s->peak) s->peak = fabsf(samples[i]);
    s->delivered += done;
    *got = done;
    return VIS_OK;
}

int64_t speech_reader_length(const speech_reader *s, bool *exact)
{
    if (exact != NULL) *exact = s->input_ended;
    if (s->input_ended) return length_for(s->taken, s->rate);
    if (s->duration < 0) return -1;
    return (int64_t)ceil(s->duration * SPEECH_RATE);
}

float speech_reader_peak(const speech_reader *s)
{
    return s->peak;
}
