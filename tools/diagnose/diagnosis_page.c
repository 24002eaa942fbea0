/* diagnose/diagnosis_page.c - the pictures of a diagnosis, in its page and as one sheet.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis_page.h"

#include "diagnose/diagnosis_json.h"
#include "report/page.h"
#include "report/sheet.h"

#include <stdio.h>

#define MISTAKES_COLUMNS 6

void diagnosis_headline(const diagnosis *d, char *text, size_t size)
{
    int n = d->found.count;
    if (n == 0)
        snprintf(text, size, "No fault found");
    else if (n == 1)
        snprintf(text, size, "One fault: %s", d->found.item[0].title);
    else
        snprintf(text, size, "%d faults, first of all: %s", n, d->found.item[0].title);
}

static vis_status put_frame(page *p, const diagnosed_frame *f, vis_error *err)
{
    picture apart = {0};
    if (!f->filmed.data) return VIS_OK;
    VIS_TRY(page_picture(p, "filmed", f->number, &f->filmed, err));
    VIS_TRY(page_picture(p, "painted", f->number, &f->painted, err));
    vis_status status = sheet_difference(&f->filmed, &f->painted, 10, &apart, err);
    if (status == VIS_OK) status = page_picture(p, "difference", f->number, &apart, err);
    picture_free(&apart);
    return status;
}

/* How one frame looks under each contract, numbered as in the JSON. */
static vis_status put_looks(page *p, const search_result *s, vis_error *err)
{
    if (!s->target_look.data) return VIS_OK;
    VIS_TRY(page_picture(p, "target", 0, &s->target_look, err));
    for (int i = 0; i < s->trials; i++)
        if (s->trial[i].look.data) VIS_TRY(page_picture(p, "look", i, &s->trial[i].look, err));
    return VIS_OK;
}

vis_status diagnosis_page_write(const diagnosis *d, const diagnose_options *o, const char *path,
                                vis_error *err)
{
    page p;
    vis_status status = page_begin("diagnose", "diagnosis.json", &p, err);
    if (status == VIS_OK && d->painted) status = put_frame(&p, &d->best, err);
    if (status == VIS_OK && d->painted) status = put_frame(&p, &d->worst, err);
    if (status == VIS_OK && d->searched) status = put_looks(&p, &d->search, err);
    if (status == VIS_OK) status = page_save(&p, diagnosis_json(d, o), path, err);
    page_free(&p);
    return status;
}

vis_status diagnosis_mistakes_write(const diagnosis *d, const char *path, vis_error *err)
{
    const picture *shown[SHEET_MAX];
    const char *label[SHEET_MAX];
    int count = 0;
    if (!d->search.target_look.data) return VIS_OK;
    shown[count] = &d->search.target_look;
    label[count++] = "target";
    for (int i = 0; i < d->search.trials && count < SHEET_MAX; i++) {
        const search_trial *t = &d->search.trial[i];
        shown[count] = &t->look;
        label[count++] = t->deviation ? t->deviation->code : "declared";
    }
    picture sheet = {0};
    vis_status status = sheet_make(shown, label, count, MISTAKES_COLUMNS, &sheet, err);
    if (status == VIS_OK) status = picture_write_png(path, &sheet, err);
    picture_free(&sheet);
    return status;
}
