/* formats/pth_internal.h - the two containers behind pth.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PTH_INTERNAL_H
#define FORMATS_PTH_INTERNAL_H

#include "formats/pickle.h"

#define PTH_MAX_PICKLE ((size_t)256 << 20) /* bytes of data.pkl */

typedef struct pth_zip pth_zip;
typedef struct pth_legacy pth_legacy;

/* Each reads the pickle into `arena` and hands its value out in *root. */
vis_status pth_zip_open(const uint8_t *data, size_t size, const char *name, pickle_arena *arena,
                        pth_zip **out, const pickle_value **root, bool *big_endian, vis_error *err);
void pth_zip_close(pth_zip *zip);
vis_status pth_zip_check(pth_zip *zip, const pickle_text *key, size_t size, vis_error *err);
vis_status pth_zip_read(pth_zip *zip, const pickle_text *key, void *out, size_t size,
                        vis_error *err);

vis_status pth_legacy_open(const uint8_t *data, size_t size, const char *name, pickle_arena *arena,
                           pth_legacy **out, const pickle_value **root, bool *big_endian,
                           vis_error *err);
void pth_legacy_close(pth_legacy *legacy);
vis_status pth_legacy_check(pth_legacy *legacy, const pickle_text *key, size_t size,
                            vis_error *err);
vis_status pth_legacy_read(pth_legacy *legacy, const pickle_text *key, void *out, size_t size,
                           vis_error *err);

#endif
