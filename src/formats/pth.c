/* formats/pth.c - what both containers of torch.save have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/pth.h"

#include "base/memory.h"
#include "formats/pth_internal.h"

#include <stdlib.h>
#include <string.h>

struct pth_file {
    pickle_arena *arena;
    const pickle_value *root;
    pth_zip *zip; /* one of the two */
    pth_legacy *legacy;
    bool swapped; /* the file's byte order is not the machine's */
};

bool pth_is_zip(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "PK\3\4", 4) == 0;
}

bool pth_is_legacy(const uint8_t *data, size_t size)
{
    /* PROTO, a version, LONG1 of 10 bytes: the magic number, little-endian */
    static const uint8_t magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
    return size >= 14 && data[0] == 0x80 && data[2] == 0x8a && data[3] == sizeof(magic) &&
           memcmp(data + 4, magic, sizeof(magic)) == 0;
}

vis_status pth_open(const uint8_t *data, size_t size, const char *name, pth_file **out,
                    vis_error *err)
{
    pth_file *file = calloc(1, sizeof(*file));
    if (!file) return vis_fail_memory(err, name);
    bool big_endian = false;
    vis_status status = pickle_arena_create(&file->arena, err);
    if (status == VIS_OK && pth_is_zip(data, size)) {
        status =
            pth_zip_open(data, size, name, file->arena, &file->zip, &file->root, &big_endian, err);
    } else if (status == VIS_OK && pth_is_legacy(data, size)) {
        status = pth_legacy_open(data, size, name, file->arena, &file->legacy, &file->root,
                                 &big_endian, err);
    } else if (status == VIS_OK) {
        status = vis_fail(err, VIS_ERR_FORMAT, "%s: not a file written by torch.save", name);
    }
    if (status != VIS_OK) {
        pth_close(file);
        return status;
    }
    file->swapped = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    *out = file;
    return VIS_OK;
}

void pth_close(pth_file *file)
{
    if (!file) return;
    pth_zip_close(file->zip);
    pth_legacy_close(file->legacy);
    pickle_arena_free(file->arena);
    free(file);
}

const pickle_value *pth_root(const pth_file *file)
{
    return file->root;
}

bool pth_was_legacy(const pth_file *file)
{
    return file->legacy != NULL;
}

vis_status pth_check_storage(pth_file *file, const pickle_storage *storage, vis_error *err)
{
    size_t bytes;
    if (!size_mul((size_t)storage->count, stored_type_size(storage->dtype), &bytes)) {
        return vis_fail(err, VIS_ERR_FORMAT, "a storage of %lld numbers is beyond bounds",
                        (long long)storage->count);
    }
    return file->zip ? pth_zip_check(file->zip, &storage->key, bytes, err)
                     : pth_legacy_check(file->legacy, &storage->key, bytes, err);
}

vis_status pth_read_storage(pth_file *file, const pickle_storage *storage, stored_type type,
                            void *out, size_t size, vis_error *err)
{
    VIS_TRY(file->zip ? pth_zip_read(file->zip, &storage->key, out, size, err)
                      : pth_legacy_read(file->legacy, &storage->key, out, size, err));
    if (file->swapped) stored_swap_bytes(out, type, (int64_t)(size / stored_type_size(type)));
    return VIS_OK;
}
