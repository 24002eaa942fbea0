/* audio/features_foreign.c - remedies for files and shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "audio/features_foreign.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "base/status.h"
#include "base/tensor.h"

#include <stdbool.h>
#include <string.h>

#define SAVED_BY_TORCH                                                                             \
    "a file of torch.save; convert it: python3 -c \"import torch, numpy; numpy.save('FILE.npy', "  \
    "torch.load('FILE').cpu().numpy())\""

/* Is a text among the first bytes? A zip archive has its first entry's name there. */
static bool mentions(const uint8_t *bytes, size_t size, const char *text)
{
    return memmem(bytes, size < FILE_KIND_BYTES ? size : FILE_KIND_BYTES, text, strlen(text)) !=
           NULL;
}

/* What the file is and what makes features of it; NULL for kinds with a remedy of their own. */
static const char *remedy_for(file_kind kind, const uint8_t *bytes, size_t size)
{
    switch (kind) {
    case FILE_ZIP:
        if (mentions(bytes, size, ".npy"))
            return "arrays of numpy.savez (.npz); save one as .npy: python3 -c \"import numpy; z = "
                   "numpy.load('FILE'); numpy.save('FILE.npy', z[z.files[0]])\"";
        return mentions(bytes, size, "/data.pkl") ? SAVED_BY_TORCH : NULL;
    case FILE_TORCH_LEGACY:
        return SAVED_BY_TORCH;
    case FILE_PICKLE:
        return "a Python pickle; convert it: python3 -c \"import pickle, numpy; "
               "numpy.save('FILE.npy', pickle.load(open('FILE', 'rb')))\"";
    case FILE_SAFETENSORS:
        return "a safetensors file; save its array as .npy: python3 -c \"import numpy; from "
               "safetensors.numpy import load_file; numpy.save('FILE.npy', "
               "*load_file('FILE').values())\"";
    case FILE_TEXT:
        return "a text; convert it: python3 -c \"import numpy; numpy.save('FILE.npy', "
               "numpy.loadtxt('FILE', dtype='float32'))\"";
    case FILE_RIFF:
    case FILE_MP3:
    case FILE_OGG:
    case FILE_FLAC:
    case FILE_MP4:
    case FILE_MATROSKA:
        return "sound or video, not features; give it as `audio`, with `audio_encoder`";
    default:
        return NULL;
    }
}

vis_status features_check_kind(const char *path, const uint8_t *bytes, size_t size, vis_error *err)
{
    file_kind kind = file_kind_of(bytes, size);
    bool sure = kind == FILE_HTML || kind == FILE_LFS_POINTER || kind == FILE_JSON ||
                kind == FILE_ZIP || kind == FILE_TEXT;
    if (kind == FILE_UNKNOWN || (path_has_suffix(path, ".bin") && !sure)) return VIS_OK;
    const char *remedy = remedy_for(kind, bytes, size);
    if (remedy) return vis_fail(err, VIS_ERR_FORMAT, "%s: is %s", path, remedy);
    if (file_kind_remedy(kind)) return file_kind_refuse(kind, path, err);
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: is %s, not features; give a .npy (or a raw .bin of float32)", path,
                    file_kind_name(kind));
}

/* The axes that are not 1 (a batch of one, a channel); how many. */
static int squeezed(int rank, const int64_t *dim, int64_t out[TENSOR_MAX_RANK])
{
    int kept = 0;
    for (int i = 0; i < rank; i++)
        if (dim[i] != 1) out[kept++] = dim[i];
    return kept;
}

static bool is_row(int rank, const int64_t *dim)
{
    if (rank == 1) return dim[0] == 512 || dim[0] == 2048 || dim[0] == 8192;
    return rank == 2 && ((dim[0] == 2 && dim[1] == 1024) || (dim[0] == 16 && dim[1] == 512));
}

const char *features_shape_remedy(int rank, const int64_t *dim)
{
    int64_t real[TENSOR_MAX_RANK];
    int axes = squeezed(rank, dim, real);
    if (axes == 2 && real[1] == 1024 && real[0] % 2 == 0)
        return "; put two steps into a row: python3 -c \"import numpy; numpy.save('FILE.npy', "
               "numpy.load('FILE').reshape(-1, 2, 1024))\"";
    if (axes < rank && axes > 1 && is_row(axes - 1, real + 1))
        return "; drop the axis of length 1: python3 -c \"import numpy; numpy.save('FILE.npy', "
               "numpy.load('FILE').squeeze())\"";
    if (axes == 2 && is_row(1, real))
        return "; swap the axes: python3 -c \"import numpy; numpy.save('FILE.npy', "
               "numpy.load('FILE').squeeze().T)\"";
    return "";
}
