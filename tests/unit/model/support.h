/* What the tests of this room share: checkpoints made on the spot, in the stream format of
 * torch.save from before PyTorch 1.6, which needs no zip library to write; and a temporary folder.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_MODEL_SUPPORT_H
#define TESTS_MODEL_SUPPORT_H

#include "../cmocka_all.h"

#include "base/buffer.h"
#include "base/log.h"

#include <stdbool.h>

#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != VIS_OK) fail_msg("%s: %s", #call, (err).message);                            \
    } while (0)

/* The call fails with that status, and its message has that text in it. */
#define assert_fails(call, err, code, text)                                                        \
    do {                                                                                           \
        (err).message[0] = '\0';                                                                   \
        assert_int_equal(call, code);                                                              \
        if (!strstr((err).message, text)) fail_msg("\"%s\" lacks \"%s\"", (err).message, text);    \
    } while (0)

typedef struct test_weight {
    char key[96];
    int rank;
    int64_t dim[4];
} test_weight;

typedef struct test_weights {
    test_weight *list;
    int count;
} test_weights;

enum { AVE, HUBERT, WENET }; /* architecture of the audio branch */

void weights_add(test_weights *w, const char *key, int rank, const int64_t *dim);
void weights_drop(test_weights *w, const char *key); /* the key must be there */
void weights_free(test_weights *w);

/* The keys and shapes of a U-Net, written from the contract, independently of the library. */
void weights_unet(test_weights *w, int levels, int branch, const int c[5], int audio_channels,
                  bool nested);

/* The AVE encoder with `width` channels inside and 512 at the end. */
void weights_encoder(test_weights *w, const char *prefix, int width);

/* The value of number j of tensor i in what weights_pth writes. */
float weight_value(const test_weights *w, int i, int64_t j);

/* The file's bytes; `before` is put in front of every key. */
void weights_pth(const test_weights *w, const char *before, buffer *out);

/* An AVE encoder as a file of weights_pth's, without a prefix. */
void weights_encoder_file(const char *path, int width);

/* The two parts that it shares with an archive of torch.save: the pickled dictionary, whose
 * storages are called 0, 1, ..., and the numbers of storage i, of which there are *count (the
 * caller's to free). */
void weights_pickle(const test_weights *w, const char *before, buffer *out);
float *weights_numbers(const test_weights *w, int i, int64_t *count);

/* Bytes of a pickle. */
void put(buffer *b, const void *bytes, size_t size);
void put_text(buffer *b, const char *text); /* as BINUNICODE */

/* Group fixture: *state is a new folder, removed with its files afterwards. */
int folder_setup(void **state);
int folder_teardown(void **state);
/* A path in it, valid until the next call. */
const char *folder_path(void **state, const char *name);
const char *folder_write(void **state, const char *name, const void *bytes, size_t size);

/* A log that counts its lines and keeps the last. */
typedef struct test_log {
    int lines;
    char last[512];
    vis_log log;
} test_log;
void test_log_init(test_log *t);

#endif
