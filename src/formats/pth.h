/* formats/pth.h - a file written by torch.save: one pickle, and blocks of numbers beside it.
 *
 * Format, since PyTorch 1.6 (torch/serialization.py, caffe2/serialize/inline_container.cc): a zip
 * archive, entries stored without compression, all under one folder (named after the file, or
 * "archive"): "F/data.pkl" the pickle, "F/data/KEY" one storage each, as raw numbers, "F/version",
 * and since 2.1 "F/byteorder" ("little" or "big"; little when it is not there). A TorchScript
 * archive looks alike but also has "F/constants.pkl" and "F/code/"; it is refused.
 *
 * Format before 1.6, and still with _use_new_zipfile_serialization=False: pickles one behind the
 * other: the magic number 0x1950a86a20f9469cfc6c; the protocol version 1001; a dict with
 * "little_endian" and sizes; the object; a list of storage keys. Then for each key in that order:
 * the number of elements as int64, and the raw numbers.
 *
 * Both: what the archive says is never trusted. An entry must hold exactly the bytes that the
 * pickle announces, checksums are verified, blocks lie inside the file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PTH_H
#define FORMATS_PTH_H

#include "formats/pickle.h"

typedef struct pth_file pth_file;

/* Does the file begin like a zip archive, or like the older stream? */
bool pth_is_zip(const uint8_t *data, size_t size);
bool pth_is_legacy(const uint8_t *data, size_t size);

/* Opens a file that lies in memory; `data` must stay until pth_close. `name` begins messages. */
vis_status pth_open(const uint8_t *data, size_t size, const char *name, pth_file **out,
                    vis_error *err);
void pth_close(pth_file *file); /* NULL is fine */

/* The pickled object; lives as long as the file is open. */
const pickle_value *pth_root(const pth_file *file);
bool pth_was_legacy(const pth_file *file);

/* Is the block behind a storage there, with exactly the bytes that the pickle announces? Asked
 * before memory is taken for it. */
vis_status pth_check_storage(pth_file *file, const pickle_storage *storage, vis_error *err);

/* Reads the whole block behind a storage into `out`, `size` bytes, which must be storage->count
 * numbers of its type, and puts them into the machine's byte order. `type`: that of the numbers,
 * which for an untyped storage the tensor knows. */
vis_status pth_read_storage(pth_file *file, const pickle_storage *storage, stored_type type,
                            void *out, size_t size, vis_error *err);

#endif
