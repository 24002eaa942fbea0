/* formats/pth_legacy.c - the stream of pickles that torch.save wrote before PyTorch 1.6.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "formats/pth_internal.h"

#include <stdlib.h>
#include <string.h>

#define PROTOCOL_VERSION 1001

typedef struct block {
    pickle_text key;
    const uint8_t *at; /* raw numbers inside the file */
    size_t bytes;
} block;

struct pth_legacy {
    const uint8_t *data;
    size_t size, at;
    char *name;
    block *blocks; /* sorted by key */
    int n_blocks;
};

static int compare_texts(const pickle_text *a, const pickle_text *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->at, b->at, shorter);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_blocks(const void *a, const void *b)
{
    return compare_texts(&((const block *)a)->key, &((const block *)b)->key);
}

static int compare_storages(const void *a, const void *b)
{
    return compare_texts(&(*(const pickle_storage *const *)a)->key,
                         &(*(const pickle_storage *const *)b)->key);
}

static vis_status next_pickle(pth_legacy *l, pickle_arena *arena, const pickle_value **value,
                              vis_error *err)
{
    size_t used;
    VIS_TRY(
        pickle_read(arena, l->data + l->at, l->size - l->at, l->name, l->at, value, &used, err));
    l->at += used;
    return VIS_OK;
}

/* Magic number (checked by pth_is_legacy), protocol version, system. */
static vis_status read_preamble(pth_legacy *l, pickle_arena *arena, bool *big_endian,
                                vis_error *err)
{
    const pickle_value *value;
    VIS_TRY(next_pickle(l, arena, &value, err));
    VIS_TRY(next_pickle(l, arena, &value, err));
    if (value->type != PICKLE_INT || value->integer != PROTOCOL_VERSION) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: torch.save's stream of a version other than %d", l->name,
                        PROTOCOL_VERSION);
    }
    VIS_TRY(next_pickle(l, arena, &value, err));
    const pickle_value *little = pickle_dict_get(value, "little_endian");
    *big_endian = little && little->type == PICKLE_BOOL && !little->truth;
    return VIS_OK;
}

/* The raw numbers begin behind the list of keys; each block's place follows from the ones before.
 */
static vis_status place_blocks(pth_legacy *l, const pickle_items *keys,
                               const pickle_storage **storages, int n_storages, bool big_endian,
                               vis_error *err)
{
    l->blocks = calloc((size_t)keys->count + 1, sizeof(block));
    if (!l->blocks) return vis_fail_memory(err, l->name);
    for (int i = 0; i < keys->count; i++) {
        if (keys->at[i]->type != PICKLE_TEXT) {
            return vis_fail(err, VIS_ERR_FORMAT, "%s: the list of storages is damaged", l->name);
        }
        pickle_storage probe = {.key = keys->at[i]->text};
        const pickle_storage *probe_at = &probe;
        const pickle_storage **found =
            bsearch(&probe_at, storages, (size_t)n_storages, sizeof(*storages), compare_storages);
        uint8_t count_bytes[8];
        uint64_t count = 0;
        size_t bytes;
        if (!found || l->size - l->at < sizeof(count_bytes)) {
            return vis_fail(err, VIS_ERR_FORMAT, "%s: cut short, %d of %d storages are there",
                            l->name, i, keys->count);
        }
        memcpy(count_bytes, l->data + l->at, sizeof(count_bytes));
        if (big_endian) stored_swap_bytes(count_bytes, STORED_INT64, 1);
        for (int k = 7; k >= 0; k--) {
            count = count << 8 | count_bytes[k];
        }
        l->at += sizeof(count_bytes);
        if (count > SIZE_MAX ||
            !size_mul((size_t)count, stored_type_size((*found)->dtype), &bytes) ||
            bytes > l->size - l->at) {
            return vis_fail(err, VIS_ERR_FORMAT, "%s: cut short, %d of %d storages are there",
                            l->name, i, keys->count);
        }
        l->blocks[l->n_blocks++] = (block){probe.key, l->data + l->at, bytes};
        l->at += bytes;
    }
    qsort(l->blocks, (size_t)l->n_blocks, sizeof(block), compare_blocks);
    return VIS_OK;
}

static vis_status read_stream(pth_legacy *l, pickle_arena *arena, const pickle_value **root,
                              bool *big_endian, vis_error *err)
{
    const pickle_value *keys;
    const pickle_storage **storages = NULL;
    int n_storages = 0;
    VIS_TRY(read_preamble(l, arena, big_endian, err));
    VIS_TRY(next_pickle(l, arena, root, err));
    VIS_TRY(next_pickle(l, arena, &keys, err));
    if (keys->type != PICKLE_LIST) {
        return vis_fail(err, VIS_ERR_FORMAT, "%s: the list of storages is damaged", l->name);
    }
    VIS_TRY(pickle_arena_storages(arena, &storages, &n_storages, err));
    qsort(storages, (size_t)n_storages, sizeof(*storages), compare_storages);
    vis_status status = place_blocks(l, &keys->items, storages, n_storages, *big_endian, err);
    free(storages);
    return status;
}

vis_status pth_legacy_open(const uint8_t *data, size_t size, const char *name, pickle_arena *arena,
                           pth_legacy **out, const pickle_value **root, bool *big_endian,
                           vis_error *err)
{
    pth_legacy *l = calloc(1, sizeof(*l));
    if (!l) return vis_fail_memory(err, name);
    l->data = data;
    l->size = size;
    l->name = strdup(name);
    vis_status status =
        l->name ? read_stream(l, arena, root, big_endian, err) : vis_fail_memory(err, name);
    if (status != VIS_OK) {
        pth_legacy_close(l);
        return status;
    }
    *out = l;
    return VIS_OK;
}

void pth_legacy_close(pth_legacy *l)
{
    if (!l) return;
    free(l->name);
    free(l->blocks);
    free(l);
}

static const block *find_block(const pth_legacy *l, const pickle_text *key)
{
    block probe = {.key = *key};
    return bsearch(&probe, l->blocks, (size_t)l->n_blocks, sizeof(block), compare_blocks);
}

vis_status pth_legacy_check(pth_legacy *l, const pickle_text *key, size_t size, vis_error *err)
{
    const block *found = find_block(l, key);
    if (!found || found->bytes != size) {
        return vis_fail(
            err, VIS_ERR_FORMAT, "%s: storage %.*s holds %zu bytes, its pickle says %zu", l->name,
            key->size > 40 ? 40 : (int)key->size, key->at, found ? found->bytes : (size_t)0, size);
    }
    return VIS_OK;
}

vis_status pth_legacy_read(pth_legacy *l, const pickle_text *key, void *out, size_t size,
                           vis_error *err)
{
    VIS_TRY(pth_legacy_check(l, key, size, err));
    if (size) memcpy(out, find_block(l, key)->at, size);
    return VIS_OK;
}
