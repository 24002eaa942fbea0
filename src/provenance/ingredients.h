/* provenance/ingredients.h - what a medium was made from, as its claim declares it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_INGREDIENTS_H
#define PROVENANCE_INGREDIENTS_H

#include "provenance/claim.h"

/* Notes the ingredients that the claim declares; of their manifests only the labels. */
void ingredients_read(const claim *c, manifest_marks *marks);

/* Whether the manifest of an ingredient, which the claim names by label, is the one that the claim
 * gives the hash of. Notes the result. */
void ingredients_link(const claim *c, declared_ingredient *ingredient, int index,
                      const jumbf_box *manifest, manifest_marks *marks);

#endif
