/* report/style.c - the colours and the rules.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/style.h"

#include <stdlib.h>
#include <string.h>

#define VARIABLE "var(--"

/* The series colours are those of Okabe and Ito (told apart by colour-blind readers too), darker on
 * light ground and lighter on dark where contrast needs it. */
static const struct {
    const char *name, *light, *dark;
} colors[] = {
    {"paper", "#fbfaf8", "#16181c"},        {"card", "#ffffff", "#1e2126"},
    {"ink", "#22252a", "#e6e4df"},          {"muted", "#666b73", "#9ea4ad"},
    {"line", "#d9d6d0", "#3a3f47"},         {"grid", "#e9e6e1", "#2c3037"},
    {"accent", "#0b5fa5", "#6cb6f0"},       {"good", "#1a7f4b", "#4cc38a"},
    {"good-ground", "#e8f5ee", "#16291f"},  {"fair", "#96650a", "#e3b341"},
    {"fair-ground", "#fcf3dc", "#2d2613"},  {"bad", "#b3261e", "#f2827a"},
    {"bad-ground", "#fdecea", "#331b1a"},   {"plain", "#56606e", "#9ea4ad"},
    {"plain-ground", "#f1f1f0", "#23272d"}, {"s0", "#0072b2", "#56a8e0"},
    {"s1", "#d55e00", "#f0883e"},           {"s2", "#008a65", "#2fbf93"},
    {"s3", "#b5548a", "#d98cb8"},           {"s4", "#8a6d00", "#e0bd3c"},
    {"s5", "#3f9fd0", "#9bd0f2"},           {"s6", "#5b4b8a", "#a99be0"},
    {"s7", "#6b6b6b", "#b4b4b4"},
};

#define FONTS "system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif"

const char style_of_plots[] =
    ".plot{font:12px " FONTS ";font-variant-numeric:tabular-nums}\n"
    ".plot text{fill:var(--muted)}\n"
    ".plot .name{fill:var(--ink)}\n"
    ".plot .ground{fill:var(--card)}\n"
    ".plot .grid{stroke:var(--grid);stroke-width:1}\n"
    ".plot .axis{stroke:var(--line);stroke-width:1}\n"
    ".plot .line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}\n"
    ".plot .dots{fill:none;stroke-width:5;stroke-linecap:round}\n"
    ".plot .bar{fill:var(--s0)}\n"
    ".plot .others{fill:var(--s0);fill-opacity:.4}\n"
    ".plot .meant{font-weight:600;fill:var(--ink)}\n"
    ".plot .limit{stroke:var(--bad);stroke-width:1.25;stroke-dasharray:6 4}\n"
    ".plot .limit-text{fill:var(--bad);paint-order:stroke;stroke:var(--card);stroke-width:4;"
    "stroke-linejoin:round}\n"
    ".plot .s0{stroke:var(--s0)}.plot .s1{stroke:var(--s1)}.plot .s2{stroke:var(--s2)}\n"
    ".plot .s3{stroke:var(--s3)}.plot .s4{stroke:var(--s4)}.plot .s5{stroke:var(--s5)}\n"
    ".plot .s6{stroke:var(--s6)}.plot .s7{stroke:var(--s7)}\n";

const char style_of_pages[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 " FONTS "}\n"
    "main{max-width:1100px;margin:0 auto;padding:40px 24px 64px}\n"
    "h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:0}\n"
    "h2{font-size:20px;line-height:1.3;font-weight:650;margin:44px 0 10px}\n"
    "p{margin:10px 0;max-width:76ch;overflow-wrap:break-word}\n"
    ".subtitle{color:var(--muted);margin:6px 0 0;overflow-wrap:anywhere}\n"
    ".verdict{display:flex;gap:16px;margin:24px 0;padding:18px 20px;border:1px solid;"
    "border-left-width:6px;border-radius:8px}\n"
    ".verdict svg{flex:none;width:32px;height:32px;margin-top:1px}\n"
    ".verdict strong{display:block;font-size:20px;line-height:1.35;font-weight:650}\n"
    ".verdict p{margin:4px 0 0;color:var(--ink);white-space:pre-line}\n"
    ".mark{width:15px;height:15px;margin-right:7px;vertical-align:-2px}\n"
    ".symbol{fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;"
    "stroke-linejoin:round}\n"
    ".good{color:var(--good);background:var(--good-ground)}\n"
    ".fair{color:var(--fair);background:var(--fair-ground)}\n"
    ".bad{color:var(--bad);background:var(--bad-ground)}\n"
    ".plain{color:var(--plain);background:var(--plain-ground)}\n"
    "figure{margin:0}\n"
    "figcaption,caption{color:var(--muted);font-size:14px;line-height:1.45;text-align:left;"
    "overflow-wrap:anywhere}\n"
    ".table{margin:16px 0;max-height:560px;overflow:auto;background:var(--card);"
    "border:1px solid var(--line);border-radius:8px}\n"
    "table{border-collapse:collapse;width:100%;font-size:14.5px;line-height:1.4}\n"
    "caption{padding:10px 14px}\n"
    "th,td{padding:7px 14px;text-align:left;vertical-align:top}\n"
    "th{position:sticky;top:0;background:var(--card);box-shadow:inset 0 -1px var(--line);"
    "color:var(--muted);font-weight:600;white-space:nowrap;vertical-align:bottom}\n"
    "tr+tr td{border-top:1px solid var(--grid)}\n"
    "td{color:var(--ink)}\n"
    "td .mark{color:var(--mark)}\n"
    "tr.good{--mark:var(--good)}tr.fair{--mark:var(--fair)}tr.bad{--mark:var(--bad)}\n"
    ".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".pictures{display:flex;flex-wrap:wrap;gap:18px;margin:16px 0;align-items:flex-start}\n"
    ".pictures figure{min-width:130px;max-width:100%}\n"
    ".pictures figcaption{padding-top:6px}\n"
    ".pictures img{display:block;max-width:100%;height:auto;border-radius:4px;"
    "background:var(--grid)}\n"
    ".enlarged{image-rendering:pixelated}\n"
    ".chart{margin:16px 0;padding:14px 16px 12px;overflow-x:auto;background:var(--card);"
    "border:1px solid var(--line);border-radius:8px}\n"
    ".chart svg{display:block;width:100%;min-width:660px;height:auto}\n"
    ".chart figcaption{padding-top:8px}\n"
    "footer{margin-top:56px;padding-top:14px;border-top:1px solid var(--line);color:var(--muted);"
    "font-size:13px;line-height:1.5;white-space:pre-line;overflow-wrap:anywhere}\n"
    "@media print{body{font-size:11pt;background:#fff}table{font-size:8pt}"
    "th,td{padding:2pt 4pt}th{white-space:normal;position:static}main{max-width:none;padding:0}"
    ".table{max-height:none;overflow:visible}h2{break-after:avoid}"
    ".chart svg{min-width:0}.verdict,.chart,.pictures figure,tr{break-inside:avoid}"
    "body *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

#define COLORS (sizeof colors / sizeof *colors)

void style_colors(markup *m)
{
    markup_raw(m, ":root{color-scheme:light dark");
    for (size_t i = 0; i < COLORS; i++)
        markup_print(m, ";--%s:%s", colors[i].name, colors[i].light);
    markup_raw(m, "}\n@media screen and (prefers-color-scheme:dark){:root{");
    for (size_t i = 0; i < COLORS; i++)
        markup_print(m, "%s--%s:%s", i ? ";" : "", colors[i].name, colors[i].dark);
    markup_raw(m, "}}\n");
}

/* `name` ends with a bracket. A name that is not there shows as black. */
static const char *light_color(const char *name)
{
    size_t length = strcspn(name, ")");
    for (size_t i = 0; i < COLORS; i++)
        if (strlen(colors[i].name) == length && memcmp(colors[i].name, name, length) == 0)
            return colors[i].light;
    return "#000";
}

void style_light(markup *m, const char *rules)
{
    const char *next;
    while ((next = strstr(rules, VARIABLE))) {
        const char *name = next + strlen(VARIABLE);
        markup_print(m, "%.*s%s", (int)(next - rules), rules, light_color(name));
        rules = name + strcspn(name, ")") + 1;
    }
    markup_raw(m, rules);
}
