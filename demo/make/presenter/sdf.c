#include "sdf.h"

#define FAR_AWAY 0.30f // beyond this from a part's bounding sphere only the sphere is measured

static inline vf ellipsoid(v3 p, float rx, float ry, float rz)
{
    v3 a = {p.x * (1.f / rx), p.y * (1.f / ry), p.z * (1.f / rz)};
    v3 b = {a.x * (1.f / rx), a.y * (1.f / ry), a.z * (1.f / rz)};
    vf k = vdot(a, a);
    // |p/r| (|p/r| - 1) / |p/r^2|, a first-order distance
    vf n = vsqrt(k);
    return (k - n) / vsqrt(vdot(b, b) + 1e-12f);
}

static inline vf capsule(v3 p, v3 a, v3 b, float ra, float rb)
{
    v3 pa = vsub(p, a), ba = vsub(b, a);
    vf h = vsat(vdot(pa, ba) / vdot(ba, ba));
    return vlen(vmad(pa, ba, -h)) - (ra + (rb - ra) * h);
}

v3 sdf_to_head(const struct pose *s, v3 w)
{
    v3 q =
        vfrom(w, s->pivot[0] + s->shift[0], s->pivot[1] + s->shift[1], s->pivot[2] + s->shift[2]);
    q = sdf_dir_to_head(s, q);
    return vfrom(q, -s->pivot[0], -s->pivot[1], -s->pivot[2]);
}

v3 sdf_dir_to_head(const struct pose *s, v3 q)
{
    const float *m = s->rot;
    return (v3){m[0] * q.x + m[3] * q.y + m[6] * q.z, m[1] * q.x + m[4] * q.y + m[7] * q.z,
                m[2] * q.x + m[5] * q.y + m[8] * q.z};
}

v3 sdf_dir_to_world(const struct pose *s, v3 q)
{
    const float *m = s->rot;
    return (v3){m[0] * q.x + m[1] * q.y + m[2] * q.z, m[3] * q.x + m[4] * q.y + m[5] * q.z,
                m[6] * q.x + m[7] * q.y + m[8] * q.z};
}

// Undo the jaw's rotation: where this point would be with the mouth shut.
static inline v3 to_jaw(const struct pose *s, v3 p)
{
    vf y = p.y - HINGE_Y, z = p.z - HINGE_Z - s->jaw_fwd;
    return (v3){p.x, y * s->jaw_c + z * s->jaw_s + HINGE_Y, z * s->jaw_c - y * s->jaw_s + HINGE_Z};
}

// ---- mouth ----

struct lips {
    vf upper, lower, slot;
}; // distances to the two lips and to the gap between them

static inline struct lips lips_sdf(const struct pose *s, v3 p)
{
    float w = s->half_width;
    vf x = vclamp(p.x, -w, w), t = x * (1.f / w), t2 = t * t, g = 1.f - t2;
    vf f = g + (vsqrt(vmax(g, vset(0.f))) - g) * s->curve;
    vf yu = s->corner_y + (s->upper_y - s->corner_y) * f,
       yl = s->corner_y + (s->lower_y - s->corner_y) * f;
    vf g2 = g * g, bow = 12.f * t2 * g2 * g2;
    vf ru = s->upper_r * (0.14f + 0.86f * g) * (0.94f + 0.24f * bow),
       rl = s->lower_r * (0.12f + 0.88f * (1.f - t2 * t2));
    vf dx = p.x - x, ax2 = s->arch * x * x + 0.075f * s->round * t2 + 0.035f * t2 * t2 * t2;
    // Lips are taller than deep; heights are squeezed to make that shape.
    vf uy = (p.y - yu - ru * 1.08f) * 0.86f, uz = p.z - (s->upper_z - ax2) + 0.35f * ru;
    vf ly = (p.y - yl + rl * 1.06f) * 0.88f, lz = p.z - (s->lower_z - ax2) + 0.35f * rl;
    struct lips r;
    r.upper = (vsqrt(dx * dx + uy * uy + uz * uz) - ru) * 0.85f;
    r.lower = (vsqrt(dx * dx + ly * ly + lz * lz) - rl) * 0.85f;
    vf tall = vmax(yl - p.y, p.y - yu);
    // As the lips close the gap shrinks to nothing before the cut stops being made: no jump.
    float closing = s->open < 0.03f ? 0.012f * (1.f - s->open * (1.f / 0.03f)) : 0.f;
    r.slot = vmax(vmax(tall, vabs(p.x) - w) * 0.75f + closing, 0.30f - p.z);
    return r;
}

// The hollow behind the lips.
static inline vf oral_sdf(const struct pose *s, v3 p)
{
    return ellipsoid(vfrom(p, 0.f, MOUTH_Y - 0.05f - 0.10f * s->jaw, 0.40f), 0.31f,
                     0.17f + 0.12f * s->jaw, 0.40f);
}

static inline vf upper_teeth(v3 p)
{
    vf z = p.z - (0.775f - 1.25f * p.x * p.x), y = p.y - (MOUTH_Y + 0.045f);
    // Each tooth ends in a soft arc; the two in the middle are a little longer.
    vf k = p.x * (1.f / 0.078f);
    k = k - vfloor(k) - 0.5f;
    vf low = y + 0.098f - 0.06f * k * k - 0.10f * p.x * p.x;
    vf d = smax(vabs(z) - 0.035f + 0.022f * vpow2n(2.f * k, 3), -low, 0.03f);
    return smax(smax(d, y - 0.12f, 0.02f), vabs(p.x) - 0.30f, 0.05f) * 0.7f;
}

static inline vf lower_teeth(v3 pj)
{
    vf z = pj.z - (0.735f - 1.3f * pj.x * pj.x), y = pj.y - (MOUTH_Y - 0.135f);
    vf k = pj.x * (1.f / 0.062f) + 0.5f;
    k = k - vfloor(k) - 0.5f;
    vf top = y - 0.062f + 0.05f * k * k;
    vf d = smax(vabs(z) - 0.032f + 0.018f * vpow2n(2.f * k, 3), top, 0.03f);
    return smax(smax(d, -y - 0.10f, 0.02f), vabs(pj.x) - 0.27f, 0.05f) * 0.7f;
}

static inline vf tongue_sdf(const struct pose *s, v3 pj)
{
    vf body = ellipsoid(vfrom(pj, 0.f, s->tongue_y, s->tongue_z), 0.21f, 0.105f, 0.26f);
    v3 a = v3set(0.f, s->tongue_y, s->tongue_z), b = v3set(0.f, s->tongue_tip_y, s->tongue_tip_z);
    v3 flat = pj;
    flat.x = flat.x * 0.45f;
    vf tip = capsule(flat, a, b, 0.085f, 0.058f);
    // a shallow groove down the middle
    return smin(body, tip, 0.10f) + 0.012f * vmax(1.f - vabs(pj.x) * 14.f, vset(0.f));
}

// ---- eyes ----

struct eyes {
    vf ball, lid, lash, edge;
};

static inline struct eyes eyes_sdf(const struct pose *s, v3 p)
{
    vi right = p.x > 0.f;
    v3 q = {vabs(p.x) - EYE_X, p.y - EYE_Y, p.z - EYE_Z};
    vf up = vsel(right, vset(s->lid_up[1]), vset(s->lid_up[0])),
       low = vsel(right, vset(s->lid_low[1]), vset(s->lid_low[0]));
    // sin and cos of angles within +-0.8, good to 1e-3
    vf su = up * (1.f - up * up * 0.1640f), cu = 1.f - up * up * (0.4976f - up * up * 0.038f);
    vf sl = low * (1.f - low * low * 0.1640f),
       cl = 1.f - low * low * (0.4976f - low * low * 0.038f);
    vf r = vlen(q);
    // A slight outward tilt of both lid planes makes the eye almond-shaped.
    vf above = q.y * cu - q.z * su - q.x * 0.015f, below = q.z * sl - q.y * cl + q.x * 0.03f;
    struct eyes e;
    e.ball = r - EYE_R;
    vf shell_u = vabs(r - (EYE_R + 0.020f)) - 0.018f, shell_l = vabs(r - (EYE_R + 0.014f)) - 0.013f;
    vf lid_u = smax(shell_u, -above, 0.018f), lid_l = smax(shell_l, -below, 0.014f);
    e.lid = vmin(lid_u, lid_l);
    e.edge = vmin(vabs(above), vabs(below) + 0.012f);
    // Lashes: an arc on the upper lid's edge, thicker and flicked up on the outside.
    vf along = vsqrt(vmax(r * r - above * above, vset(0.f)));
    vf outer = vsat(q.x * 3.4f + 0.42f);
    vf radius = EYE_R + 0.030f + 0.016f * outer * outer;
    vf lift = above - 0.004f - 0.012f * outer * outer * outer;
    vf da = along - radius;
    e.lash = vsqrt(da * da + lift * lift) - (0.006f + 0.010f * outer);
    e.lash = vmax(e.lash, 0.10f - q.z);
    return e;
}

// ---- skin ----

static inline vf brow_mask(const struct pose *s, v3 p, vf *along)
{
    vf ax = vabs(p.x), u = (ax - 0.12f) * (1.f / 0.48f), uc = vsat(u);
    vf y = 0.437f + 0.055f * s->brow + (0.21f + 0.05f * s->brow) * uc * (1.f - 0.97f * uc) +
           0.02f * (1.f - uc) * s->brow;
    vf half = 0.042f * (1.f - 0.66f * uc * uc) * (0.72f + 0.28f * vsat(uc * 5.f));
    vf dy = (p.y - y) / half, dx = vmax(vmax(-u, u - 1.f), vset(0.f)) * 9.f;
    *along = u;
    vi front = p.z > 0.2f;
    return vsel(front, vstep(1.25f, 0.70f, vsqrt(dy * dy + dx * dx)), vset(0.f));
}

static inline vf nose_sdf(v3 p, vf ax)
{
    vf bridge = capsule(p, v3set(0.f, 0.16f, 0.74f), v3set(0.f, -0.20f, 0.935f), 0.085f, 0.085f);
    vf tip = ellipsoid(vfrom(p, 0.f, -0.225f, 0.955f), 0.115f, 0.100f, 0.105f);
    v3 side = {ax - 0.100f, p.y + 0.262f, p.z - 0.875f};
    vf wing = ellipsoid(side, 0.066f, 0.058f, 0.080f);
    vf d = smin(bridge, smin(tip, wing, 0.05f), 0.09f);
    v3 hole = {ax - 0.058f, p.y + 0.318f, p.z - 0.925f};
    return smax(d, -ellipsoid(hole, 0.034f, 0.022f, 0.045f), 0.02f);
}

static inline vf ear_sdf(v3 p, vf ax)
{
    v3 q = {ax - 0.90f, p.y + 0.04f, p.z + 0.10f};
    // turned a third of the way towards the viewer
    v3 r = {q.x * 0.83f - q.z * 0.56f, q.y + q.x * 0.10f, q.x * 0.56f + q.z * 0.83f};
    vf lobe = vsat(-r.y * 2.2f);
    vf outer = ellipsoid((v3){r.x + lobe * 0.03f, r.y, r.z}, 0.155f, 0.225f, 0.085f);
    vf bowl = ellipsoid(vfrom(r, 0.015f, 0.02f, 0.075f), 0.095f, 0.150f, 0.075f);
    vf inner = ellipsoid(vfrom(r, 0.0f, -0.03f, 0.045f), 0.050f, 0.085f, 0.040f);
    return smin(smax(outer, -bowl, 0.04f), inner, 0.04f);
}

static inline vf face_sdf(const struct pose *s, v3 p)
{
    vf ax = vabs(p.x);
    v3 pj = to_jaw(s, p);
    float sm = s->smile;
    vf d = ellipsoid(vfrom(p, 0.f, 0.36f, -0.14f), 0.86f, 0.92f, 0.96f);
    d = smin(d, ellipsoid(vfrom(p, 0.f, -0.16f, 0.16f), 0.735f, 0.86f, 0.70f), 0.22f);
    v3 cheek = {ax - 0.40f - 0.02f * sm, p.y + 0.265f - 0.045f * sm, p.z - 0.44f - 0.02f * sm};
    d = smin(d, ellipsoid(cheek, 0.31f, 0.28f, 0.31f), 0.20f);
    // jaw: two arms and a chin, hung on the hinge
    v3 jm = {vabs(pj.x), pj.y, pj.z};
    vf jaw = capsule(jm, v3set(0.53f, -0.40f, 0.02f), v3set(0.11f, -0.87f, 0.50f), 0.20f, 0.20f);
    jaw = smin(jaw, ellipsoid(vfrom(pj, 0.f, -0.90f, 0.60f), 0.205f, 0.185f, 0.20f), 0.14f);
    jaw = smin(jaw, ellipsoid(vfrom(pj, 0.f, -0.68f, 0.52f), 0.34f, 0.20f, 0.28f), 0.12f);
    d = smin(d, jaw, 0.20f);
    // the upper lip's mound
    d = smin(d, ellipsoid(vfrom(p, 0.f, -0.44f, 0.545f + 0.05f * s->round), 0.36f, 0.20f, 0.285f),
             0.14f);
    // sockets
    v3 sock = {ax - EYE_X, p.y - EYE_Y - 0.01f, p.z - 0.90f};
    d = smax(d, -ellipsoid(sock, 0.235f, 0.165f, 0.19f), 0.16f);
    v3 ridge = {ax - 0.33f, p.y - 0.37f - 0.03f * s->brow, p.z - 0.58f};
    d = smin(d, ellipsoid(ridge, 0.27f, 0.10f, 0.17f), 0.14f);
    return d;
}

static inline vf neck_sdf(const struct pose *s, v3 p)
{
    v3 low = v3set(s->neck_low[0], s->neck_low[1], s->neck_low[2]);
    return capsule(p, low, v3set(0.f, -0.62f, -0.16f), 0.375f, 0.33f);
}

static inline vf skin_without_mouth(const struct pose *s, v3 p)
{
    vf along, ax = vabs(p.x);
    vf d = face_sdf(s, p);
    d = smin(d, nose_sdf(p, ax), 0.075f);
    d = smin(d, ear_sdf(p, ax), 0.06f);
    d = smin(d, neck_sdf(s, p), 0.12f);
    return d - 0.014f * brow_mask(s, p, &along);
}

// ---- hair ----

struct hair {
    vf d, across;
    v3 axis;
};

static inline v3 turn_z(v3 p, float c, float sn)
{
    return (v3){p.x * c + p.y * sn, p.y * c - p.x * sn, p.z};
}

static inline vf strands(vf s)
{
    return 0.010f * vsin(s * 41.f + 1.3f * vsin(s * 13.f)) +
           0.016f * vsin(s * 15.f + 2.f * vsin(s * 5.f));
}

static inline void hair_add(struct hair *h, vf d, vf across, v3 axis)
{
    vi near = d < h->d;
    h->across = vsel(near, across, h->across);
    h->axis = vsel3(near, axis, h->axis);
    h->d = smin(h->d, d, 0.09f);
}

// A lock of the fringe: an ellipsoid in a frame turned about z and bent down along its length.
static inline vf lock_sdf(v3 p, const float c[3], float turn_c, float turn_s, float bend,
                          const float r[3], vf *across)
{
    v3 q = turn_z(vfrom(p, c[0], c[1], c[2]), turn_c, turn_s);
    q.z = q.z + bend * q.x * q.x;
    q.y = q.y + 0.5f * bend * q.x * q.x;
    vf s = q.y * 0.8f - q.z * 0.8f;
    *across = s;
    return ellipsoid(q, r[0], r[1], r[2]) * 0.8f - strands(s);
}

static inline struct hair hair_sdf(v3 p)
{
    static const float sweep_c[3] = {-0.20f, 0.90f, 0.56f}, sweep_r[3] = {0.80f, 0.24f, 0.26f};
    static const float side_c[3] = {0.52f, 0.84f, 0.46f}, side_r[3] = {0.56f, 0.26f, 0.32f};
    // the cap, combed from a parting on the image's right
    struct hair h;
    v3 axis = v3set(0.20f, -0.50f, 0.843f);
    h.across = p.x * 0.20f - p.y * 0.50f + p.z * 0.843f;
    h.axis = axis;
    vf cap = ellipsoid(vfrom(p, 0.f, 0.42f, -0.20f), 0.985f, 1.00f, 1.03f) - strands(h.across);
    vf window = ellipsoid(vfrom(p, 0.f, -0.15f, 0.92f), 0.80f, 0.93f, 0.98f);
    cap = smax(cap, -window, 0.10f);
    h.d = smax(cap, p.z * 0.6f - (p.y - 0.30f) * 0.8f - 0.10f, 0.08f);
    // the mass behind ears and neck
    vf wave = vsin(p.y * 5.2f + 0.8f) * 0.05f;
    vf bx = p.x + wave;
    vf back = ellipsoid(vfrom((v3){bx, p.y, p.z}, 0.f, -0.48f, -0.62f), 1.04f, 1.06f, 0.50f);
    vf bs = bx * 1.1f;
    hair_add(&h, back * 0.85f - strands(bs), bs, v3set(1.f, 0.f, 0.25f));
    vf ls;
    vf d = lock_sdf(p, sweep_c, 0.940f, 0.342f, 0.38f, sweep_r, &ls);
    hair_add(&h, d, ls, v3set(-0.2f, 0.7f, -0.68f));
    d = lock_sdf(p, side_c, 0.80f, -0.60f, 0.40f, side_r, &ls);
    hair_add(&h, d, ls, v3set(0.4f, 0.66f, -0.63f));
    return h;
}

// ---- clothes ----

struct clothes {
    vf jacket, lapel, shirt;
};

static inline struct clothes clothes_sdf(const struct pose *s, v3 w)
{
    v3 p = vfrom(w, s->shift[0], s->shift[1] + 0.035f * s->breath, 0.f);
    vf ax = vabs(p.x);
    v3 m = {ax, p.y, p.z};
    vf torso = capsule(m, v3set(0.f, -2.10f, -0.32f), v3set(1.28f, -2.22f, -0.42f), 0.46f, 0.40f);
    torso = vmin(torso, capsule(m, v3set(1.28f, -2.22f, -0.42f), v3set(1.40f, -3.40f, -0.42f),
                                0.40f, 0.40f));
    torso = smin(torso, ellipsoid(vfrom(p, 0.f, -2.75f, -0.22f), 1.15f, 1.05f, 0.62f), 0.25f);
    torso = smin(torso, ellipsoid(vfrom(p, 0.f, -1.86f, -0.33f), 0.74f, 0.30f, 0.42f), 0.20f);
    vf v = 0.13f + 0.62f * vmax(p.y + 2.06f, vset(-0.2f));
    struct clothes c;
    vf fold = 0.012f * vsin(p.x * 7.f + p.y * 9.f) * vsin(p.y * 6.f - p.x * 3.f);
    c.jacket = smax(torso - 0.045f + fold, (v - ax) * 0.8f, 0.03f);
    c.lapel = smax(smax(torso - 0.085f, (v - 0.02f - ax) * 0.8f, 0.03f),
                   (ax - v - 0.20f - 0.10f * (p.y + 2.f)) * 0.8f, 0.03f);
    c.lapel = smax(c.lapel, 0.05f - p.z, 0.03f);
    // collar: a leaning cone around the neck, open in front and folded over
    vf y = p.y + 1.585f - 0.30f * (p.z + 0.3f);
    vf r = vsqrt(p.x * p.x + (p.z + 0.27f) * (p.z + 0.27f));
    vf band = vabs(r - 0.47f + 0.30f * y) - 0.022f;
    vf cut = vmax(vabs(y) - 0.155f, (0.05f + 0.55f * vmax(y + 0.10f, vset(0.f)) - ax) *
                                        vsel(p.z > 0.f, vset(1.f), vset(-9.f)));
    c.shirt = smin(torso, smax(band, cut, 0.03f) * 0.85f, 0.03f);
    return c;
}

// ---- the whole ----

struct parts {
    vf skin, eye, lash, hair, teeth, tongue;
};

static inline struct parts head_parts(const struct pose *s, v3 p)
{
    struct parts r;
    r.skin = skin_without_mouth(s, p);
    vf far = vset(1e3f);
    r.eye = r.lash = r.teeth = r.tongue = far;
    v3 q = {vabs(p.x) - EYE_X, p.y - EYE_Y, p.z - EYE_Z};
    vf around_eye = vlen(q) - 0.36f;
    if (vany(around_eye < 0.10f)) {
        struct eyes e = eyes_sdf(s, p);
        r.skin = smin(r.skin, e.lid, 0.035f);
        r.eye = e.ball;
        r.lash = e.lash;
    }
    v3 m = vfrom(p, 0.f, MOUTH_Y - 0.12f, 0.66f);
    vf around_mouth = vlen(m) - 0.50f;
    if (vany(around_mouth < 0.10f)) {
        v3 pj = to_jaw(s, p);
        struct lips l = lips_sdf(s, p);
        r.skin = smin(r.skin, l.upper, 0.06f);
        vf low = smin(r.skin, l.lower, 0.07f);
        r.skin = low;
        if (s->open > 0.002f) {
            vf oral = smin(oral_sdf(s, p), l.slot, 0.03f);
            vf lip = vmin(l.upper, l.lower);
            r.skin = smax(r.skin, -oral, 0.02f);
            r.skin = vmin(r.skin, lip);
        }
        r.teeth = vmin(upper_teeth(p), lower_teeth(pj));
        r.tongue = tongue_sdf(s, pj) * 0.9f;
    }
    r.hair = hair_sdf(p).d;
    return r;
}

vf sdf_scene(const struct pose *s, v3 w)
{
    v3 p = sdf_to_head(s, w);
    vf ball = vlen(vfrom(p, 0.f, -0.05f, -0.1f)) - 1.72f;
    vf d = ball;
    if (vany(ball < FAR_AWAY)) {
        struct parts r = head_parts(s, p);
        d = vmin(vmin(vmin(r.skin, r.eye), vmin(r.lash, r.hair)), vmin(r.teeth, r.tongue));
    }
    vf body = -1.15f - (w.y - s->shift[1]); // negative above the shoulders
    if (vany(body > -0.25f)) {
        struct clothes c = clothes_sdf(s, w);
        d = vmin(d, vmin(c.jacket, vmin(c.lapel, c.shirt)));
    } else
        d = vmin(d, -body);
    return d;
}

static inline void nearer(vf *best, vi *mat, vf d, int id)
{
    vi m = d < *best;
    *best = vmin(*best, d);
    *mat = (m & id) | (~m & *mat);
}

vi sdf_material(const struct pose *s, v3 w)
{
    struct parts r = head_parts(s, sdf_to_head(s, w));
    struct clothes c = clothes_sdf(s, w);
    vf best = r.skin;
    vi mat = {0};
    nearer(&best, &mat, r.eye, M_EYE);
    nearer(&best, &mat, r.hair, M_HAIR);
    nearer(&best, &mat, r.teeth, M_TEETH);
    nearer(&best, &mat, r.tongue, M_TONGUE);
    nearer(&best, &mat, c.jacket, M_JACKET);
    nearer(&best, &mat, c.shirt, M_SHIRT);
    nearer(&best, &mat, c.lapel, M_LAPEL);
    nearer(&best, &mat, r.lash, M_LASH);
    return mat;
}

struct skin_detail sdf_skin_detail(const struct pose *s, v3 p)
{
    struct skin_detail k;
    struct lips l = lips_sdf(s, p);
    vf base = skin_without_mouth(s, p), lip = vmin(l.upper, l.lower);
    k.lip =
        vstep(0.016f, -0.006f, lip - 0.25f * vabs(base)) * vsel(p.z > 0.45f, vset(1.f), vset(0.f));
    float w = s->half_width;
    vf x = vclamp(p.x, -w, w), t = x * (1.f / w), g = 1.f - t * t;
    vf f = g + (vsqrt(vmax(g, vset(0.f))) - g) * s->curve;
    k.seam = p.y - (s->corner_y + (0.5f * (s->upper_y + s->lower_y) - s->corner_y) * f);
    k.seam = vabs(k.seam) + 0.02f * vstep(w - 0.05f, w + 0.01f, vabs(p.x));
    struct eyes e = eyes_sdf(s, p);
    k.lid_skin = vstep(0.03f, 0.005f, e.lid) * vsel(p.z > 0.5f, vset(1.f), vset(0.f));
    k.lid = vstep(0.022f, 0.008f, e.edge) * k.lid_skin;
    k.brow = brow_mask(s, p, &k.brow_s);
    vf oral = oral_sdf(s, p);
    k.inside = s->open > 0.002f ? vstep(0.003f, 0.012f, lip) * vmax(vstep(0.007f, 0.001f, l.slot),
                                                                    vstep(0.030f, 0.012f, oral))
                                : vset(0.f);
    vf lowered = vstep(-0.15f, -0.85f, p.y) * vsel(p.z > -0.2f, vset(1.f), vset(0.f));
    k.rest = vmix3(p, to_jaw(s, p), lowered);
    return k;
}

struct hair_detail sdf_hair_detail(v3 head)
{
    struct hair h = hair_sdf(head);
    return (struct hair_detail){h.across, h.axis};
}
