/* diagnose/finding.c - a list of findings, ranked.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/finding.h"

#include <stdlib.h>

static void release(finding *f)
{
    free(f->title);
    free(f->text);
    free(f->advice);
}

vis_status findings_add(findings *list, finding f, vis_error *err)
{
    if (list->count == list->capacity) {
        int capacity = list->capacity ? 2 * list->capacity : 16;
        finding *larger = realloc(list->item, sizeof *larger * (size_t)capacity);
        if (larger) {
            list->item = larger;
            list->capacity = capacity;
        }
    }
    if (list->count == list->capacity || !f.title || !f.text || !f.advice) {
        release(&f);
        return vis_fail_memory(err, "the findings");
    }
    list->item[list->count++] = f;
    return VIS_OK;
}

vis_status findings_say(findings *list, finding f, char *title, char *text, char *advice,
                        vis_error *err)
{
    f.title = title;
    f.text = text;
    f.advice = advice;
    return findings_add(list, f, err);
}

static int compare(const void *one, const void *other)
{
    const finding *a = one, *b = other;
    if (a->stage != b->stage) return a->stage < b->stage ? -1 : 1;
    return (a->severity < b->severity) - (a->severity > b->severity);
}

void findings_rank(findings *list)
{
    if (list->count > 1) qsort(list->item, (size_t)list->count, sizeof *list->item, compare);
}

void findings_free(findings *list)
{
    for (int i = 0; i < list->count; i++)
        release(&list->item[i]);
    free(list->item);
    *list = (findings){0};
}

const char *finding_stage_name(finding_stage stage)
{
    static const char *const names[] = {"checkpoint", "runtime", "data", "contract", "training"};
    return names[stage];
}
