/* audio/mel_source.c - speech_reader into mel_stream.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/mel_source.h"

#include <stdlib.h>

#define MEL_SOURCE_BLOCK 4096 /* samples read at a time */

struct mel_source {
    speech_reader *speech;
    mel_stream *mel;
    float samples[MEL_SOURCE_BLOCK];
    int count, used;
    bool finished;
    mel_tap tap;
    void *tap_user;
    speech_gate *gate; /* NULL: nobody asks */
};

vis_status mel_source_create(speech_reader *taken, mel_source **out, vis_error *err)
{
    *out = NULL;
    mel_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        speech_reader_close(taken);
        return vis_fail_memory(err, "a mel spectrogram");
    }
    s->speech = taken;
    vis_status status = mel_stream_create(&s->mel, err);
    if (status != VIS_OK) {
        mel_source_close(s);
        return status;
    }
    *out = s;
    return VIS_OK;
}

vis_status mel_source_open(input_file from, const vis_log *log, mel_source **out, vis_error *err)
{
    *out = NULL;
    speech_reader *speech;
    VIS_TRY(speech_reader_open(from, log, &speech, err));
    return mel_source_create(speech, out, err);
}

void mel_source_close(mel_source *s)
{
    if (s == NULL) return;
    speech_reader_close(s->speech);
    mel_stream_free(s->mel);
    free(s);
}

/* Moves samples on into the spectrogram; reads more when none are left. */
static vis_status feed(mel_source *s, vis_error *err)
{
    if (s->used == s->count) {
        s->used = s->count = 0;
        VIS_TRY(speech_reader_read(s->speech, s->samples, MEL_SOURCE_BLOCK, &s->count, err));
        if (s->gate) speech_gate_push(s->gate, s->samples, s->count);
        if (s->count == 0) {
            if (s->gate) speech_gate_end(s->gate);
            mel_stream_finish(s->mel);
            s->finished = true;
        }
    }
    s->used += mel_stream_push(s->mel, s->samples + s->used, s->count - s->used);
    return VIS_OK;
}

vis_status mel_source_read(mel_source *s, float *frames, int max, int *got, vis_error *err)
{
    *got = mel_stream_pull(s->mel, frames, max);
    while (*got == 0 && max > 0 && !s->finished) {
        VIS_TRY(feed(s, err));
        *got = mel_stream_pull(s->mel, frames, max);
    }
    if (s->tap != NULL && *got > 0) VIS_TRY(s->tap(s->tap_user, frames, *got, err));
    return VIS_OK;
}

void mel_source_set_tap(mel_source *s, mel_tap tap, void *user)
{
    s->tap = tap;
    s->tap_user = user;
}

void mel_source_set_gate(mel_source *s, speech_gate *gate)
{
    s->gate = gate;
}

int64_t mel_source_count(const mel_source *s, bool *exact)
{
    int64_t samples = speech_reader_length(s->speech, exact);
    return samples < 0 ? -1 : mel_frame_count(samples);
}

const speech_reader *mel_source_speech(const mel_source *s)
{
    return s->speech;
}
