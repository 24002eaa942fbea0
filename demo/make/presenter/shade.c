#include "shade.h"

#include "sdf.h"

struct light {
    float dir[3], colour[3];
};

// Directions towards the light, world space, unit length.
static const struct light key = {{-0.506f, 0.552f, 0.663f}, {1.95f, 1.70f, 1.42f}};
static const struct light fill = {{0.862f, 0.108f, 0.495f}, {0.31f, 0.39f, 0.52f}};
static const struct light rim = {{0.700f, 0.400f, -0.592f}, {2.6f, 1.75f, 1.05f}};
static const struct light kick = {{-0.800f, 0.250f, -0.545f}, {0.40f, 0.56f, 0.78f}};

static inline v3 light_dir(const struct light *l)
{
    return v3set(l->dir[0], l->dir[1], l->dir[2]);
}
static inline v3 light_rgb(const struct light *l, vf k)
{
    return (v3){k * l->colour[0], k * l->colour[1], k * l->colour[2]};
}

struct surface {
    v3 p, n, view; // world
    v3 head;       // the point in head space
    vf key_shadow, ao, facing;
};

static v3 normal_at(const struct pose *s, v3 p)
{
    // four corners of a tetrahedron
    const float e = 0.0022f;
    vf a = sdf_scene(s, vfrom(p, -e, e, e)), b = sdf_scene(s, vfrom(p, e, -e, e));
    vf c = sdf_scene(s, vfrom(p, e, e, -e)), d = sdf_scene(s, vfrom(p, -e, -e, -e));
    return vnorm((v3){a - b - c + d, b - a - c + d, c - a - b + d});
}

static vf soft_shadow(const struct pose *s, v3 p, v3 n, v3 l, vi need)
{
    // started clear of the surface: contact is the occlusion term's business
    v3 o = vmad(p, n, vset(0.02f));
    vf t = vset(0.055f), light = vset(1.f);
    for (int i = 0; i < 20; i++) {
        vf d = sdf_scene(s, vmad(o, l, t));
        light = vmin(light, 0.5f + 4.5f * d / (t + 0.03f));
        t = t + vclamp(d * 0.55f, 0.010f + 0.004f * (float)i, 0.30f);
        if (vall(~need | (light < 0.f))) break;
    }
    light = vsat(light);
    return light * light * (3.f - 2.f * light);
}

static vf occlusion(const struct pose *s, v3 p, v3 n)
{
    static const float step[4] = {0.025f, 0.07f, 0.16f, 0.32f},
                       weight[4] = {7.0f, 3.0f, 1.2f, 0.55f};
    vf sum = vset(0.f);
    for (int i = 0; i < 4; i++) {
        vf d = sdf_scene(s, vmad(p, n, vset(step[i])));
        sum = sum + vmax(step[i] - d, vset(0.f)) * weight[i];
    }
    return 1.f / (1.f + 1.15f * sum);
}

static inline vf wrap(vf ndl, float w)
{
    vf x = vsat((ndl + w) * (1.f / (1.f + w)));
    return x * x * (1.f + 0.5f * w) / (x + 0.5f * w);
}

// Blinn highlight of about the given power, energy roughly kept
static inline vf gloss(const struct surface *f, v3 l, int doublings)
{
    v3 h = vnorm(vadd(l, f->view));
    return vpow2n(vsat(vdot(f->n, h)), doublings) * ((float)(1 << doublings) * 0.04f + 0.08f);
}

static inline vf fresnel(const struct surface *f)
{
    vf x = 1.f - f->facing;
    vf x2 = x * x;
    return x2 * x2 * x;
}

// Ambient: a cool sky, a warm floor, both dimmed in hollows.
static inline v3 ambient(const struct surface *f)
{
    vf up = 0.5f + 0.5f * f->n.y;
    v3 c = vmix3(v3set(0.30f, 0.215f, 0.17f), v3set(0.40f, 0.43f, 0.50f), up);
    return vscale(c, f->ao);
}

// Plain wrapped diffuse light of all lamps for anything that is not skin.
static v3 diffuse(const struct surface *f, float w)
{
    vf k = wrap(vdot(f->n, light_dir(&key)), w) * f->key_shadow;
    vf fi = wrap(vdot(f->n, light_dir(&fill)), 0.5f) * (0.35f + 0.65f * f->ao);
    vf back = vsat(vdot(f->n, light_dir(&rim))) * f->ao,
       left = vsat(vdot(f->n, light_dir(&kick))) * f->ao;
    v3 c = vadd(light_rgb(&key, k), light_rgb(&fill, fi));
    c = vadd(c, light_rgb(&rim, back * 0.6f));
    return vadd(vadd(c, light_rgb(&kick, left * 0.6f)), ambient(f));
}

// ---- skin ----

static v3 skin_light(const struct surface *f)
{
    // Light creeps further round the form in red than in blue: the look of light under the skin.
    vf ndl = vdot(f->n, light_dir(&key)), sh = f->key_shadow;
    vf soft_r = vmix(sh, vsqrt(sh), vset(0.75f)), soft_g = vmix(sh, vsqrt(sh), vset(0.20f));
    v3 c = {wrap(ndl, 0.42f) * soft_r * key.colour[0], wrap(ndl, 0.24f) * soft_g * key.colour[1],
            wrap(ndl, 0.17f) * sh * key.colour[2]};
    vf nf = vdot(f->n, light_dir(&fill)), open = 0.3f + 0.7f * f->ao;
    c = vadd(c, light_rgb(&fill, wrap(nf, 0.55f) * open));
    vf edge = 0.25f + 0.75f * vstep(0.75f, 0.1f, f->facing);
    c = vadd(c, light_rgb(&rim, vsat(vdot(f->n, light_dir(&rim)) + 0.05f) * f->ao * edge));
    c = vadd(c, light_rgb(&kick, vsat(vdot(f->n, light_dir(&kick))) * f->ao * f->ao * edge));
    v3 a = ambient(f);
    // hollows of skin glow red rather than go grey
    vf ao = f->ao;
    c.x = c.x + a.x * (1.f + 0.45f * (1.f - ao));
    c.y = c.y + a.y * (1.f + 0.10f * (1.f - ao));
    c.z = c.z + a.z;
    return c;
}

static inline vf blob(v3 p, float x, float y, float z, float r)
{
    v3 q = vfrom(p, x, y, z);
    return vsat(1.f - vdot(q, q) * (1.f / (r * r)));
}

static vf freckles(v3 p)
{
    v3 m = {p.x * 21.f, p.y * 21.f + p.z * 6.f, vset(0.f)};
    vf fx = vfloor(m.x), fy = vfloor(m.y);
    vi ix = __builtin_convertvector(fx, vi), iy = __builtin_convertvector(fy, vi), zero = {0};
    vf a = vhash(ix, iy, zero + 11), b = vhash(ix, iy, zero + 23), c = vhash(ix, iy, zero + 37);
    vf dx = m.x - fx - 0.3f - 0.4f * a, dy = m.y - fy - 0.3f - 0.4f * b;
    vf r = 0.12f + 0.16f * c;
    vf spot = vstep(1.f, 0.25f, vsqrt(dx * dx + dy * dy) / r);
    vf ax = vabs(p.x);
    v3 q = {ax, p.y, p.z};
    vf where = vsat(blob(q, 0.34f, -0.20f, 0.74f, 0.36f) * 1.6f +
                    blob(p, 0.f, -0.12f, 0.95f, 0.26f) * 1.2f);
    return spot * where * vstep(0.25f, 0.6f, vhash(ix, iy, zero + 51) + 0.25f * where);
}

static v3 skin_albedo(const struct skin_detail *k)
{
    v3 p = k->rest, c = v3set(0.73f, 0.41f, 0.27f);
    v3 m = {vabs(p.x), p.y, p.z};
    vf blush =
        blob(m, 0.44f, -0.24f, 0.66f, 0.34f) * 0.75f + blob(p, 0.f, -0.23f, 1.02f, 0.20f) * 0.55f +
        blob(m, 0.98f, -0.02f, -0.05f, 0.32f) * 0.7f + blob(p, 0.f, -0.96f, 0.80f, 0.24f) * 0.3f;
    c = vmix3(c, v3set(0.74f, 0.25f, 0.175f), vsat(blush * 0.62f));
    vf coarse = vnoise(vscale(p, vset(7.f))) - 0.5f, fine = vnoise(vscale(p, vset(31.f))) - 0.5f;
    vf pore = vnoise(vscale(p, vset(74.f))) - 0.5f;
    vf tone = 1.f + 0.07f * coarse + 0.06f * fine + 0.075f * pore;
    c = (v3){c.x * tone, c.y * (tone - 0.04f * coarse), c.z * (tone - 0.04f * coarse)};
    c = vmix3(c, v3set(0.47f, 0.215f, 0.115f), freckles(p) * 0.52f);
    // eyelids: a touch of shadow, then the dark line of the lashes
    c = vmix3(c, v3set(0.56f, 0.275f, 0.205f), k->lid_skin * 0.42f);
    c = vmix3(c, v3set(0.05f, 0.022f, 0.016f), k->lid * 0.75f);
    vf stroke = 0.86f + 0.14f * vnoise((v3){k->brow_s * 34.f - p.y * 40.f, p.y * 14.f, vset(0.f)});
    c = vmix3(c, v3set(0.115f, 0.042f, 0.018f), k->brow * stroke * 0.95f);
    return c;
}

static v3 lip_albedo(const struct pose *s, const struct skin_detail *k, v3 skin)
{
    vf lines = vnoise((v3){k->rest.x * 70.f, k->rest.y * 9.f, k->rest.z * 9.f}) - 0.5f;
    v3 c = v3set(0.62f, 0.175f, 0.145f);
    c = vscale(c, 1.f + 0.22f * lines);
    c = vmix3(skin, c, k->lip * 0.92f);
    if (s->open < 0.03f) {
        vf line = vstep(0.016f, 0.004f, vabs(k->seam)) * (1.f - s->open * (1.f / 0.03f));
        c = vmix3(c, v3set(0.10f, 0.018f, 0.016f), line * 0.85f);
    }
    return c;
}

static v3 shade_skin(const struct pose *s, const struct surface *f)
{
    struct skin_detail k = sdf_skin_detail(s, f->head);
    v3 c = lip_albedo(s, &k, skin_albedo(&k));
    v3 lit = vmul3(c, skin_light(f));
    // an oily highlight and a broad sheen; lips shine more
    vf shine = gloss(f, light_dir(&key), 5) * f->key_shadow * (0.055f + 0.09f * k.lip) +
               gloss(f, light_dir(&key), 3) * f->key_shadow * 0.06f;
    vf wet = gloss(f, light_dir(&key), 7) * f->key_shadow * k.lip * 0.10f;
    vf matte = 1.f - 0.8f * k.brow;
    lit = vadd(lit, light_rgb(&key, (shine + wet) * matte));
    lit = vadd(lit, light_rgb(&fill, gloss(f, light_dir(&fill), 4) * (0.10f + 0.25f * k.lip) *
                                         matte * f->ao));
    vf edge = fresnel(f) * f->ao;
    lit = vadd(lit, (v3){edge * 0.20f, edge * 0.17f, edge * 0.16f});
    // the inside of the mouth: dark, red, darker with depth
    vf deep = vstep(0.78f, 0.45f, f->head.z);
    v3 dark = vscale(v3set(0.115f, 0.020f, 0.018f), (1.f - 0.72f * deep) * (0.3f + 0.7f * f->ao));
    return vmix3(lit, dark, k.inside);
}

// ---- eyes ----

static v3 shade_eye(const struct pose *s, const struct surface *f)
{
    vi right = f->head.x > 0.f;
    v3 g = {vsel(right, vset(s->gaze[1][0]), vset(s->gaze[0][0])),
            vsel(right, vset(s->gaze[1][1]), vset(s->gaze[0][1])),
            vsel(right, vset(s->gaze[1][2]), vset(s->gaze[0][2]))};
    v3 q = vnorm((v3){vabs(f->head.x) - EYE_X, f->head.y - EYE_Y, f->head.z - EYE_Z});
    q.x = vsel(right, q.x, -q.x);
    v3 side = vnorm((v3){g.z, vset(0.f), -g.x}), up = vcross(g, side);
    vf u = vdot(q, side), v = vdot(q, up), r = vsqrt(u * u + v * v) * (1.f / 0.545f);
    r = vsel(vdot(q, g) > 0.f, r, vset(3.f));
    v3 ray = {u / (r + 1e-3f) * 9.f, v / (r + 1e-3f) * 9.f, r * 2.2f};
    vf fibre = vnoise(ray) * 0.65f + vnoise(vscale(ray, vset(2.3f))) * 0.35f;
    // lit from above by the key, so the iris glows at the opposite, lower side
    vf glow = vsat(0.55f - 1.15f * v + 0.5f * u * 0.6f);
    v3 iris = vmix3(v3set(0.045f, 0.17f, 0.135f), v3set(0.25f, 0.52f, 0.33f),
                    vsat(fibre * 0.9f + glow * 0.55f - 0.15f));
    iris = vmix3(v3set(0.46f, 0.30f, 0.07f), iris, vstep(0.40f, 0.66f, r + 0.12f * (fibre - 0.5f)));
    iris = vscale(iris, 0.55f + 0.95f * glow);
    iris = vmix3(iris, v3set(0.010f, 0.022f, 0.022f), vstep(0.80f, 0.98f, r));
    iris = vmix3(iris, v3set(0.006f, 0.006f, 0.007f), vstep(0.47f, 0.41f, r));
    v3 white = vmix3(v3set(0.80f, 0.765f, 0.735f), v3set(0.76f, 0.52f, 0.46f),
                     vstep(1.35f, 1.95f, r) * 0.55f);
    v3 light = diffuse(f, 0.45f);
    // the upper lid shades the ball
    vf lid = vsel(right, vset(s->lid_up[1]), vset(s->lid_up[0]));
    vf shade = 0.42f + 0.58f * vstep(-0.02f, 0.20f, lid - q.y);
    v3 c = vmix3(vmul3(iris, vadd(vscale(light, vset(0.75f)), v3set(0.25f, 0.25f, 0.25f))),
                 vscale(vmul3(white, light), vset(0.80f)), vstep(0.95f, 1.06f, r));
    c = vscale(c, shade);
    // catchlights: a soft window towards the key and a small one below, fixed in the world
    v3 w = sdf_dir_to_world(s, q);
    v3 h1 = vnorm(vadd(v3set(-0.34f, 0.52f, 0.78f), f->view)),
       h2 = vnorm(vadd(v3set(0.50f, -0.45f, 0.74f), f->view));
    vf d1 = vdot(w, h1), d2 = vdot(w, h2);
    vf spec = vstep(0.9800f, 0.9885f, d1) * 1.6f + vstep(0.9925f, 0.9975f, d2) * 0.32f;
    spec = spec * vstep(-0.02f, 0.06f, lid - q.y);
    return vadd(c, (v3){spec, spec, spec * 0.97f});
}

// ---- the rest ----

static v3 shade_hair(const struct pose *s, const struct surface *f)
{
    struct hair_detail k = sdf_hair_detail(f->head);
    v3 axis = sdf_dir_to_world(s, k.axis);
    v3 along = vnorm(vcross(axis, f->n));
    v3 slow = vscale(f->head, vset(1.4f));
    slow.z = k.across * 46.f;
    vf fine = vnoise(slow);
    slow.z = k.across * 17.f;
    vf mid = vnoise(slow);
    v3 c = vmix3(v3set(0.085f, 0.028f, 0.013f), v3set(0.30f, 0.105f, 0.042f),
                 vsat(0.15f + 0.55f * mid + 0.45f * (fine - 0.3f)));
    v3 light = diffuse(f, 0.35f);
    v3 out = vmul3(c, light);
    // two highlights along the strands, shifted against each other as in real hair
    v3 l = light_dir(&key), h = vnorm(vadd(l, f->view));
    vf shift = (fine - 0.5f) * 0.22f + (mid - 0.5f) * 0.10f;
    vf th1 = vdot(along, h) + vdot(f->n, h) * (shift - 0.06f),
       th2 = vdot(along, h) + vdot(f->n, h) * (shift + 0.16f);
    vf s1 = vpow2n(vsqrt(vsat(1.f - th1 * th1)), 6), s2 = vpow2n(vsqrt(vsat(1.f - th2 * th2)), 4);
    vf lit = f->key_shadow * vsat(vdot(f->n, l) + 0.25f);
    out = vadd(out, light_rgb(&key, lit * s1 * 0.085f));
    out = vadd(
        out, vmul3(v3set(0.30f, 0.105f, 0.04f), light_rgb(&key, lit * s2 * (0.25f + 0.5f * fine))));
    vf edge = vstep(0.65f, 0.05f, f->facing) * f->ao;
    out = vadd(out, vmul3(v3set(0.34f, 0.18f, 0.10f),
                          light_rgb(&rim, edge * vsat(vdot(f->n, light_dir(&rim)) + 0.25f) *
                                              (0.5f + fine))));
    return vadd(out, vmul3(v3set(0.15f, 0.13f, 0.13f),
                           light_rgb(&kick, edge * vsat(vdot(f->n, light_dir(&kick)) + 0.25f) *
                                                (0.5f + fine))));
}

static v3 shade_teeth(const struct surface *f)
{
    v3 p = f->head;
    vf gum = vstep(MOUTH_Y + 0.075f, MOUTH_Y + 0.10f, p.y);
    v3 c = vmix3(v3set(0.86f, 0.82f, 0.75f), v3set(0.60f, 0.20f, 0.19f), gum);
    // a ceiling on darkness keeps teeth readable in the mouth's shade; the back of the row sinks
    // away
    vf k = vstep(0.52f, 0.74f, p.z) * (0.55f + 0.45f * f->ao) * (0.70f + 0.30f * f->key_shadow);
    vf up = vsat(0.75f + 0.25f * f->n.z);
    vf shine = gloss(f, light_dir(&key), 6) * 0.05f * f->key_shadow;
    vf lit = k * up * 1.5f;
    return (v3){c.x * lit + shine, c.y * lit + shine, c.z * lit + shine};
}

static v3 shade_tongue(const struct surface *f)
{
    vf bumps = vnoise(vscale(f->head, vset(38.f)));
    v3 c = vscale(v3set(0.62f, 0.125f, 0.12f), 0.85f + 0.3f * bumps);
    vf k =
        vstep(0.30f, 0.80f, f->head.z) * (0.25f + 0.75f * f->ao) * (0.55f + 0.45f * f->key_shadow);
    k = k * (0.55f + 0.45f * vsat(vdot(f->n, light_dir(&key)) + 0.2f));
    vf shine = gloss(f, light_dir(&key), 5) * 0.06f * f->key_shadow;
    return (v3){c.x * k * 1.25f + shine, c.y * k * 1.25f + shine, c.z * k * 1.25f + shine};
}

static v3 shade_cloth(const struct pose *s, const struct surface *f, vi mat)
{
    v3 p = vfrom(f->p, s->shift[0], s->shift[1], 0.f);
    vf weave = vnoise((v3){p.x * 60.f, p.y * 26.f, p.z * 30.f}) - 0.5f,
       slub = vnoise((v3){p.x * 16.f, p.y * 60.f, p.z * 16.f}) - 0.5f;
    v3 c = v3set(0.030f, 0.135f, 0.150f);
    c = vsel3(mat == M_LAPEL, v3set(0.024f, 0.112f, 0.128f), c);
    c = vsel3(mat == M_SHIRT, v3set(0.82f, 0.74f, 0.60f), c);
    c = vscale(c, 1.f + 0.16f * weave + 0.16f * slub);
    v3 lit = vmul3(c, diffuse(f, 0.15f));
    // the nap of wool catches light at grazing angles
    vf sheen = fresnel(f) * f->ao * (0.35f + 0.65f * f->key_shadow);
    return vadd(lit, (v3){sheen * 0.10f, sheen * 0.13f, sheen * 0.14f});
}

v3 shade_surface(const struct pose *s, v3 world, v3 ray, vi hit)
{
    struct surface f = {.p = world, .view = vscale(ray, vset(-1.f))};
    f.n = normal_at(s, world);
    f.head = sdf_to_head(s, world);
    f.facing = vsat(vdot(f.n, f.view));
    f.ao = occlusion(s, world, f.n);
    vi need = hit & (vdot(f.n, light_dir(&key)) > -0.45f);
    f.key_shadow = vany(need) ? soft_shadow(s, world, f.n, light_dir(&key), need) : vset(0.f);
    vi mat = sdf_material(s, world);
    mat = (mat & hit) | (~hit & -1);
    v3 c = v3set(0.f, 0.f, 0.f);
    if (vany(mat == M_SKIN)) c = vsel3(mat == M_SKIN, shade_skin(s, &f), c);
    if (vany(mat == M_EYE)) c = vsel3(mat == M_EYE, shade_eye(s, &f), c);
    if (vany(mat == M_HAIR)) c = vsel3(mat == M_HAIR, shade_hair(s, &f), c);
    if (vany(mat == M_TEETH)) c = vsel3(mat == M_TEETH, shade_teeth(&f), c);
    if (vany(mat == M_TONGUE)) c = vsel3(mat == M_TONGUE, shade_tongue(&f), c);
    if (vany(mat == M_LASH)) c = vsel3(mat == M_LASH, v3set(0.012f, 0.007f, 0.006f), c);
    vi cloth = (mat == M_JACKET) | (mat == M_LAPEL) | (mat == M_SHIRT);
    if (vany(cloth)) c = vsel3(cloth, shade_cloth(s, &f, mat), c);
    return c;
}

// Narkowicz's fit of the ACES film curve.
static inline vf film(vf x)
{
    return vsat(x * (2.51f * x + 0.03f) / (x * (2.43f * x + 0.59f) + 0.14f));
}

v3 shade_tonemap(v3 c)
{
    const float exposure = 0.62f;
    return (v3){film(c.x * exposure), film(c.y * exposure), film(c.z * exposure)};
}
