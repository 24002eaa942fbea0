/* diagnose/inspect_outputs.h - frames that were made somehow, judged without the model.
 *
 * Findings of stage FINDING_CONTRACT, those faults of a contract that pictures alone can show:
 *   blank           one flat colour
 *   channel-order   red and blue are exchanged
 *   washed-out      too little contrast, and black is grey
 *   too-dark        too little contrast, and white is grey
 *   too-harsh       too much contrast
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_INSPECT_OUTPUTS_H
#define DIAGNOSE_INSPECT_OUTPUTS_H

#include "diagnose/finding.h"
#include "paint/appearance.h"

/* Adds the first of these that is there, or, since each would distort all other measures, only
 * where there is none what inspect_training finds. VIS_ERR_MEMORY. */
vis_status inspect_outputs(const appearance_result *r, findings *list, vis_error *err);

#endif
