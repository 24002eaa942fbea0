/* diagnose/finding.h - what was found to be wrong: in plain words, with its number and what to do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_FINDING_H
#define DIAGNOSE_FINDING_H

#include "base/status.h"

/* Causes first: a fault upstream shows itself in everything after it, so findings are ranked by
 * stage and, within one, by severity. */
typedef enum finding_stage {
    FINDING_CHECKPOINT, /* the file: kind, keys, broken or untrained numbers */
    FINDING_RUNTIME,    /* the same network computed in two ways gives two answers */
    FINDING_DATA,       /* the footage and its features */
    FINDING_CONTRACT,   /* how pixels and sound are prepared, and the output put back */
    FINDING_TRAINING,   /* what the network has learnt */
} finding_stage;

typedef struct finding {
    const char *code; /* for machines and for tests: "channel-order"; static */
    finding_stage stage;
    double number, threshold; /* what was measured, and where it becomes a fault */
    const char *unit;         /* of both: "dB"; static */
    double severity;          /* 1 at the threshold, growing with the damage */
    char *title;              /* the finding in one short sentence; owned */
    char *text;               /* how it shows; owned */
    char *advice;             /* what to do; owned */
} finding;

/* Zero-initialised is empty. */
typedef struct findings {
    finding *item;
    int count, capacity;
} findings;

/* Adds what `f` says, with texts formatted by the caller's own text_format, which the list takes
 * over (also on failure); a NULL among them is VIS_ERR_MEMORY. */
vis_status findings_add(findings *list, finding f, vis_error *err);

/* The same with the three texts given apart. */
vis_status findings_say(findings *list, finding f, char *title, char *text, char *advice,
                        vis_error *err);

void findings_rank(findings *list); /* by stage, then by severity, the worst first */
void findings_free(findings *list);

const char *finding_stage_name(finding_stage stage); /* "checkpoint", ... */

#endif
