#include "pose.h"

#include <math.h>
#include <string.h>

static float clampf(float x, float lo, float hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}
static float mixf(float a, float b, float t)
{
    return a + (b - a) * t;
}

static void rotation(float m[9], float yaw, float pitch, float roll)
{
    float cy = cosf(yaw), sy = sinf(yaw), cx = cosf(pitch), sx = sinf(pitch), cz = cosf(roll),
          sz = sinf(roll);
    // Ry(yaw) Rx(pitch) Rz(roll): yaw turns to the image's right, pitch nods down, roll leans
    // clockwise (in the image).
    float xz[9] = {cz, sz, 0, -sz * cx, cz * cx, -sx, -sz * sx, cz * sx, cx};
    for (int j = 0; j < 3; j++) {
        m[j] = cy * xz[j] + sy * xz[6 + j];
        m[3 + j] = xz[3 + j];
        m[6 + j] = -sy * xz[j] + cy * xz[6 + j];
    }
}

static void to_head(const struct pose *p, const float world[3], float head[3])
{
    float q[3];
    for (int i = 0; i < 3; i++)
        q[i] = world[i] - p->pivot[i] - p->shift[i];
    for (int i = 0; i < 3; i++)
        head[i] = p->rot[i] * q[0] + p->rot[3 + i] * q[1] + p->rot[6 + i] * q[2] + p->pivot[i];
}

static void pose_head(struct pose *p, const float r[CURVES], int size)
{
    float unit = 4.0f; // units a frame is wide at the head's depth
    p->camera_z = 9.f;
    p->focal = p->camera_z * (float)size / unit;
    p->centre_x = 0.5f * (float)size;
    p->centre_y = 0.408f * (float)size;
    rotation(p->rot, r[C_YAW], r[C_PITCH], r[C_ROLL]);
    p->pivot[0] = 0.f, p->pivot[1] = -0.95f, p->pivot[2] = -0.25f;
    p->shift[0] = r[C_TX] * unit, p->shift[1] = -r[C_TY] * unit, p->shift[2] = 0.f;
    p->breath = clampf(r[C_BREATH], 0.f, 1.f);
    float foot[3] = {p->shift[0], -2.05f + p->shift[1], -0.36f};
    to_head(p, foot, p->neck_low);
}

static void pose_lips(struct pose *p, const float r[CURVES])
{
    float press = clampf(r[C_PRESS], 0.f, 1.f), tuck = clampf(r[C_TUCK], 0.f, 1.f),
          round = clampf(r[C_ROUND], 0.f, 1.f);
    float smile = clampf(r[C_SMILE], 0.f, 1.f), wide = clampf(r[C_WIDE], -1.f, 1.f),
          lips = clampf(r[C_LIPS], 0.f, 1.f);
    float jaw = clampf(r[C_JAW], 0.f, 1.f) * (1.f - 0.75f * press) * (1.f - 0.6f * tuck);
    float w = 0.280f * (1.f + (wide > 0.f ? 0.24f : 0.18f) * wide + 0.16f * smile - 0.07f * jaw);
    p->half_width = w * (1.f - 0.42f * round);
    p->jaw = jaw;
    p->jaw_c = cosf(0.27f * jaw), p->jaw_s = sinf(0.27f * jaw), p->jaw_fwd = 0.05f * jaw;

    float upper = 0.058f * lips + 0.022f * jaw + 0.012f * smile * lips,
          lower = -0.075f * lips - 0.275f * jaw;
    upper = mixf(upper, upper > 0.080f ? upper : 0.080f, tuck);
    lower = mixf(lower, 0.004f, tuck);
    upper += 0.012f * round * (1.f - tuck), lower -= 0.03f * round * (1.f - tuck);
    p->upper_y = MOUTH_Y + upper * (1.f - press);
    p->lower_y = MOUTH_Y + lower * (1.f - press);
    p->corner_y = MOUTH_Y + 0.040f * (1.f - 0.7f * lips) + 0.075f * smile -
                  (0.095f * jaw + 0.012f * lips + 0.02f * round) * (1.f - press);
    p->open = p->upper_y - p->lower_y;
    if (p->open < 0.f) p->open = 0.f, p->lower_y = p->upper_y;

    float z = 0.862f;
    p->upper_z = z + 0.095f * round + 0.012f * press - 0.012f * smile;
    p->lower_z = z - 0.012f + 0.10f * round + 0.012f * press - 0.012f * tuck - 0.085f * jaw;
    p->upper_r = 0.050f * (1.f - 0.04f * round - 0.34f * press - 0.10f * smile -
                           0.15f * (wide > 0.f ? wide : 0.f));
    p->lower_r = 0.064f * (1.f - 0.12f * round - 0.32f * press + 0.06f * tuck - 0.08f * smile);
    p->arch = 0.95f + 0.6f * round;
    p->curve = clampf(0.35f + 0.55f * round + 0.30f * jaw - 0.15f * smile, 0.f, 0.95f);
    p->smile = smile, p->round = round, p->press = press;

    float up = clampf(r[C_TONGUE_UP], 0.f, 1.f), out = clampf(r[C_TONGUE_OUT], 0.f, 1.f);
    p->tongue_y = MOUTH_Y - 0.165f + 0.03f * up;
    p->tongue_z = 0.42f;
    p->tongue_tip_y = MOUTH_Y - 0.155f + up * (0.145f + 0.10f * jaw) + out * (0.085f + 0.09f * jaw);
    p->tongue_tip_z = 0.58f + 0.06f * up + out * (0.30f + 0.02f * jaw);
}

static void pose_eyes(struct pose *p, const float r[CURVES])
{
    float camera[3] = {0.f, 0.f, p->camera_z}, seen[3];
    to_head(p, camera, seen);
    for (int i = 0; i < 2; i++) {
        float blink =
            clampf(r[i ? C_BLINK_L : C_BLINK_R], 0.f, 1.f); // her left is the image's right
        float gy = r[C_GAZE_Y], smile = p->smile;
        p->lid_up[i] = mixf(0.58f + 0.20f * gy + 0.05f * r[C_BROW], -0.30f, blink);
        p->lid_low[i] = mixf(-0.52f + 0.10f * gy + 0.13f * smile, -0.32f, blink);
        // The eyes hold the viewer while the head sways; the gaze curves turn them away from that.
        float ex = i ? EYE_X : -EYE_X;
        float dx = seen[0] - ex * 0.9f, dy = seen[1] - EYE_Y, dz = seen[2] - EYE_Z;
        float ax = atan2f(dx, dz) + 0.38f * r[C_GAZE_X], ay = atan2f(dy, dz) + 0.26f * gy;
        p->gaze[i][0] = sinf(ax) * cosf(ay), p->gaze[i][1] = sinf(ay),
        p->gaze[i][2] = cosf(ax) * cosf(ay);
    }
    p->brow = clampf(r[C_BROW], -1.f, 1.f);
}

void pose_make(struct pose *p, const float row[CURVES], int size)
{
    memset(p, 0, sizeof *p);
    pose_head(p, row, size);
    pose_lips(p, row);
    pose_eyes(p, row);
}

// ---- landmarks: fixed points of the posed face, projected ----

static void project(const struct pose *p, const float h[3], float xy[2])
{
    float q[3], w[3];
    for (int i = 0; i < 3; i++)
        q[i] = h[i] - p->pivot[i];
    for (int i = 0; i < 3; i++)
        w[i] = p->rot[3 * i] * q[0] + p->rot[3 * i + 1] * q[1] + p->rot[3 * i + 2] * q[2] +
               p->pivot[i] + p->shift[i];
    float k = p->focal / (p->camera_z - w[2]);
    xy[0] = p->centre_x + k * w[0];
    xy[1] = p->centre_y - k * w[1];
}

static void jaw_point(const struct pose *p, float h[3], float weight)
{
    float y = h[1] - HINGE_Y, z = h[2] - HINGE_Z;
    h[1] = mixf(h[1], y * p->jaw_c - z * p->jaw_s + HINGE_Y, weight);
    h[2] = mixf(h[2], z * p->jaw_c + y * p->jaw_s + HINGE_Z + p->jaw_fwd, weight);
}

static float lip_edge(const struct pose *p, float x, float mid)
{
    float t = clampf(x / p->half_width, -1.f, 1.f), g = 1.f - t * t;
    return p->corner_y + (mid - p->corner_y) * (g + (sqrtf(g) - g) * p->curve);
}

static void lip_point(const struct pose *p, float t, int lower, float out, float xy[2])
{
    float x = t * p->half_width, g = 1.f - t * t;
    float r = lower ? -2.f * p->lower_r * g : 2.f * p->upper_r * g;
    float h[3] = {x, lip_edge(p, x, lower ? p->lower_y : p->upper_y) + out * r,
                  (lower ? p->lower_z : p->upper_z) - p->arch * x * x - 0.075f * p->round * t * t -
                      0.035f * t * t * t * t * t * t};
    project(p, h, xy);
}

static void outline(const struct pose *p, float xy[LANDMARKS][2])
{
    for (int i = 0; i <= 32; i++) {
        // Half an ellipse of the jaw from ear to ear; the points 1 and 31 sit at the ears' rims.
        float a = (float)(i - 16) / 16.f, s = sinf(a * 1.5707963f), c = cosf(a * 1.5707963f);
        float h[3] = {0.85f * s * (0.86f + 0.14f * s * s), -0.05f - 1.03f * powf(fabsf(c), 1.5f),
                      -0.08f + 0.72f * c};
        if (i == 1 || i == 31)
            h[0] = i == 1 ? -0.99f : 0.99f, h[1] = -0.10f, h[2] = -0.10f;
        else
            jaw_point(p, h, clampf(c * 1.4f, 0.f, 1.f));
        project(p, h, xy[i]);
    }
}

static void brows_nose_eyes(const struct pose *p, float xy[LANDMARKS][2])
{
    static const float nose[9][3] = {
        {0, 0.10f, 0.83f},   {0, -0.108f, 0.90f},     {0, -0.16f, 0.97f},
        {0, -0.225f, 1.05f}, {-0.14f, -0.28f, 0.90f}, {-0.06f, -0.31f, 0.94f},
        {0, -0.32f, 0.97f},  {0.06f, -0.31f, 0.94f},  {0.14f, -0.28f, 0.90f}};
    for (int i = 0; i < 18; i++) {
        int side = i < 9 ? -1 : 1, k = i % 9;
        float u = side < 0 ? 1.f - (float)k / 8.f : (float)k / 8.f, x = 0.13f + 0.46f * u;
        float h[3] = {(float)side * x, 0.437f + 0.055f * p->brow + 0.21f * u * (1.f - 0.97f * u),
                      0.80f - 0.35f * u * u};
        project(p, h, xy[33 + i]);
    }
    for (int i = 0; i < 9; i++)
        project(p, nose[i], xy[51 + i]);
    for (int i = 0; i < 16; i++) {
        int side = i / 8, k = i % 8;
        float a = 6.2831853f * (float)k / 8.f, c = -cosf(a), s = sinf(a);
        float lid = s > 0.01f ? p->lid_up[side] : s < -0.01f ? p->lid_low[side] : 0.f;
        float m = EYE_R * (s < 0.f ? -s : s);
        float h[3] = {(side ? EYE_X : -EYE_X) + 0.22f * c, EYE_Y + m * sinf(lid),
                      EYE_Z + m * cosf(lid) + 0.1f * c * c};
        project(p, h, xy[60 + i]);
    }
}

void pose_landmarks(const struct pose *p, float xy[LANDMARKS][2])
{
    static const float inner[8] = {-1.f, -0.55f, 0.f, 0.55f, 1.f, 0.55f, 0.f, -0.55f};
    static const float rest[12][3] = {
        {-0.45f, -0.25f, 0.72f}, {0.45f, -0.25f, 0.72f},  {-0.62f, -0.10f, 0.50f},
        {0.62f, -0.10f, 0.50f},  {-0.35f, -0.15f, 0.78f}, {0.35f, -0.15f, 0.78f},
        {-0.30f, 0.62f, 0.74f},  {0, 0.65f, 0.80f},       {0.30f, 0.62f, 0.74f},
        {-0.68f, 0.30f, 0.42f},  {0.68f, 0.30f, 0.42f},   {0, 0.40f, 0.84f}};
    outline(p, xy);
    brows_nose_eyes(p, xy);
    for (int i = 0; i < 12; i++) {
        int lower = i > 6;
        float t = lower ? 1.f - (float)(i - 6) / 3.f : -1.f + (float)i / 3.f;
        lip_point(p, t, lower, 1.f, xy[76 + i]);
    }
    for (int i = 0; i < 8; i++)
        lip_point(p, inner[i], i > 4, 0.f, xy[88 + i]);
    for (int i = 0; i < 2; i++) {
        float h[3] = {(i ? EYE_X : -EYE_X) + EYE_R * p->gaze[i][0], EYE_Y + EYE_R * p->gaze[i][1],
                      EYE_Z + EYE_R * p->gaze[i][2]};
        project(p, h, xy[96 + i]);
    }
    for (int i = 0; i < 12; i++)
        project(p, rest[i], xy[98 + i]);
}

void pose_mouth(const struct pose *p, float *opening, float *width)
{
    float up[2], low[2], l[2], r[2];
    lip_point(p, 0.f, 0, 0.f, up);
    lip_point(p, 0.f, 1, 0.f, low);
    lip_point(p, -1.f, 0, 0.f, l);
    lip_point(p, 1.f, 0, 0.f, r);
    *opening = p->open > 0.f ? hypotf(up[0] - low[0], up[1] - low[1]) : 0.f;
    *width = p->open > 0.f ? hypotf(r[0] - l[0], r[1] - l[1]) : 0.f;
}
