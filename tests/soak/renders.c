/* tests/soak/renders.c - one render after another in one process, as a service makes them, through
 * viseme.h alone. In turn: a video whole; frames pulled one by one; inputs that are bad in some
 * way; a video stopped in the middle.
 *
 *     renders MODEL CHARACTER FEATURES SPEECH ENCODER BAD_MODEL FOLDER COUNT
 *
 * After each it prints what the process holds: "KIND RSS-in-KiB FILES THREADS". Ends with 1 when a
 * render does not end as it should. tests/soak/renders.py judges the figures.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "viseme/viseme.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 4

typedef struct inputs {
    const char *model, *character, *features, *speech, *encoder, *bad_model;
    char output[4096];
} inputs;

typedef struct kind {
    const char *name;
    vis_status (*run)(const inputs *in, vis_error *err);
    vis_status expected;
} kind;

static vis_render_options options_of(const inputs *in)
{
    vis_render_options o = vis_render_options_defaults();
    o.model = in->model;
    o.character = in->character;
    o.features = in->features;
    o.audio = in->speech;
    o.output = in->output;
    o.frames = FRAMES;
    o.threads = 2;
    return o;
}

static vis_status whole(const inputs *in, vis_error *err)
{
    vis_render_options o = options_of(in);
    return vis_render_video(&o, NULL, err);
}

static vis_status through_encoder(const inputs *in, vis_error *err)
{
    vis_render_options o = options_of(in);
    o.features = NULL;
    o.audio_encoder = in->encoder;
    return vis_render_video(&o, NULL, err);
}

static vis_status bad_model(const inputs *in, vis_error *err)
{
    vis_render_options o = options_of(in);
    o.model = in->bad_model;
    return vis_render_video(&o, NULL, err);
}

static vis_status bad_features(const inputs *in, vis_error *err)
{
    vis_render_options o = options_of(in);
    o.features = in->bad_model;
    return vis_render_video(&o, NULL, err);
}

static bool stop_at_two(void *user, int64_t done, int64_t total)
{
    return done < 2;
}

static vis_status stopped(const inputs *in, vis_error *err)
{
    vis_render_options o = options_of(in);
    o.progress = stop_at_two;
    return vis_render_video(&o, NULL, err);
}

typedef struct parts {
    vis_model *model;
    vis_character *character;
    vis_features *features;
    vis_context *context;
    vis_stream *stream;
} parts;

static vis_status pull(const inputs *in, parts *p, vis_error *err)
{
    vis_context_options o = vis_context_options_defaults();
    vis_status status = vis_model_open(in->model, NULL, &p->model, err);
    o.threads = 2;
    if (status == VIS_OK) status = vis_character_open(in->character, NULL, &p->character, err);
    if (status == VIS_OK) status = vis_features_open_file(in->features, NULL, &p->features, err);
    if (status == VIS_OK) status = vis_context_create(&o, &p->context, err);
    if (status == VIS_OK)
        status = vis_stream_create(p->context, p->model, p->character, NULL, &p->stream, err);
    if (status == VIS_OK) status = vis_stream_hear(p->stream, p->features, err);
    for (int i = 0; i < FRAMES && status == VIS_OK; i++) {
        const vis_frame *frame;
        status = vis_stream_pull(p->stream, -1, &frame, err);
        if (status == VIS_OK) vis_frame_release(frame);
    }
    return status;
}

static vis_status frame_by_frame(const inputs *in, vis_error *err)
{
    parts p = {0};
    vis_status status = pull(in, &p, err);
    vis_stream_close(p.stream);
    vis_context_close(p.context);
    vis_features_close(p.features);
    vis_character_close(p.character);
    vis_model_close(p.model);
    return status;
}

static const kind kinds[] = {
    {"whole", whole, VIS_OK},
    {"bad-model", bad_model, VIS_ERR_FORMAT},
    {"stopped", stopped, VIS_ERR_CANCELLED},
    {"frame-by-frame", frame_by_frame, VIS_OK},
    {"bad-features", bad_features, VIS_ERR_FORMAT},
    {"through-encoder", through_encoder, VIS_OK},
};
#define KINDS (int)(sizeof kinds / sizeof *kinds)

static int open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    if (!folder) return -1;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 3; /* ".", ".." and the folder itself */
}

/* A number of /proc/self/status, -1 when it is not there. */
static long status_number(const char *name)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long value = -1;
    while (f && value < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
    if (f) fclose(f);
    return value;
}

static bool render(const inputs *in, const kind *k)
{
    vis_error err = {0};
    vis_status status = k->run(in, &err);
    bool right = status == k->expected;
    if (!right) fprintf(stderr, "renders: %s: status %d: %s\n", k->name, status, err.message);
    if (access(in->output, F_OK) == 0 && status != VIS_OK) {
        fprintf(stderr, "renders: %s: a failed render left %s\n", k->name, in->output);
        right = false;
    }
    unlink(in->output);
    return right;
}

int main(int argc, char **argv)
{
    if (argc != 9) {
        fprintf(stderr, "renders: wrong number of arguments\n");
        return 2;
    }
    inputs in = {argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], ""};
    snprintf(in.output, sizeof in.output, "%s/out.mp4", argv[7]);
    vis_silence_ffmpeg();
    for (int i = 0; i < atoi(argv[8]); i++) {
        const kind *k = &kinds[i % KINDS];
        if (!render(&in, k)) return 1;
        printf("%s %ld %d %ld\n", k->name, status_number("VmRSS:"), open_files(),
               status_number("Threads:"));
        fflush(stdout);
    }
    return 0;
}
