/* formats/state_dict.c - choosing the dict, reading its tensors storage by storage.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/state_dict.h"

#include "base/memory.h"
#include "base/sort.h"
#include "formats/pickle_tensors.h"
#include "formats/pth.h"
#include "formats/weights_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW_NUMBERS ((int64_t)1 << 20) /* that any file may ask for */
#define NUMBERS_A_BYTE 4               /* of the file: torch.save needs a byte or more for each */

static const char *const prefixes[] = {"module.", "_orig_mod."};

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* One tensor on its way from the file into the state dict. */
typedef struct pending {
    const pickle_tensor *tensor;
    state_entry *entry;
} pending;

static void list_sizes(const pickle_tensor *t, int64_t dim[TENSOR_MAX_RANK])
{
    for (int a = 0; a < t->rank; a++) {
        dim[a] = pickle_size(t, a);
    }
}

/* Checks that a tensor lies inside its storage; *count becomes its number of elements. */
static vis_status check_bounds(const char *name, const char *key, const pickle_tensor *t,
                               int64_t *count, vis_error *err)
{
    int64_t last = t->offset, block = t->storage->count, dim[TENSOR_MAX_RANK];
    list_sizes(t, dim);
    bool fits = shape_count(dim, t->rank, count);
    if (t->storage->dtype == STORED_UNTYPED) block /= (int64_t)stored_type_size(t->dtype);
    fits = fits && !__builtin_add_overflow(last, t->storage->view_offset, &last);
    for (int a = 0; fits && a<t->rank && * count> 0; a++) {
        int64_t reach;
        fits = !__builtin_mul_overflow(dim[a] - 1, pickle_stride(t, a), &reach) &&
               !__builtin_add_overflow(last, reach, &last);
    }
    if (!fits || (*count > 0 && last >= block)) {
        char text[128];
        return vis_fail(err, VIS_ERR_FORMAT, "%s: %s %s reaches beyond its storage of %lld numbers",
                        name, key, shape_text(dim, t->rank, text, sizeof(text)), (long long)block);
    }
    return VIS_OK;
}

/* The tensors of the chosen place on their way into the state dict. */
typedef struct taking {
    const char *name, *prefix;
    state_dict *dict;
    pending *list;
    int room, others; /* others: tensors whose keys do not begin with the prefix */
    int64_t max, total;
    vis_status status;
    vis_error *err;
} taking;

static bool begins_with(pickle_text key, const char *prefix)
{
    size_t length = strlen(prefix);
    return key.size >= length && memcmp(key.at, prefix, length) == 0;
}

/* A pickle_visit: how many there are. */
static bool count_one(void *user, pickle_text key, const pickle_tensor *value)
{
    taking *t = user;
    if (begins_with(key, t->prefix))
        t->room++;
    else
        t->others++;
    return true;
}

/* `max` numbers in all, and in a storage: what a file may ask for grows with its size, so that a
 * few bytes (a view with stride 0 repeats one number for ever, zeros deflate a thousandfold) cannot
 * claim all memory. */
static vis_status take_tensor(taking *t, pickle_text key, const pickle_tensor *value)
{
    int64_t count;
    size_t length = strlen(t->prefix);
    if (memchr(key.at, '\0', key.size))
        return vis_fail(t->err, VIS_ERR_FORMAT, "%s: a key with a zero byte in it", t->name);
    state_entry *entry = &t->dict->entry[t->dict->count];
    entry->key = text_copy(key.at + length, key.size - length);
    if (!entry->key) return vis_fail_memory(t->err, t->name);
    entry->stored = value->dtype;
    t->list[t->dict->count++] = (pending){value, entry};
    VIS_TRY(check_bounds(t->name, entry->key, value, &count, t->err));
    if (value->storage->count > t->max || count > t->max || (t->total += count) > t->max)
        return vis_fail(t->err, VIS_ERR_LIMIT, "%s: more weights than any model of the family has",
                        t->name);
    return VIS_OK;
}

/* A pickle_visit. */
static bool take_one(void *user, pickle_text key, const pickle_tensor *value)
{
    taking *t = user;
    if (begins_with(key, t->prefix) && t->dict->count < t->room)
        t->status = take_tensor(t, key, value);
    return t->status == VIS_OK;
}

static void warn_others(const weights_location *place, const taking *t, const vis_log *log)
{
    const pickle_value *holder = place->holder;
    int tensors = t->room + t->others;
    int entries = holder->type == PICKLE_DICT ? holder->items.count / 2 : tensors;
    if (entries > tensors)
        vis_warn(log, "%s: %d entries beside the weights are not tensors; ignored", t->name,
                 entries - tensors);
    if (t->others > 0)
        vis_warn(log, "%s: %d tensors whose keys do not begin with \"%s\" are ignored", t->name,
                 t->others, t->prefix);
}

static int compare_pending(const void *a, const void *b)
{
    const pickle_text *x = &((const pending *)a)->tensor->storage->key;
    const pickle_text *y = &((const pending *)b)->tensor->storage->key;
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    return memcmp(x->at, y->at, x->size);
}

/* Is the tensor its whole storage, in order, in float32? Then it is read in place. */
static bool is_plain(const pickle_tensor *t, int64_t count)
{
    int64_t step = 1;
    if (t->dtype != STORED_FLOAT32 || t->storage->dtype != STORED_FLOAT32 || t->offset != 0 ||
        t->storage->view_offset != 0 || count != t->storage->count) {
        return false;
    }
    for (int a = t->rank - 1; a >= 0; a--) {
        if (pickle_size(t, a) != 1 && pickle_stride(t, a) != step) return false;
        step *= pickle_size(t, a);
    }
    return true;
}

/* Copies a view out of its block, run by run along the last axis. */
static void copy_view(const pickle_tensor *t, const uint8_t *block, tensor *out)
{
    size_t size = stored_type_size(t->dtype);
    int64_t count = tensor_count(out), at[TENSOR_MAX_RANK] = {0};
    int64_t offset = t->offset + t->storage->view_offset, step = 1;
    float *to = tensor_f32(out);
    /* The longest run of trailing axes that lies in order is converted at once. */
    int outer = t->rank;
    while (outer > 0 && (out->dim[outer - 1] == 1 || pickle_stride(t, outer - 1) == step)) {
        step *= out->dim[--outer];
    }
    for (int64_t done = 0; done < count; done += step) {
        stored_convert(block + (size_t)offset * size, t->dtype, step, to + done, TENSOR_F32);
        for (int a = outer - 1; a >= 0; a--) {
            offset += pickle_stride(t, a);
            if (++at[a] < out->dim[a]) break;
            offset -= pickle_stride(t, a) * out->dim[a];
            at[a] = 0;
        }
    }
}

/* Reads the tensors that share one storage: list[0] .. list[n-1]. */
static vis_status read_group(pth_file *file, const char *name, pending *list, int n, vis_error *err)
{
    const pickle_tensor *first = list[0].tensor;
    const pickle_storage *storage = first->storage;
    VIS_TRY(pth_check_storage(file, storage, err));
    for (int i = 0; i < n; i++) {
        const pickle_tensor *t = list[i].tensor;
        if (t->dtype != first->dtype || t->storage->dtype != storage->dtype ||
            t->storage->count != storage->count) {
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: %s and %s share a storage but disagree about it", name,
                            list[0].entry->key, list[i].entry->key);
        }
        int64_t dim[TENSOR_MAX_RANK];
        list_sizes(t, dim);
        VIS_TRY(tensor_create(&list[i].entry->value, TENSOR_F32, t->rank, dim, err));
    }
    tensor *value = &list[0].entry->value;
    if (n == 1 && is_plain(first, tensor_count(value))) {
        return pth_read_storage(file, storage, STORED_FLOAT32, value->data,
                                (size_t)storage->count * sizeof(float), err);
    }
    size_t bytes = (size_t)storage->count * stored_type_size(storage->dtype);
    uint8_t *block = malloc(bytes + 1);
    if (!block) return vis_fail_memory(err, name);
    vis_status status = pth_read_storage(file, storage, first->dtype, block, bytes, err);
    for (int i = 0; i < n && status == VIS_OK; i++) {
        copy_view(list[i].tensor, block, &list[i].entry->value);
    }
    free(block);
    return status;
}

/* `most` numbers in all storages together: an archive can show the same few bytes, inflated a
 * thousandfold, as any number of entries. */
static vis_status read_tensors(pth_file *file, const char *name, int64_t most, pending *list,
                               int count, vis_error *err)
{
    qsort(list, (size_t)count, sizeof(*list), compare_pending);
    for (int i = 0, n; i < count; i += n) {
        n = 1;
        while (i + n < count && compare_pending(&list[i], &list[i + n]) == 0) {
            n++;
        }
        most -= list[i].tensor->storage->count;
        if (most < 0) {
            return vis_fail(err, VIS_ERR_LIMIT, "%s: more weights than a file of its size can hold",
                            name);
        }
        VIS_TRY(read_group(file, name, list + i, n, err));
    }
    return VIS_OK;
}

static bool all_begin_with(const state_dict *dict, const char *prefix)
{
    for (int i = 0; i < dict->count; i++) {
        const char *key = dict->entry[i].key;
        if (!key || strncmp(key, prefix, strlen(prefix)) != 0) return false;
    }
    return dict->count > 0;
}

static void strip_prefixes(state_dict *dict)
{
    for (size_t i = 0; i < COUNT_OF(prefixes);) {
        size_t length = strlen(prefixes[i]), used = strlen(dict->prefix);
        if (!all_begin_with(dict, prefixes[i]) || used + length >= sizeof(dict->prefix)) {
            i++;
            continue;
        }
        memcpy(dict->prefix + used, prefixes[i], length + 1);
        for (int k = 0; k < dict->count; k++) {
            char *key = dict->entry[k].key;
            memmove(key, key + length, strlen(key + length) + 1);
        }
        i = 0; /* one may be inside the other */
    }
}

static int compare_keys(int a, int b, const void *dict)
{
    const state_entry *entry = ((const state_dict *)dict)->entry;
    return strcmp(entry[a].key, entry[b].key);
}

/* Sorts the index by key; a key that is there twice is refused. */
static vis_status index_keys(state_dict *dict, const char *name, vis_error *err)
{
    for (int i = 0; i < dict->count; i++) {
        dict->by_key[i] = i;
    }
    sort_indices(dict->by_key, (size_t)dict->count, compare_keys, dict);
    for (int i = 1; i < dict->count; i++) {
        if (compare_keys(dict->by_key[i - 1], dict->by_key[i], dict) == 0) {
            return vis_fail(err, VIS_ERR_FORMAT, "%s: %s is there twice", name,
                            dict->entry[dict->by_key[i]].key);
        }
    }
    return VIS_OK;
}

static void name_dtype(state_dict *dict)
{
    const char *text = "none";
    for (int i = 0; i < dict->count; i++) {
        if (!stored_type_is_float(dict->entry[i].stored)) continue;
        const char *this = stored_type_name(dict->entry[i].stored);
        text = strcmp(text, "none") == 0 || strcmp(text, this) == 0 ? this : "mixed";
        if (strcmp(text, "mixed") == 0) break;
    }
    snprintf(dict->weights_dtype, sizeof(dict->weights_dtype), "%s", text);
}

/* How many numbers a file of that size may ask for. */
static int64_t max_numbers(size_t size)
{
    if (size >= STATE_DICT_MAX_NUMBERS / NUMBERS_A_BYTE) return STATE_DICT_MAX_NUMBERS;
    int64_t most = FEW_NUMBERS + (int64_t)size * NUMBERS_A_BYTE;
    return most < STATE_DICT_MAX_NUMBERS ? most : STATE_DICT_MAX_NUMBERS;
}

/* Reads every tensor of a place whose key begins with its prefix. */
static vis_status take_located(state_dict *dict, pth_file *file, const weights_location *place,
                               taking *t, const vis_log *log, vis_error *err)
{
    int64_t work = WEIGHTS_WORK;
    pickle_tensors_each(place->holder, &work, count_one, t);
    if (t->room > STATE_DICT_MAX_TENSORS)
        return vis_fail(err, VIS_ERR_LIMIT,
                        "%s: %d tensors are more than any model of the family has", t->name,
                        t->room);
    warn_others(place, t, log);
    dict->entry = calloc((size_t)t->room, sizeof(*dict->entry));
    dict->by_key = calloc((size_t)t->room, sizeof(*dict->by_key));
    t->list = calloc((size_t)t->room, sizeof(*t->list));
    if (!dict->entry || !dict->by_key || !t->list) return vis_fail_memory(err, t->name);
    work = WEIGHTS_WORK;
    pickle_tensors_each(place->holder, &work, take_one, t);
    VIS_TRY(t->status);
    return read_tensors(file, t->name, t->max, t->list, dict->count, err);
}

static vis_status fill(state_dict *dict, pth_file *file, size_t size, const char *name,
                       const vis_log *log, vis_error *err)
{
    weights_location place;
    VIS_TRY(weights_find(pth_root(file), name, log, &place, err));
    memcpy(dict->container, place.container, sizeof(dict->container));
    memcpy(dict->prefix, place.prefix, sizeof(dict->prefix));
    taking t = {
        .name = name, .prefix = place.prefix, .dict = dict, .max = max_numbers(size), .err = err};
    vis_status status = take_located(dict, file, &place, &t, log, err);
    free(t.list);
    VIS_TRY(status);
    if (!place.known) strip_prefixes(dict);
    name_dtype(dict);
    return index_keys(dict, name, err);
}

vis_status state_dict_read(const uint8_t *data, size_t size, const char *name, const vis_log *log,
                           state_dict **out, vis_error *err)
{
    pth_file *file;
    VIS_TRY(pth_open(data, size, name, &file, err));
    state_dict *dict = calloc(1, sizeof(*dict));
    vis_status status = dict ? fill(dict, file, size, name, log, err) : vis_fail_memory(err, name);
    if (dict) dict->legacy = pth_was_legacy(file);
    pth_close(file);
    if (status != VIS_OK) {
        state_dict_free(dict);
        return status;
    }
    *out = dict;
    return VIS_OK;
}

void state_dict_free(state_dict *dict)
{
    if (!dict) return;
    for (int i = 0; i < dict->count; i++) {
        free(dict->entry[i].key);
        tensor_free(&dict->entry[i].value);
    }
    free(dict->entry);
    free(dict->by_key);
    free(dict);
}

state_entry *state_dict_find(const state_dict *dict, const char *key)
{
    int low = 0, high = dict->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        state_entry *entry = &dict->entry[dict->by_key[middle]];
        int order = strcmp(key, entry->key);
        if (order == 0) return entry;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}
