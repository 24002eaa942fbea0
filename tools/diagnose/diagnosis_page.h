/* diagnose/diagnosis_page.h - a diagnosis as one HTML page that opens offline.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_DIAGNOSIS_PAGE_H
#define DIAGNOSE_DIAGNOSIS_PAGE_H

#include "diagnose/diagnose.h"

/* Writes the page, whole or not at all. `options` are those of the run. VIS_ERR_WRITE,
 * VIS_ERR_MEMORY, VIS_ERR_LIMIT. */
vis_status diagnosis_page_write(const diagnosis *d, const diagnose_options *options,
                                const char *path, vis_error *err);

/* How the same frame looks under each contract, as one picture: the frame as it should be, then
 * each trial under its code. Nothing is written where no contract was tried. */
vis_status diagnosis_mistakes_write(const diagnosis *d, const char *path, vis_error *err);

/* The answer in one line: "no fault found", or the first finding. */
void diagnosis_headline(const diagnosis *d, char *text, size_t size);

#endif
