/* A talking video in one call: render_file MODEL CHARACTER SPEECH ENCODER OUT.mp4
 *     cc render_file.c $(pkg-config --cflags --libs viseme) -o render_file
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <viseme/viseme.h>

static void warn(void *user, const char *line)
{
    fprintf(stderr, "warning: %s\n", line);
}

/* false would stop the render. */
static bool show(void *user, int64_t done, int64_t total)
{
    fprintf(stderr, "\r%lld of %lld frames", (long long)done, (long long)total);
    return true;
}

int main(int argc, char **argv)
{
    vis_render_options o = vis_render_options_defaults();
    vis_render_result result;
    vis_error err;
    if (argc != 6) {
        fprintf(stderr, "usage: render_file MODEL CHARACTER SPEECH ENCODER OUT.mp4\n");
        return 2;
    }
    o.model = argv[1];
    o.character = argv[2];
    o.audio = argv[3];
    o.audio_encoder = argv[4];
    o.output = argv[5];
    o.log.call = warn;
    o.progress = show;
    if (vis_render_video(&o, &result, &err) != VIS_OK) {
        fprintf(stderr, "\n%s\n", err.message);
        return 1;
    }
    fprintf(stderr, "\n%.2f s of video, %.1f frames a second\n", result.seconds, result.fps);
    return 0;
}
