/* What the tests of media share: a folder for each test program, and pictures to write.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_MEDIA_SUPPORT_H
#define TEST_MEDIA_SUPPORT_H

#include "../cmocka_all.h"
#include "media/picture.h"

/* Group setup and teardown: makes and removes the folder with all in it. */
int test_folder_make(void **state);
int test_folder_remove(void **state);

/* "<folder>/<name>"; valid until the fourth next call. */
const char *test_path(const char *name);

/* How many files lie in the folder, hidden ones included. */
int test_folder_count(void);

/* A smooth colourful picture that carries `number` (12 bits) as black and white blocks along its
 * upper edge, wide enough (>= 96) to survive coding; and reading the number back. */
picture test_picture(int width, int height, int number);
int test_picture_number(const picture *p);

/* Mean absolute and largest difference of two pictures of one size. */
double test_mean_difference(const picture *a, const picture *b);
int test_max_difference(const picture *a, const picture *b);

#endif
