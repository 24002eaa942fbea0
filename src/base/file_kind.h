/* base/file_kind.h - what a file is, by its first bytes, whatever its name says.
 *
 * For messages: who wanted another kind of file can name what it was given and say what to do.
 * The magic numbers are those of each format's own specification.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_FILE_KIND_H
#define BASE_FILE_KIND_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define FILE_KIND_BYTES 1024 /* as many of a file's first bytes as anything is told from */

typedef enum file_kind {
    FILE_UNKNOWN,
    FILE_EMPTY,
    /* sent or stored instead of the file that was meant */
    FILE_HTML,
    FILE_LFS_POINTER,
    FILE_JSON,
    FILE_XML,
    FILE_BASE64,
    FILE_TEXT, /* any other */
    FILE_UTF16,
    /* packed */
    FILE_GZIP,
    FILE_BZIP2,
    FILE_XZ,
    FILE_ZSTD,
    FILE_TAR,
    FILE_7Z,
    FILE_RAR,
    FILE_ZIP, /* torch.save's archives, .npz and .keras are too */
    /* networks */
    FILE_TORCH_LEGACY, /* torch.save before PyTorch 1.6 */
    FILE_PICKLE,       /* any other */
    FILE_SAFETENSORS,
    FILE_NCNN_PARAM,
    FILE_TENSORRT,
    FILE_TFLITE,
    FILE_ORT,
    FILE_OPENVINO,
    FILE_HDF5,
    FILE_GGUF,
    /* arrays, pictures, sound, video, programs */
    FILE_NPY,
    FILE_JPEG,
    FILE_PNG,
    FILE_RIFF, /* WAV, AVI, WebP */
    FILE_MP4,
    FILE_MATROSKA,
    FILE_OGG,
    FILE_FLAC,
    FILE_MP3,
    FILE_PDF,
    FILE_PROGRAM,
    FILE_KINDS,
} file_kind;

/* Tells the kind from a file's first bytes; FILE_KIND_BYTES of them are enough. */
file_kind file_kind_of(const void *bytes, size_t size);

/* The same of a file; FILE_UNKNOWN also where it cannot be read. Never waits. */
file_kind file_kind_at(const char *path);

/* "a web page (HTML)", and so on: fits behind "is". */
const char *file_kind_name(file_kind kind);

/* What to do with it, whatever was wanted: "download the file itself", "unpack it: gunzip -k FILE".
 * NULL where that depends on what was wanted. */
const char *file_kind_remedy(file_kind kind);

/* VIS_ERR_FORMAT: "PATH: is a web page (HTML); download the file itself", for kinds that have a
 * remedy of their own; else the name alone. */
vis_status file_kind_refuse(file_kind kind, const char *path, vis_error *err);

#endif
