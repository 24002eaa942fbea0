/* formats/pth_zip.c - the zip archive of torch.save, through libzip.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "base/memory.h"
#include "formats/pth_internal.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define END_RECORD 22                /* bytes of the record at an archive's end */
#define MAX_BEHIND ((size_t)1 << 20) /* bytes behind an archive that are passed over */

/* libzip compares the two headers of each entry when asked to; from 1.12 on it takes the padding
 * that torch.save puts into one of them for a fault. What is read has its length and checksum
 * verified in any case. */
#if LIBZIP_VERSION_MAJOR > 1 || LIBZIP_VERSION_MINOR >= 12
#define OPEN_FLAGS ZIP_RDONLY
#else
#define OPEN_FLAGS (ZIP_RDONLY | ZIP_CHECKCONS)
#endif

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

struct pth_zip {
    zip_t *archive;
    char *name;      /* of the file, for messages */
    char *folder;    /* what all entries begin with, with its slash */
    uint8_t *pickle; /* the bytes of data.pkl: the pickle's texts point into them */
};

static vis_status zip_fail(const char *name, zip_error_t *why, const char *what, vis_error *err)
{
    vis_status status =
        vis_fail(err, zip_error_code_zip(why) == ZIP_ER_MEMORY ? VIS_ERR_MEMORY : VIS_ERR_FORMAT,
                 "%s: %s: %s", name, what, zip_error_strerror(why));
    return status;
}

/* Reads a whole entry of exactly `size` bytes; the end is read too, which verifies the checksum. */
static vis_status read_entry(pth_zip *z, zip_uint64_t index, const char *entry, void *out,
                             size_t size, vis_error *err)
{
    zip_file_t *file = zip_fopen_index(z->archive, index, 0);
    if (!file) return zip_fail(z->name, zip_get_error(z->archive), entry, err);
    size_t have = 0;
    zip_int64_t got = 1;
    while (have < size && got > 0) {
        got = zip_fread(file, (char *)out + have, size - have);
        if (got > 0) have += (size_t)got;
    }
    char beyond;
    if (got >= 0 && have == size) got = zip_fread(file, &beyond, 1);
    vis_status status = VIS_OK;
    if (got < 0) {
        status = zip_fail(z->name, zip_file_get_error(file), entry, err);
    } else if (have != size || got > 0) {
        status = vis_fail(err, VIS_ERR_FORMAT, "%s: entry %s is not as long as the archive says",
                          z->name, entry);
    }
    zip_fclose(file);
    return status;
}

static vis_status entry_size(pth_zip *z, zip_uint64_t index, const char *entry, uint64_t *size,
                             vis_error *err)
{
    zip_stat_t st;
    if (zip_stat_index(z->archive, index, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE)) {
        return zip_fail(z->name, zip_get_error(z->archive), entry, err);
    }
    *size = st.size;
    return VIS_OK;
}

static bool name_ends(const char *name, const char *const *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path_has_suffix(name, suffixes[i])) return true;
    return false;
}

/* A zip archive that torch.save did not write: what is in it says what it is. */
static vis_status refuse_contents(const pth_zip *z, vis_error *err)
{
    static const char *const models[] = {".pth", ".pt", ".ckpt", ".onnx", ".pth.tar"};
    static const char *const arrays[] = {".npy"};
    static const char *const keras[] = {".h5", ".weights.h5"};
    zip_int64_t count = zip_get_num_entries(z->archive, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *entry = zip_get_name(z->archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        if (!entry) continue;
        if (name_ends(entry, models, COUNT_OF(models)))
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: a zip archive with a checkpoint in it, %s; unpack it with unzip "
                            "and give that",
                            z->name, entry);
        if (name_ends(entry, arrays, COUNT_OF(arrays)))
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: NumPy arrays (.npz), not a model; give a PyTorch checkpoint "
                            "(.pth) or an ONNX file",
                            z->name);
        if (name_ends(entry, keras, COUNT_OF(keras)))
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "%s: a Keras model; give the .pth or .onnx of a lip-sync network",
                            z->name);
    }
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: a zip archive without data.pkl, so not written by torch.save; if the "
                    "checkpoint is inside, unpack it with unzip",
                    z->name);
}

/* Finds "FOLDER/data.pkl" and with it the folder that everything lies in. */
static vis_status find_pickle(pth_zip *z, zip_uint64_t *index, vis_error *err)
{
    static const char wanted[] = "/data.pkl";
    zip_int64_t count = zip_get_num_entries(z->archive, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *entry = zip_get_name(z->archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const char *slash = entry ? strchr(entry, '/') : NULL;
        if (!slash || strcmp(slash, wanted) != 0) continue;
        if (z->folder) {
            return vis_fail(err, VIS_ERR_FORMAT, "%s: the archive holds two pickles", z->name);
        }
        z->folder = text_copy(entry, (size_t)(slash + 1 - entry));
        if (!z->folder) return vis_fail_memory(err, z->name);
        *index = (zip_uint64_t)i;
    }
    return z->folder ? VIS_OK : refuse_contents(z, err);
}

static vis_status find_entry(pth_zip *z, const char *what, char **entry, zip_int64_t *index,
                             vis_error *err)
{
    *entry = text_format("%s%s", z->folder, what);
    if (!*entry) return vis_fail_memory(err, z->name);
    *index = zip_name_locate(z->archive, *entry, ZIP_FL_ENC_RAW);
    return VIS_OK;
}

/* "byteorder" says little or big; and a script archive is told apart by its constants. */
static vis_status read_extras(pth_zip *z, bool *big_endian, vis_error *err)
{
    char *entry, order[8] = "";
    zip_int64_t index = -1;
    uint64_t size = 0;
    VIS_TRY(find_entry(z, "constants.pkl", &entry, &index, err));
    free(entry);
    if (index >= 0) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: a TorchScript archive (torch.jit.save), which holds code; take its "
                        "weights out: python3 -c \"import torch; torch.save(torch.jit.load('FILE')"
                        ".state_dict(), 'FILE.pth')\"",
                        z->name);
    }
    VIS_TRY(find_entry(z, "byteorder", &entry, &index, err));
    vis_status status = VIS_OK;
    if (index >= 0) {
        status = entry_size(z, (zip_uint64_t)index, entry, &size, err);
        if (status == VIS_OK && size >= sizeof(order)) size = 0;
        if (status == VIS_OK && size > 0) {
            status = read_entry(z, (zip_uint64_t)index, entry, order, (size_t)size, err);
        }
        if (status == VIS_OK && strcmp(order, "little") != 0 && strcmp(order, "big") != 0) {
            status = vis_fail(err, VIS_ERR_FORMAT, "%s: entry %s is neither little nor big",
                              z->name, entry);
        }
    }
    free(entry);
    *big_endian = strcmp(order, "big") == 0;
    return status;
}

static uint32_t read32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Where the archive ends: bytes may stand behind it (a line break, what a download left), which
 * PyTorch passes over too. Its last record says "PK\5\6" and where the directory before it lies
 * (APPNOTE 4.3.16); `size` when there is none. */
static size_t archive_end(const uint8_t *data, size_t size)
{
    size_t least = size > MAX_BEHIND ? size - MAX_BEHIND : 0;
    for (size_t at = size < END_RECORD ? 0 : size - END_RECORD; at > least; at--) {
        if (memcmp(data + at, "PK\5\6", 4) != 0) continue;
        uint64_t directory = (uint64_t)read32(data + at + 12) + read32(data + at + 16);
        size_t end = at + END_RECORD + (data[at + 20] | (size_t)data[at + 21] << 8);
        bool large = read32(data + at + 16) == UINT32_MAX; /* zip64 says it elsewhere */
        if ((large || directory <= at) && end <= size) return end;
    }
    return size;
}

static vis_status try_to_open(pth_zip *z, const uint8_t *data, size_t size, vis_error *err)
{
    size = archive_end(data, size);
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &why);
    if (!source) {
        zip_error_fini(&why);
        return vis_fail_memory(err, z->name);
    }
    z->archive = zip_open_from_source(source, OPEN_FLAGS, &why);
    vis_status status = VIS_OK;
    if (!z->archive) {
        status = vis_fail(
            err, zip_error_code_zip(&why) == ZIP_ER_MEMORY ? VIS_ERR_MEMORY : VIS_ERR_FORMAT,
            "%s: damaged or cut short (%s); copy or download it again", z->name,
            zip_error_strerror(&why));
        zip_source_free(source);
    }
    zip_error_fini(&why);
    return status;
}

/* libzip often takes memory that ran out for a fault of the file. Opening twice tells: a faulty
 * file is so again, and who still has no memory does not get as far as to look at the file. */
static vis_status open_archive(pth_zip *z, const uint8_t *data, size_t size, vis_error *err)
{
    vis_status status = try_to_open(z, data, size, err);
    return status == VIS_ERR_FORMAT ? try_to_open(z, data, size, err) : status;
}

static vis_status read_pickle(pth_zip *z, pickle_arena *arena, const pickle_value **root,
                              bool *big_endian, vis_error *err)
{
    zip_uint64_t index = 0;
    uint64_t size = 0;
    VIS_TRY(find_pickle(z, &index, err));
    VIS_TRY(read_extras(z, big_endian, err));
    VIS_TRY(entry_size(z, index, "data.pkl", &size, err));
    if (size > PTH_MAX_PICKLE) {
        return vis_fail(err, VIS_ERR_LIMIT, "%s: data.pkl of %llu bytes is beyond bounds", z->name,
                        (unsigned long long)size);
    }
    z->pickle = malloc((size_t)size + 1);
    if (!z->pickle) return vis_fail_memory(err, z->name);
    VIS_TRY(read_entry(z, index, "data.pkl", z->pickle, (size_t)size, err));
    return pickle_read(arena, z->pickle, (size_t)size, z->name, 0, root, NULL, err);
}

vis_status pth_zip_open(const uint8_t *data, size_t size, const char *name, pickle_arena *arena,
                        pth_zip **out, const pickle_value **root, bool *big_endian, vis_error *err)
{
    pth_zip *z = calloc(1, sizeof(*z));
    if (!z) return vis_fail_memory(err, name);
    z->name = strdup(name);
    vis_status status = z->name ? open_archive(z, data, size, err) : vis_fail_memory(err, name);
    if (status == VIS_OK) status = read_pickle(z, arena, root, big_endian, err);
    if (status != VIS_OK) {
        pth_zip_close(z);
        return status;
    }
    *out = z;
    return VIS_OK;
}

void pth_zip_close(pth_zip *z)
{
    if (!z) return;
    if (z->archive) zip_discard(z->archive);
    free(z->name);
    free(z->folder);
    free(z->pickle);
    free(z);
}

/* The entry "FOLDER/data/KEY", which must hold `size` bytes. */
static vis_status find_storage(pth_zip *z, const pickle_text *key, size_t size, zip_uint64_t *index,
                               char **entry, vis_error *err)
{
    *entry = NULL;
    if (key->size > 200 || memchr(key->at, '\0', key->size)) {
        return vis_fail(err, VIS_ERR_FORMAT, "%s: a storage key that makes no sense", z->name);
    }
    *entry = text_format("%sdata/%.*s", z->folder, (int)key->size, key->at);
    if (!*entry) return vis_fail_memory(err, z->name);
    zip_int64_t found = zip_name_locate(z->archive, *entry, ZIP_FL_ENC_RAW);
    if (found < 0) return vis_fail(err, VIS_ERR_FORMAT, "%s: entry %s is missing", z->name, *entry);
    *index = (zip_uint64_t)found;
    zip_stat_t st;
    if (zip_stat_index(z->archive, *index, 0, &st) != 0) {
        return zip_fail(z->name, zip_get_error(z->archive), *entry, err);
    }
    if (st.size != size) {
        return vis_fail(err, VIS_ERR_FORMAT, "%s: entry %s holds %llu bytes, its pickle says %zu",
                        z->name, *entry, (unsigned long long)st.size, size);
    }
    /* Deflate gains at most a factor of 1032; more is a lie about what is inside. */
    if (st.comp_size < size / 1032 || (st.comp_method == ZIP_CM_STORE && st.comp_size != size)) {
        return vis_fail(err, VIS_ERR_FORMAT, "%s: entry %s cannot hold the bytes it claims",
                        z->name, *entry);
    }
    return VIS_OK;
}

vis_status pth_zip_check(pth_zip *z, const pickle_text *key, size_t size, vis_error *err)
{
    zip_uint64_t index = 0;
    char *entry;
    vis_status status = find_storage(z, key, size, &index, &entry, err);
    free(entry);
    return status;
}

vis_status pth_zip_read(pth_zip *z, const pickle_text *key, void *out, size_t size, vis_error *err)
{
    zip_uint64_t index = 0;
    char *entry;
    vis_status status = find_storage(z, key, size, &index, &entry, err);
    if (status == VIS_OK) status = read_entry(z, index, entry, out, size, err);
    free(entry);
    return status;
}
