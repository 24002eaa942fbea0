// presenter: draws the demo character from rows of viseme curves. See README.md.
#include "background.h"
#include "frame.h"
#include "io.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    const char *curves, *output;
    int size, first, count, threads, quality, png;
};

struct job {
    struct options o;
    const float *rows, *background;
    atomic_int next, failed;
};

static int usage(void)
{
    fputs("usage: presenter --curves curves.npy --output DIR [--size 512] [--first A] [--count N] "
          "[--threads T] [--quality 92] [--png]\n",
          stderr);
    return 2;
}

static int parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.size = 512, .count = -1, .threads = 1, .quality = 92};
    struct {
        const char *name;
        int *value;
    } ints[] = {{"--size", &o->size},
                {"--first", &o->first},
                {"--count", &o->count},
                {"--threads", &o->threads},
                {"--quality", &o->quality}};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--png")) {
            o->png = 1;
            continue;
        }
        if (i + 1 >= argc) return -1;
        if (!strcmp(argv[i], "--curves")) {
            o->curves = argv[++i];
            continue;
        }
        if (!strcmp(argv[i], "--output")) {
            o->output = argv[++i];
            continue;
        }
        int known = 0;
        for (int k = 0; k < 5; k++)
            if (!strcmp(argv[i], ints[k].name)) *ints[k].value = atoi(argv[++i]), known = 1, k = 5;
        if (!known) return -1;
    }
    int ok = o->curves && o->output && o->size >= 64 && o->size <= 4096 && o->first >= 0 &&
             o->threads >= 1 && o->threads <= 64;
    return ok && o->quality >= 1 && o->quality <= 100 ? 0 : -1;
}

static int draw_one(struct job *j, int k, struct frame_buffers *b, unsigned char *rgb)
{
    struct pose pose;
    char path[4096];
    float xy[LANDMARKS][2];
    int number = j->o.first + k;
    pose_make(&pose, j->rows + (size_t)number * CURVES, j->o.size);
    frame_draw(&pose, j->background, j->o.size, b, rgb);
    snprintf(path, sizeof path, "%s/full_body_img/%d.%s", j->o.output, number,
             j->o.png ? "png" : "jpg");
    if (j->o.png ? io_write_png(path, rgb, j->o.size)
                 : io_write_jpeg(path, rgb, j->o.size, j->o.quality))
        return -1;
    pose_landmarks(&pose, xy);
    snprintf(path, sizeof path, "%s/landmarks/%d.lms", j->o.output, number);
    return io_write_landmarks(path, xy);
}

static void *worker(void *arg)
{
    struct job *j = arg;
    struct frame_buffers *b = frame_buffers_make(j->o.size);
    unsigned char *rgb = malloc((size_t)j->o.size * (size_t)j->o.size * 3);
    if (!b || !rgb) atomic_store(&j->failed, 1);
    for (int k;
         b && rgb && !atomic_load(&j->failed) && (k = atomic_fetch_add(&j->next, 1)) < j->o.count;)
        if (draw_one(j, k, b, rgb)) atomic_store(&j->failed, 1);
    free(rgb);
    frame_buffers_free(b);
    return NULL;
}

static int make_folder(const char *base, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", base, name);
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return 0;
    fprintf(stderr, "presenter: %s: %s\n", path, strerror(errno));
    return -1;
}

// The mouth's truth for every row, drawn or not, so that drawing in portions leaves the whole
// table.
static int write_mouths(const struct job *j, int total)
{
    char path[4096];
    struct pose pose;
    float *mouth = malloc((size_t)total * 2 * sizeof *mouth);
    if (!mouth) return -1;
    for (int i = 0; i < total; i++) {
        pose_make(&pose, j->rows + (size_t)i * CURVES, j->o.size);
        pose_mouth(&pose, &mouth[2 * i], &mouth[2 * i + 1]);
    }
    snprintf(path, sizeof path, "%s/mouth.npy", j->o.output);
    int status = io_write_npy(path, mouth, total, 2);
    free(mouth);
    return status;
}

static int run(struct job *j, int total)
{
    pthread_t threads[64];
    int started = 0;
    while (started < j->o.threads && pthread_create(&threads[started], NULL, worker, j) == 0)
        started++;
    if (!started) worker(j);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return atomic_load(&j->failed) ? -1 : write_mouths(j, total);
}

int main(int argc, char **argv)
{
    static struct job j;
    float *rows = NULL;
    int total = 0, columns = 0;
    if (parse(argc, argv, &j.o)) return usage();
    if (io_read_npy(j.o.curves, &rows, &total, &columns)) return 3;
    if (columns != CURVES || j.o.first >= total) {
        fprintf(stderr, "presenter: %s: want [T, %d] and --first below T, have [%d, %d]\n",
                j.o.curves, CURVES, total, columns);
        return 3;
    }
    if (j.o.count < 0 || j.o.count > total - j.o.first) j.o.count = total - j.o.first;
    if (make_folder(j.o.output, "") || make_folder(j.o.output, "/full_body_img") ||
        make_folder(j.o.output, "/landmarks"))
        return 4;
    float *background = background_make(j.o.size);
    j.rows = rows, j.background = background;
    int status = background ? 0 : 5;
    if (!status && run(&j, total)) status = 4;
    free(rows), free(background);
    return status;
}
