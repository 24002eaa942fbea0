/* inside/weights_owner.c - the names and shapes of a .pth against those of a U-Net.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/weights_owner.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/pth.h"
#include "networks/unet.h"

#include <stdlib.h>

/* The file itself: of a folder, the highest N.pth. The caller's to free. */
static vis_status find_file(const char *path, char **file, vis_error *err)
{
    int *numbers = NULL, count = 0;
    if (path_is_folder(path)) VIS_TRY(folder_numbers(path, ".pth", &numbers, &count, err));
    *file = count ? text_format("%s/%d.pth", path, numbers[count - 1]) : text_format("%s", path);
    free(numbers);
    return *file ? VIS_OK : vis_fail_memory(err, path);
}

static vis_status judge_weights(const file_map *map, const char *name, weights_owner *out,
                                vis_error *err)
{
    state_dict *dict;
    VIS_TRY(state_dict_read(map->data, map->size, name, NULL, &dict, err));
    vis_status status = VIS_OK;
    out->unet = unet_recognise(dict);
    if (out->unet) {
        unet_facts facts;
        status = unet_check(dict, name, NULL, &facts, err);
        if (status == VIS_OK || status == VIS_ERR_MISMATCH) {
            out->fits = status == VIS_OK;
            out->missing = facts.missing;
            status = VIS_OK;
        }
    }
    state_dict_free(dict);
    return status;
}

vis_status weights_owner_find(const char *path, weights_owner *out, vis_error *err)
{
    *out = (weights_owner){0};
    char *file;
    file_map map = {0};
    VIS_TRY(find_file(path, &file, err));
    vis_status status = file_map_open(file, &map, err);
    if (status == VIS_OK) {
        out->pth = pth_is_zip(map.data, map.size) || pth_is_legacy(map.data, map.size);
        if (out->pth) status = judge_weights(&map, file, out, err);
        file_unmap(&map);
    }
    free(file);
    return status;
}
