/* Checkpoints made on the spot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void weights_add(test_weights *w, const char *key, int rank, const int64_t *dim)
{
    w->list = realloc(w->list, (size_t)(w->count + 1) * sizeof *w->list);
    assert_non_null(w->list);
    test_weight *t = &w->list[w->count++];
    *t = (test_weight){.rank = rank};
    snprintf(t->key, sizeof t->key, "%s", key);
    for (int i = 0; i < rank; i++)
        t->dim[i] = dim[i];
}

void weights_drop(test_weights *w, const char *key)
{
    for (int i = 0; i < w->count; i++) {
        if (strcmp(w->list[i].key, key) != 0) continue;
        w->list[i] = w->list[--w->count];
        return;
    }
    fail_msg("no key %s", key);
}

void weights_free(test_weights *w)
{
    free(w->list);
    *w = (test_weights){0};
}

static void add(test_weights *w, const char *module, const char *leaf, int rank, int64_t a,
                int64_t b, int64_t k)
{
    char key[96];
    snprintf(key, sizeof key, "%s.%s", module, leaf);
    weights_add(w, key, rank, (const int64_t[]){a, b, k, k});
}

static void conv(test_weights *w, const char *module, int in, int out, int kernel, bool bias)
{
    add(w, module, "weight", 4, out, in, kernel);
    if (bias) add(w, module, "bias", 1, out, 0, 0);
}

static void norm(test_weights *w, const char *module, int channels)
{
    static const char *const leaves[] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++)
        add(w, module, leaves[i], 1, channels, 0, 0);
}

static void residual(test_weights *w, const char *module, int in, int out)
{
    char key[8][96];
    for (int i = 0; i < 8; i++)
        snprintf(key[i], sizeof key[i], "%s.conv.%d", module, i);
    conv(w, key[0], in, 2 * in, 1, false);
    norm(w, key[1], 2 * in);
    conv(w, key[3], 1, 2 * in, 3, false);
    norm(w, key[4], 2 * in);
    conv(w, key[6], 2 * in, out, 1, false);
    norm(w, key[7], out);
}

static void double_residual(test_weights *w, const char *module, int in, int out)
{
    char key[96];
    snprintf(key, sizeof key, "%s.double_conv.0", module);
    residual(w, key, in, out);
    snprintf(key, sizeof key, "%s.double_conv.1", module);
    residual(w, key, out, out);
}

static void audio_branch(test_weights *w, int branch, const int c[5], int channels)
{
    int first = branch == WENET ? c[3] : c[1], second = branch == WENET ? c[3] : c[2];
    residual(w, "audio_model.conv1", channels, first);
    residual(w, "audio_model.conv2", first, second);
    conv(w, "audio_model.conv3", second, c[3], 3, true);
    norm(w, "audio_model.bn3", c[3]);
    residual(w, "audio_model.conv4", c[3], c[3]);
    conv(w, "audio_model.conv5", c[3], c[4], 3, true);
    norm(w, "audio_model.bn5", c[4]);
    residual(w, "audio_model.conv6", c[4], c[4]);
    residual(w, "audio_model.conv7", c[4], c[4]);
}

void weights_unet(test_weights *w, int levels, int branch, const int c[5], int audio_channels,
                  bool nested)
{
    int skip[6], out[5] = {c[3] / 2, c[2] / 2, c[1] / 2, c[0], c[0] / 2}, low = c[3];
    char key[96];
    *w = (test_weights){0};
    for (int i = 0; i <= levels; i++)
        skip[i] = levels == 5 ? c[i > 0 ? i - 1 : 0] : c[i];
    audio_branch(w, branch, c, audio_channels);
    double_residual(w, "fuse_conv.0", 2 * c[4], c[4]);
    double_residual(w, "fuse_conv.1", c[4], c[3]);
    residual(w, nested ? "inc.inconv.0" : "inc.inconv", 6, c[0]);
    for (int i = 0; i < levels; i++) {
        snprintf(key, sizeof key, "down%d.maxpool_conv%s", i + 1, nested ? ".0" : "");
        double_residual(w, key, skip[i], skip[i + 1]);
    }
    for (int i = 0; i < levels; i++) {
        snprintf(key, sizeof key, "up%d.conv", i + 1);
        double_residual(w, key, low + skip[levels - 1 - i], out[i]);
        low = out[i];
    }
    conv(w, "outc.conv", low, 3, 1, true);
}

void weights_encoder(test_weights *w, const char *prefix, int width)
{
    char key[96];
    *w = (test_weights){0};
    for (int i = 0; i < 13; i++) {
        snprintf(key, sizeof key, "%s%d.conv_block.0", prefix, i);
        conv(w, key, i == 0 ? 1 : width, i == 12 ? 512 : width, i == 12 ? 1 : 3, true);
        snprintf(key, sizeof key, "%s%d.conv_block.1", prefix, i);
        norm(w, key, i == 12 ? 512 : width);
    }
}

float weight_value(const test_weights *w, int i, int64_t j)
{
    if (strstr(w->list[i].key, "running_var")) return 1.0f;
    return (float)((i * 7 + j * 3) % 13 - 6) / 16.0f;
}

void put(buffer *b, const void *bytes, size_t size)
{
    assert_int_equal(buffer_append(b, bytes, size, NULL), VIS_OK);
}

static void put_raw(buffer *b, const char *text)
{
    put(b, text, strlen(text));
}

static void put_number(buffer *b, char opcode, int64_t value, size_t size)
{
    if (opcode) put(b, &opcode, 1);
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * i));
    put(b, bytes, size);
}

void put_text(buffer *b, const char *text)
{
    put_number(b, 'X', (int64_t)strlen(text), 4);
    put_raw(b, text);
}

static int64_t count_of(const test_weight *t)
{
    int64_t count = 1;
    for (int i = 0; i < t->rank; i++)
        count *= t->dim[i];
    return count;
}

static void put_tensor(buffer *b, const test_weight *t, int number)
{
    char key[16];
    int64_t step = count_of(t);
    snprintf(key, sizeof key, "%d", number);
    put_raw(b, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_text(b, "storage");
    put_raw(b, "ctorch\nFloatStorage\n");
    put_text(b, key);
    put_text(b, "cpu");
    put_number(b, 'J', step, 4);
    put_raw(b, "NtQ");
    put_number(b, 'K', 0, 1);
    put_raw(b, "(");
    for (int i = 0; i < t->rank; i++)
        put_number(b, 'J', t->dim[i], 4);
    put_raw(b, "t(");
    for (int i = 0; i < t->rank; i++) {
        step /= t->dim[i];
        put_number(b, 'J', step, 4);
    }
    put_raw(b, "t\x89NtR");
}

void weights_pickle(const test_weights *w, const char *before, buffer *out)
{
    char key[128];
    put(out, "\x80\x02}(", 4);
    for (int i = 0; i < w->count; i++) {
        snprintf(key, sizeof key, "%s%s", before, w->list[i].key);
        put_text(out, key);
        put_tensor(out, &w->list[i], i);
    }
    put(out, "u.", 2);
}

float *weights_numbers(const test_weights *w, int i, int64_t *count)
{
    *count = count_of(&w->list[i]);
    float *numbers = malloc((size_t)*count * sizeof *numbers);
    assert_non_null(numbers);
    for (int64_t j = 0; j < *count; j++)
        numbers[j] = weight_value(w, i, j);
    return numbers;
}

void weights_pth(const test_weights *w, const char *before, buffer *out)
{
    char key[16];
    buffer_init(out, (size_t)256 << 20);
    put(out, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    put(out, "\x80\x02M\xe9\x03.", 6);
    put(out, "\x80\x02}.", 4);
    weights_pickle(w, before, out);
    put(out, "\x80\x02](", 4);
    for (int i = 0; i < w->count; i++) {
        snprintf(key, sizeof key, "%d", i);
        put_text(out, key);
    }
    put(out, "e.", 2);
    for (int i = 0; i < w->count; i++) {
        int64_t count;
        float *numbers = weights_numbers(w, i, &count);
        put_number(out, 0, count, 8);
        put(out, numbers, (size_t)count * sizeof *numbers);
        free(numbers);
    }
}

void weights_encoder_file(const char *path, int width)
{
    test_weights w;
    buffer bytes;
    weights_encoder(&w, "", width);
    weights_pth(&w, "", &bytes);
    assert_int_equal(file_write(path, bytes.data, bytes.size, NULL), VIS_OK);
    weights_free(&w);
    buffer_free(&bytes);
}

int folder_setup(void **state)
{
    char *folder = strdup("/tmp/viseme-test-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) ? 0 : -1;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    char path[512];
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0) remove_folder(path);
    }
    if (dir) closedir(dir);
    rmdir(folder);
}

int folder_teardown(void **state)
{
    remove_folder(*state);
    free(*state);
    return 0;
}

const char *folder_path(void **state, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return path;
}

const char *folder_write(void **state, const char *name, const void *bytes, size_t size)
{
    const char *path = folder_path(state, name);
    assert_int_equal(file_write(path, bytes, size, NULL), VIS_OK);
    return path;
}

static void take_line(void *user, const char *line)
{
    test_log *t = user;
    t->lines++;
    snprintf(t->last, sizeof t->last, "%s", line);
}

void test_log_init(test_log *t)
{
    *t = (test_log){.log = {take_line, NULL}};
    t->log.user = t;
}
