/* tests/threads/test_videos.c - vis_render_video several times at once: every file is byte for byte
 * the one that is made alone, every job hears its own warnings and its own error, and who writes to
 * the same name leaves one whole file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "crowd.h"
#include "viseme/viseme.h"

#include <dirent.h>

#define JOBS 4
#define LINES 512
#define FRAMES 4

static const char *model_path;

typedef struct job {
    char *output;
    const char *model;
    int threads, start;
    char heard[LINES]; /* its warnings, joined */
    vis_status status;
    vis_error err;
} job;

/* A vis_log_fn; the warnings of one job may come from several threads, but here from its own. */
static void hear(void *user, const char *line)
{
    job *j = user;
    size_t used = strlen(j->heard);
    snprintf(j->heard + used, LINES - used, "%s;", line);
}

static void render(void *argument, int number)
{
    job *j = (job *)argument + number;
    vis_render_options o = vis_render_options_defaults();
    char rows[128];
    snprintf(rows, sizeof rows, "%s/aud_ave.npy", folder);
    o.model = j->model;
    o.character = folder;
    o.features = rows;
    o.output = j->output;
    o.preset = "ultrafast";
    o.no_sign = true; /* the same bytes each time */
    o.threads = j->threads;
    o.start = j->start;
    o.frames = FRAMES;
    o.log = (vis_log){hear, j};
    j->heard[0] = '\0';
    j->status = vis_render_video(&o, NULL, &j->err);
}

static void prepare(job *jobs, const char *name)
{
    for (int i = 0; i < JOBS; i++)
        jobs[i] = (job){
            .output = in_folder(name, i), .model = model_path, .threads = 1 + i % 3, .start = i};
}

static void release(job *jobs)
{
    for (int i = 0; i < JOBS; i++)
        free(jobs[i].output);
}

static void read_whole(const char *path, buffer *bytes)
{
    buffer_init(bytes, 1 << 24);
    assert_int_equal(file_read(path, bytes, NULL), VIS_OK);
}

static bool same_files(const char *a, const char *b)
{
    buffer left, right;
    read_whole(a, &left);
    read_whole(b, &right);
    bool same = left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
    buffer_free(&left);
    buffer_free(&right);
    return same;
}

static int temporaries(void)
{
    int count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));)
        count += strstr(entry->d_name, ".tmp") != NULL;
    closedir(list);
    return count;
}

static job alone[JOBS];

static int render_alone(void **state)
{
    if (make_character(state) != 0) return -1;
    prepare(alone, "alone%d.mp4");
    for (int i = 0; i < JOBS; i++) {
        render(alone, i);
        if (alone[i].status != VIS_OK) fail_msg("%s", alone[i].err.message);
        assert_non_null(strstr(alone[i].heard, "no sound;"));
    }
    assert_false(same_files(alone[0].output, alone[1].output));
    return 0;
}

static int clean_up(void **state)
{
    release(alone);
    return remove_character(state);
}

static void videos_at_once_are_those_made_alone(void **state)
{
    job jobs[JOBS];
    prepare(jobs, "together%d.mp4");
    crowd_run(JOBS, render, jobs);
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i].status != VIS_OK) fail_msg("%s", jobs[i].err.message);
        assert_true(same_files(jobs[i].output, alone[i].output));
        assert_string_equal(jobs[i].heard, alone[i].heard);
    }
    release(jobs);
    assert_int_equal(temporaries(), 0);
}

/* Which of them is the last is not known, but the file is that of one. */
static void of_jobs_for_one_name_one_whole_file_is_left(void **state)
{
    job jobs[JOBS];
    prepare(jobs, "same.mp4");
    crowd_run(JOBS, render, jobs);
    int like = 0;
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i].status != VIS_OK) fail_msg("%s", jobs[i].err.message);
        like += same_files(jobs[i].output, alone[i].output);
    }
    release(jobs);
    assert_int_equal(like, 1);
    assert_int_equal(temporaries(), 0);
}

static void a_failure_is_heard_by_its_own_job(void **state)
{
    job jobs[JOBS];
    prepare(jobs, "some%d.mp4");
    jobs[1].model = "missing.pth";
    jobs[3].start = ROWS;
    crowd_run(JOBS, render, jobs);
    assert_int_equal(jobs[0].status, VIS_OK);
    assert_int_equal(jobs[1].status, VIS_ERR_OPEN);
    assert_non_null(strstr(jobs[1].err.message, "missing.pth"));
    assert_int_equal(jobs[2].status, VIS_OK);
    assert_int_equal(jobs[3].status, VIS_ERR_USAGE);
    assert_non_null(strstr(jobs[3].err.message, "no frame to render"));
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(path_is_file(jobs[i].output), i % 2 == 0);
    assert_true(same_files(jobs[2].output, alone[2].output));
    release(jobs);
    assert_int_equal(temporaries(), 0);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(videos_at_once_are_those_made_alone),
        cmocka_unit_test(of_jobs_for_one_name_one_whole_file_is_left),
        cmocka_unit_test(a_failure_is_heard_by_its_own_job),
    };
    return cmocka_run_group_tests(tests, render_alone, clean_up);
}
