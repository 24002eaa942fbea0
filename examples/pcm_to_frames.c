/* Speech as it comes in, frames as soon as they can be: pcm_to_frames MODEL CHARACTER ENCODER RATE
 * reads mono float32 of that many samples a second from its input, as a microphone or a synthesiser
 * would give them, 40 ms at a time, and writes BGR pictures, 8 bit, to its output.
 *     cc pcm_to_frames.c $(pkg-config --cflags --libs viseme) -o pcm_to_frames
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <viseme/viseme.h>

static vis_error err;

static void must(vis_status status)
{
    if (status == VIS_OK) return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

static void write_frame(const vis_frame *f)
{
    for (int y = 0; y < f->height; y++)
        if (fwrite(f->pixels + (size_t)y * (size_t)f->stride, 3, (size_t)f->width, stdout) == 0)
            exit(1);
    fflush(stdout);
}

/* Writes the frames that what was heard so far is enough for; false after the last one. */
static bool give_frames(vis_stream *stream)
{
    const vis_frame *frame;
    vis_status status;
    while ((status = vis_stream_pull(stream, -1, &frame, &err)) == VIS_OK && frame) {
        write_frame(frame);
        vis_frame_release(frame);
    }
    if (status != VIS_AGAIN) must(status);
    return status == VIS_AGAIN;
}

int main(int argc, char **argv)
{
    vis_model *model, *encoder;
    vis_character *character;
    vis_context *context;
    vis_stream *stream;
    int rate = argc == 5 ? atoi(argv[4]) : 0;
    if (rate < 1000) {
        fprintf(stderr, "usage: pcm_to_frames MODEL CHARACTER ENCODER RATE < sound > frames\n");
        return 2;
    }
    vis_model_options as = vis_model_options_defaults();
    as.audio_mode = "ave"; /* what an encoder makes */
    must(vis_model_open(argv[1], &as, &model, &err));
    must(vis_character_open(argv[2], NULL, &character, &err));
    must(vis_model_open(argv[3], NULL, &encoder, &err));
    must(vis_context_create(NULL, &context, &err));
    must(vis_stream_create(context, model, character, NULL, &stream, &err));
    must(vis_stream_listen(stream, encoder, &err));

    size_t chunk = (size_t)rate / 25, got;
    float *samples = malloc(chunk * sizeof *samples);
    while (samples && (got = fread(samples, sizeof *samples, chunk, stdin)) > 0) {
        must(vis_stream_push_pcm(stream, samples, (int64_t)got, rate, 1, NULL, &err));
        give_frames(stream);
    }
    must(vis_stream_flush(stream, &err));
    give_frames(stream);

    free(samples);
    vis_stream_close(stream);
    vis_context_close(context);
    vis_character_close(character);
    vis_model_close(encoder);
    vis_model_close(model);
    return 0;
}
