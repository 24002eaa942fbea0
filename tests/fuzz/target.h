/* fuzz/target.h - what every fuzz target gives, and what targets share.
 *
 * A target is one file TARGET.c: it hands any bytes at all to one reader of the product, as the
 * product itself would. Nothing may come of it but a status: no crash, no leak, nothing undefined,
 * no file. libFuzzer drives it (`tools/soak.sh fuzz`), or replay.c over files that are kept (`make
 * check`).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include "networks/model.h"

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's names: run once at the start (a target may leave it out), and on each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An error that has a message, or success: aborts on anything else. */
void target_check(vis_status status, const vis_error *err);

/* A log whose lines are read to their end and dropped. */
const vis_log *target_log(void);

/* Opens bytes as a checkpoint or ONNX file, settles ave against hubert where that is open, and
 * closes it. `path` is its name; external data are looked for beside it. */
void target_open_model(const char *path, const uint8_t *data, size_t size);

/* A file that holds the bytes and has no name in any folder, for readers that take a path; one at a
 * time. The path lives until target_file_close. */
const char *target_file_open(const uint8_t *data, size_t size);
void target_file_close(void);

#endif
