#include "frame.h"

#include "sdf.h"
#include "shade.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 64, GAMMA = 4096 };

struct frame_buffers {
    float *rgb;           // [size, size, 3] tone-mapped linear light, one sample a pixel
    unsigned char *solid; // 1 where the sample met a surface
    unsigned char gamma[GAMMA + 1];
};

struct frame_buffers *frame_buffers_make(int size)
{
    struct frame_buffers *b = calloc(1, sizeof *b);
    size_t n = (size_t)size * (size_t)size;
    if (!b) return NULL;
    b->rgb = malloc(n * 3 * sizeof *b->rgb);
    b->solid = malloc(n);
    if (!b->rgb || !b->solid) return frame_buffers_free(b), NULL;
    for (int i = 0; i <= GAMMA; i++) {
        float x = (float)i / GAMMA,
              y = x <= 0.0031308f ? 12.92f * x : 1.055f * powf(x, 1.f / 2.4f) - 0.055f;
        b->gamma[i] = (unsigned char)(y * 255.f + 0.5f);
    }
    return b;
}

void frame_buffers_free(struct frame_buffers *b)
{
    if (b) free(b->rgb), free(b->solid);
    free(b);
}

// March eight rays; returns the lanes that met a surface and where.
static vi march(const struct pose *s, v3 o, v3 d, v3 *at)
{
    vf t = vset(s->camera_z - 1.75f);
    vf last = vset(1.f);
    vi hit = {0}, gone = {0};
    for (int i = 0; i < STEPS; i++) {
        vf r = sdf_scene(s, vmad(o, d, t));
        vi run = ~(hit | gone);
        last = vsel(run, r, last);
        hit |= run & (r < 0.0014f);
        t = vsel(~(hit | gone), t + r * 0.88f, t);
        gone |= ~hit & (t > s->camera_z + 1.6f);
        if (vall(hit | gone)) break;
    }
    // A ray still creeping along a silhouette when the steps run out has as good as met it.
    *at = vmad(o, d, t);
    return hit | (~gone & (last < 0.02f));
}

// Colours of eight picture positions (pixels, fractional).
static vi sample(const struct pose *s, vf px, vf py, v3 *rgb)
{
    v3 o = v3set(0.f, 0.f, s->camera_z), p;
    v3 d = vnorm((v3){(px - s->centre_x) * (1.f / s->focal), (s->centre_y - py) * (1.f / s->focal),
                      vset(-1.f)});
    vi hit = march(s, o, d, &p);
    if (vany(hit))
        *rgb = shade_tonemap(shade_surface(s, p, d, hit));
    else
        *rgb = v3set(0.f, 0.f, 0.f);
    return hit;
}

static void store(struct frame_buffers *b, const float *background, int at, v3 c, vi hit, int lane)
{
    float *out = b->rgb + 3 * at;
    b->solid[at] = hit[lane] != 0;
    if (hit[lane])
        out[0] = c.x[lane], out[1] = c.y[lane], out[2] = c.z[lane];
    else
        out[0] = background[3 * at], out[1] = background[3 * at + 1],
        out[2] = background[3 * at + 2];
}

// One sample a pixel, in blocks of 4 by 2 so that the lanes stay together.
static void first_pass(const struct pose *s, const float *background, int size,
                       struct frame_buffers *b)
{
    static const vf ox = {0.5f, 1.5f, 2.5f, 3.5f, 0.5f, 1.5f, 2.5f, 3.5f},
                    oy = {0.5f, 0.5f, 0.5f, 0.5f, 1.5f, 1.5f, 1.5f, 1.5f};
    for (int y = 0; y < size; y += 2)
        for (int x = 0; x < size; x += 4) {
            v3 c;
            vi hit = sample(s, ox + (float)x, oy + (float)y, &c);
            for (int i = 0; i < LANES; i++) {
                int px = x + i % 4, py = y + i / 4;
                if (px < size && py < size) store(b, background, py * size + px, c, hit, i);
            }
        }
}

static int is_edge(const struct frame_buffers *b, int size, int x, int y)
{
    int at = y * size + x;
    const float *c = b->rgb + 3 * at;
    int next[4] = {x > 0 ? -1 : 0, x + 1 < size ? 1 : 0, y > 0 ? -size : 0,
                   y + 1 < size ? size : 0};
    for (int k = 0; k < 4; k++) {
        if (b->solid[at] != b->solid[at + next[k]]) return 1;
        if (!b->solid[at]) continue;
        const float *n = c + 3 * next[k];
        // contrast as the eye sees it, roughly: difference over the square root of the level
        for (int i = 0; i < 3; i++)
            if (fabsf(n[i] - c[i]) > 0.060f * sqrtf(n[i] + c[i] + 0.01f)) return 1;
    }
    return 0;
}

struct pair {
    int at[2];
    int n;
}; // up to two edge pixels, four samples each, fill the eight lanes

static void refine(const struct pose *s, const float *background, int size, struct pair *q,
                   float *out)
{
    static const float gx[4] = {0.125f, 0.625f, 0.375f, 0.875f},
                       gy[4] = {0.375f, 0.125f, 0.875f, 0.625f};
    vf px, py;
    v3 c;
    for (int i = 0; i < LANES; i++) {
        int at = q->at[i / 4 < q->n ? i / 4 : 0];
        px[i] = (float)(at % size) + gx[i % 4];
        py[i] = (float)(at / size) + gy[i % 4];
    }
    vi hit = sample(s, px, py, &c);
    for (int k = 0; k < q->n; k++) {
        float *o = out + 3 * k;
        const float *bg = background + 3 * q->at[k];
        o[0] = o[1] = o[2] = 0.f;
        for (int i = 4 * k; i < 4 * k + 4; i++) {
            o[0] += 0.25f * (hit[i] ? c.x[i] : bg[0]);
            o[1] += 0.25f * (hit[i] ? c.y[i] : bg[1]);
            o[2] += 0.25f * (hit[i] ? c.z[i] : bg[2]);
        }
    }
    q->n = 0;
}

static void develop(const struct frame_buffers *b, int size, int at, const float c[3],
                    unsigned char *rgb)
{
    float x = 2.f * (float)(at % size) / (float)size - 1.f,
          y = 2.f * (float)(at / size) / (float)size - 1.f;
    float vignette = 1.f - 0.13f * (x * x + y * y) * (x * x + y * y);
    for (int i = 0; i < 3; i++) {
        float v = c[i] * vignette;
        v = v < 0.f ? 0.f : v > 1.f ? 1.f : v;
        rgb[3 * at + i] = b->gamma[(int)(v * GAMMA + 0.5f)];
    }
}

void frame_draw(const struct pose *s, const float *background, int size, struct frame_buffers *b,
                unsigned char *rgb)
{
    first_pass(s, background, size, b);
    struct pair q = {{0, 0}, 0};
    float fine[6];
    for (int at = 0; at < size * size; at++) {
        if (!is_edge(b, size, at % size, at / size)) {
            develop(b, size, at, b->rgb + 3 * at, rgb);
            continue;
        }
        q.at[q.n++] = at;
        if (q.n < 2) continue;
        refine(s, background, size, &q, fine);
        develop(b, size, q.at[0], fine, rgb);
        develop(b, size, q.at[1], fine + 3, rgb);
    }
    if (q.n) {
        refine(s, background, size, &q, fine);
        develop(b, size, q.at[0], fine, rgb);
    }
}
