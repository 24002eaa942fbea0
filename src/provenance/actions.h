/* provenance/actions.h - what was done to a medium, as the actions of its claim declare it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_ACTIONS_H
#define PROVENANCE_ACTIONS_H

#include "provenance/claim.h"

/* Notes the actions that the claim declares, and what of C2PA's rules for them is broken. */
void actions_check(const claim *c, manifest_marks *marks);

#endif
