/* program/verify_json.c - what viseme verify says, as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "program/verify_text.h"

static const char *const marks[] = {[VIS_MARK_NOT_FOUND] = "not found",
                                    [VIS_MARK_FOUND] = "found",
                                    [VIS_MARK_BROKEN] = "broken",
                                    [VIS_MARK_NOT_CHECKED] = "not checked"};

static const char *const verdicts[] = {[VIS_VERDICT_NO_MARK] = "no mark",
                                       [VIS_VERDICT_MACHINE_MADE] = "machine-made",
                                       [VIS_VERDICT_BROKEN] = "broken mark",
                                       [VIS_VERDICT_NOT_CHECKED] = "not checked",
                                       [VIS_VERDICT_OTHER] = "other mark"};

static const char *const kinds[] = {[VIS_CODE_SUCCESS] = "success",
                                    [VIS_CODE_INFORMATION] = "information",
                                    [VIS_CODE_FAILURE] = "failure",
                                    [VIS_CODE_NOT_CHECKED] = "not checked"};

/* A text, or null where the file says nothing. */
static const char *said(const char *text)
{
    return text[0] ? text : NULL;
}

static json_t *codes(const vis_verification *v)
{
    json_t *list = json_array();
    vis_verification_code c;
    for (int i = 0; vis_verification_get_code(v, i, &c); i++)
        json_add(&list, json_make("{s:s, s:s, s:s?, s:s?}", "kind", kinds[c.kind], "code", c.code,
                                  "where", said(c.where), "why", said(c.why)));
    return list;
}

static json_t *actions(const vis_verification *v)
{
    json_t *list = json_array();
    vis_verification_action a;
    for (int i = 0; vis_verification_get_action(v, i, &a); i++)
        json_add(&list, json_make("{s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "action", a.action,
                                  "digital_source_type", said(a.source_type), "meaning",
                                  said(a.meaning), "software", said(a.software), "when",
                                  said(a.when), "description", said(a.description)));
    return list;
}

static json_t *ingredients(const vis_verification *v)
{
    json_t *list = json_array();
    vis_verification_ingredient i;
    for (int k = 0; vis_verification_get_ingredient(v, k, &i); k++)
        json_add(&list, json_make("{s:s?, s:s?, s:s?, s:s, s:b}", "title", said(i.title), "format",
                                  said(i.format), "relationship", said(i.relationship), "manifest",
                                  marks[i.manifest], "machine_made", (int)i.machine_made));
    return list;
}

static json_t *c2pa(const vis_verification *v, const vis_verification_info *i)
{
    json_t *all = json_make("{s:s, s:s?, s:s?, s:b, s:s?, s:s?, s:s?}", "result", marks[i->c2pa],
                            "state", said(i->c2pa_state), "why", said(i->c2pa_why), "machine_made",
                            (int)i->c2pa_machine_made, "manifest", said(i->manifest), "title",
                            said(i->title), "generator", said(i->generator));
    json_put(&all, "signer",
             json_make("{s:s?, s:s?, s:s?, s:b, s:b}", "name", said(i->signer), "issuer",
                       said(i->issuer), "algorithm", said(i->algorithm), "trusted",
                       (int)i->c2pa_trusted, "time_stamp", (int)i->time_stamp));
    json_put(&all, "actions", actions(v));
    json_put(&all, "ingredients", ingredients(v));
    json_put(&all, "codes", codes(v));
    return all;
}

json_t *verify_json(const char *path, const vis_verification *v)
{
    vis_verification_info i;
    vis_verification_get_info(v, &i);
    json_t *metadata =
        json_make("{s:s, s:b, s:s?, s:s?, s:s?, s:s?, s:s?}", "result", marks[i.metadata],
                  "machine_made", (int)i.metadata_machine_made, "xmp_digital_source_type",
                  said(i.xmp_source_type), "xmp_creator_tool", said(i.xmp_tool), "xmp_manifest",
                  said(i.xmp_manifest), "comment", said(i.comment), "aigc", said(i.aigc));
    json_t *all = json_make(
        "{s:s, s:s, s:b, s:o, s:o}", "path", path, "verdict", verdicts[i.verdict], "machine_made",
        (int)(i.verdict == VIS_VERDICT_MACHINE_MADE), "metadata", metadata, "c2pa", c2pa(v, &i));
    json_put(&all, "watermark", json_make("{s:s}", "result", marks[i.watermark]));
    json_put(&all, "label", json_make("{s:s}", "result", marks[i.label]));
    return all;
}
