/* tools/say.c - says a text, or plays a file that was "sent", into a WAV file: 16 bits, mono.
 *
 *     say [--from espeak|URL] [--voice V] [--model M] [--key K] [--rate HZ] [--timeout MS]
 *         [--stop-after SAMPLES] TEXT OUT.wav
 *     say --file FILE [--max SECONDS] OUT.wav
 *     say [--from ...] --voices
 *
 * A line on standard output tells the seconds to the first sound and to the end, and the pieces that
 * came; what fails is told on standard error, by its status and message.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "speech/speech.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 30)

typedef struct heard {
    buffer pcm;
    int rate;
    int pieces;
    int64_t samples, stop_after;
    double began, first;
} heard;

static bool take(void *user, const float *samples, int64_t count, int rate)
{
    heard *h = user;
    if (h->pieces++ == 0) h->first = clock_seconds() - h->began;
    h->rate = rate;
    for (int64_t i = 0; i < count; i++) {
        float s = roundf(samples[i] * 32768.0f);
        int16_t v = (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
        if (buffer_append(&h->pcm, &v, sizeof v, NULL) != VIS_OK) return false;
    }
    h->samples += count;
    return h->stop_after == 0 || h->samples < h->stop_after;
}

static bool wanted(void *user)
{
    const heard *h = user;
    return h->stop_after >= 0;
}

static vis_status write_wav(const heard *h, const char *path, vis_error *err)
{
    uint32_t bytes = (uint32_t)h->pcm.size, rate = (uint32_t)h->rate;
    buffer file;
    buffer_init(&file, MAX_BYTES + 64);
    uint32_t words[] = {36 + bytes, 16, 1 | 1 << 16, rate, rate * 2, 2 | 16 << 16};
    vis_status status = buffer_append(&file, "RIFF", 4, err);
    if (status == VIS_OK) status = buffer_append(&file, words, 4, err);
    if (status == VIS_OK) status = buffer_append(&file, "WAVEfmt ", 8, err);
    if (status == VIS_OK) status = buffer_append(&file, words + 1, sizeof words - 4, err);
    if (status == VIS_OK) status = buffer_append(&file, "data", 4, err);
    if (status == VIS_OK) status = buffer_append(&file, &bytes, 4, err);
    if (status == VIS_OK) status = buffer_append(&file, h->pcm.data, h->pcm.size, err);
    if (status == VIS_OK) status = file_write(path, file.data, file.size, err);
    buffer_free(&file);
    return status;
}

typedef struct arguments {
    speech_options speech;
    const char *file;
    double max_seconds;
    int64_t stop_after;
    bool voices;
    const char *rest[2];
    int n_rest;
} arguments;

static arguments parse(int argc, char **argv)
{
    arguments a = {.speech = {.from = "espeak"}, .max_seconds = 60};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strncmp(name, "--", 2) != 0) {
            if (a.n_rest < 2) a.rest[a.n_rest++] = name;
            continue;
        }
        if (strcmp(name, "--voices") == 0) {
            a.voices = true;
            continue;
        }
        i++;
        if (strcmp(name, "--from") == 0) a.speech.from = value;
        if (strcmp(name, "--voice") == 0) a.speech.voice = value;
        if (strcmp(name, "--model") == 0) a.speech.model = value;
        if (strcmp(name, "--key") == 0) a.speech.key = value;
        if (strcmp(name, "--rate") == 0) a.speech.pcm_rate = atoi(value);
        if (strcmp(name, "--timeout") == 0) a.speech.timeout_ms = atoi(value);
        if (strcmp(name, "--file") == 0) a.file = value;
        if (strcmp(name, "--max") == 0) a.max_seconds = atof(value);
        if (strcmp(name, "--stop-after") == 0) a.stop_after = atoll(value);
    }
    return a;
}

static vis_status play_file(const arguments *a, const speech_sink *sink, vis_error *err)
{
    buffer bytes;
    buffer_init(&bytes, MAX_BYTES);
    vis_status status = file_read(a->file, &bytes, err);
    if (status == VIS_OK)
        status = speech_from_file(bytes.data, bytes.size, a->max_seconds, sink, err);
    buffer_free(&bytes);
    return status;
}

static vis_status say(const arguments *a, const speech_sink *sink, vis_error *err)
{
    speech_maker *m;
    vis_status status = speech_open(&a->speech, &m, err);
    if (status != VIS_OK) return status;
    if (a->voices)
        for (const char *const *v = speech_voices(m); *v; v++)
            puts(*v);
    else
        status = speech_say(m, a->rest[0], NULL, sink, err);
    speech_close(m);
    return status;
}

int main(int argc, char **argv)
{
    arguments a = parse(argc, argv);
    vis_silence_ffmpeg();
    heard h = {.began = clock_seconds(), .stop_after = a.stop_after};
    speech_sink sink = {&h, take, wanted};
    vis_error err = {0};
    buffer_init(&h.pcm, MAX_BYTES);
    vis_status status = a.file ? play_file(&a, &sink, &err) : say(&a, &sink, &err);
    const char *out = a.file ? a.rest[0] : a.rest[1];
    if (!a.voices)
        printf("%.3f %.3f %d %lld %d\n", h.first, clock_seconds() - h.began, h.pieces,
               (long long)h.samples, h.rate);
    if (status == VIS_OK && out) status = write_wav(&h, out, &err);
    if (status != VIS_OK) fprintf(stderr, "%d %s\n", (int)status, err.message);
    buffer_free(&h.pcm);
    return status == VIS_OK ? 0 : 1;
}
