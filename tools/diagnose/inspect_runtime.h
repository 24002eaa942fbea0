/* diagnose/inspect_runtime.h - is the network computed rightly?
 *
 *   kernels         viseme's fast path and its plain C definition disagree
 *   export-differs  the checkpoint and another file of it give other numbers; where they part is
 *                   named
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_INSPECT_RUNTIME_H
#define DIAGNOSE_INSPECT_RUNTIME_H

#include "base/threads.h"
#include "diagnose/finding.h"
#include "measure/examples.h"
#include "networks/model.h"

/* max |a - b| of outputs in [0, 1] that rounding explains; compare/verdict.h has the same. */
#define RUNTIME_ROUNDING 5e-5

/* max |a - b| over two outputs [count]; infinite where one alone is not finite. */
double output_difference(const float *a, const float *b, size_t count);

/* Runs `m` on an example on both kinds of kernels; *difference is the largest found. */
vis_status inspect_kernels(const model *m, thread_pool *pool, const example *e, findings *list,
                           double *difference, vis_error *err);

/* Runs `m` and `other` on the same example. VIS_ERR_MISMATCH where they take other inputs. */
vis_status inspect_against(const model *m, const model *other, thread_pool *pool, const example *e,
                           findings *list, vis_error *err);

#endif
