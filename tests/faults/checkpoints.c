/* tests/faults/checkpoints.c - written from the keys that the tests of src/networks know.
 * SPDX-License-Identifier: Apache-2.0 */
#include "checkpoints.h"

#include "../unit/model/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

/* Storages of an archive: kept until it is closed. */
static void add_entry(zip_t *archive, const char *name, const void *bytes, size_t size)
{
    zip_source_t *source = zip_source_buffer(archive, bytes, size, 0);
    zip_int64_t entry = zip_file_add(archive, name, source, 0);
    assert_true(entry >= 0);
    assert_int_equal(zip_set_file_compression(archive, (zip_uint64_t)entry, ZIP_CM_STORE, 0), 0);
}

/* As torch.save writes it since PyTorch 1.6. */
static void write_archive(const char *path, const test_weights *w)
{
    buffer pickle;
    int64_t count;
    float **numbers = calloc((size_t)w->count, sizeof *numbers);
    zip_t *archive = zip_open(path, ZIP_CREATE, NULL);
    assert_non_null(numbers);
    assert_non_null(archive);
    buffer_init(&pickle, 1 << 20);
    weights_pickle(w, "", &pickle);
    add_entry(archive, "archive/data.pkl", pickle.data, pickle.size);
    for (int i = 0; i < w->count; i++) {
        char name[64];
        snprintf(name, sizeof name, "archive/data/%d", i);
        numbers[i] = weights_numbers(w, i, &count);
        add_entry(archive, name, numbers[i], (size_t)count * sizeof(float));
    }
    assert_int_equal(zip_close(archive), 0);
    for (int i = 0; i < w->count; i++)
        free(numbers[i]);
    free(numbers);
    buffer_free(&pickle);
}

void checkpoint_unet(const char *path)
{
    static const int widths[5] = {2, 2, 2, 2, 2};
    test_weights w;
    weights_unet(&w, 4, AVE, widths, 32, true);
    write_archive(path, &w);
    weights_free(&w);
}

void checkpoint_encoder(const char *path)
{
    weights_encoder_file(path, 1);
}
