// Eight-lane float arithmetic on GNU vectors: everything the ray marcher does, it does for eight
// samples at once.
#ifndef PRESENTER_PACKET_H
#define PRESENTER_PACKET_H

#include <stdint.h>
#ifdef __AVX2__
#include <immintrin.h>
#else
#include <math.h>
#endif

#define LANES 8

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef uint32_t vu __attribute__((vector_size(32)));
typedef struct {
    vf x, y, z;
} v3;

static inline vf vset(float a)
{
    return (vf){a, a, a, a, a, a, a, a};
}
static inline v3 v3set(float x, float y, float z)
{
    return (v3){vset(x), vset(y), vset(z)};
}

static inline vf vsel(vi mask, vf yes, vf no)
{
    return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}

#ifdef __AVX2__
static inline vf vmin(vf a, vf b)
{
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
}
static inline vf vmax(vf a, vf b)
{
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
}
static inline vf vsqrt(vf a)
{
    return (vf)_mm256_sqrt_ps((__m256)a);
}
static inline vf vfloor(vf a)
{
    return (vf)_mm256_floor_ps((__m256)a);
}
static inline int vany(vi m)
{
    return _mm256_movemask_ps((__m256)m) != 0;
}
static inline int vall(vi m)
{
    return _mm256_movemask_ps((__m256)m) == 0xff;
}
#else
static inline vf vmin(vf a, vf b)
{
    return vsel(a < b, a, b);
}
static inline vf vmax(vf a, vf b)
{
    return vsel(a > b, a, b);
}
static inline vf vsqrt(vf a)
{
    for (int i = 0; i < LANES; i++)
        a[i] = sqrtf(a[i]);
    return a;
}
static inline vf vfloor(vf a)
{
    for (int i = 0; i < LANES; i++)
        a[i] = floorf(a[i]);
    return a;
}
static inline int vany(vi m)
{
    int r = 0;
    for (int i = 0; i < LANES; i++)
        r |= m[i];
    return r != 0;
}
static inline int vall(vi m)
{
    int r = -1;
    for (int i = 0; i < LANES; i++)
        r &= m[i];
    return r != 0;
}
#endif

static inline vf vabs(vf a)
{
    return (vf)((vi)a & 0x7fffffff);
}
static inline vf vclamp(vf a, float lo, float hi)
{
    return vmin(vmax(a, vset(lo)), vset(hi));
}
static inline vf vsat(vf a)
{
    return vclamp(a, 0.f, 1.f);
}
static inline vf vmix(vf a, vf b, vf t)
{
    return a + (b - a) * t;
}
static inline vf vstep(float lo, float hi, vf x) // smoothstep; lo > hi gives the falling one
{
    vf t = vsat((x - lo) * (1.f / (hi - lo)));
    return t * t * (3.f - 2.f * t);
}
static inline vf smin(vf a, vf b, float k)
{
    vf h = vmax(k - vabs(a - b), vset(0.f)) * (1.f / k);
    return vmin(a, b) - h * h * (0.25f * k);
}
static inline vf smax(vf a, vf b, float k)
{
    return -smin(-a, -b, k);
}

static inline v3 vadd(v3 a, v3 b)
{
    return (v3){a.x + b.x, a.y + b.y, a.z + b.z};
}
static inline v3 vsub(v3 a, v3 b)
{
    return (v3){a.x - b.x, a.y - b.y, a.z - b.z};
}
static inline v3 vscale(v3 a, vf k)
{
    return (v3){a.x * k, a.y * k, a.z * k};
}
static inline v3 vmul3(v3 a, v3 b)
{
    return (v3){a.x * b.x, a.y * b.y, a.z * b.z};
}
static inline v3 vmad(v3 a, v3 d, vf t)
{
    return (v3){a.x + d.x * t, a.y + d.y * t, a.z + d.z * t};
}
static inline v3 vmix3(v3 a, v3 b, vf t)
{
    return (v3){vmix(a.x, b.x, t), vmix(a.y, b.y, t), vmix(a.z, b.z, t)};
}
static inline v3 vsel3(vi m, v3 a, v3 b)
{
    return (v3){vsel(m, a.x, b.x), vsel(m, a.y, b.y), vsel(m, a.z, b.z)};
}
static inline vf vdot(v3 a, v3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline vf vlen(v3 a)
{
    return vsqrt(vdot(a, a));
}
static inline v3 vnorm(v3 a)
{
    return vscale(a, 1.f / vsqrt(vdot(a, a) + 1e-20f));
}
static inline v3 vcross(v3 a, v3 b)
{
    return (v3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
// p less a constant point.
static inline v3 vfrom(v3 p, float x, float y, float z)
{
    return (v3){p.x - x, p.y - y, p.z - z};
}

// sin to about 1e-3, which colour and relief do not notice.
static inline vf vsin(vf x)
{
    vf t = x * 0.15915494f;
    t = t - vfloor(t + 0.5f);
    vf y = 8.f * t - 16.f * t * vabs(t);
    return 0.225f * (y * vabs(y) - y) + y;
}

static inline vf vpow2n(vf x, int doublings) // x^(2^n): highlights need no other powers
{
    for (int i = 0; i < doublings; i++)
        x = x * x;
    return x;
}

static inline vf vhash(vi x, vi y, vi z)
{
    vu h = (vu)x * 0x8da6b343u + (vu)y * 0xd8163841u + (vu)z * 0xcb1ab31fu;
    h ^= h >> 13;
    h *= 0x9e3779b1u;
    h ^= h >> 15;
    h *= 0x85ebca6bu;
    h ^= h >> 14;
    return __builtin_convertvector((vi)(h & 0xffffffu), vf) * (1.f / 16777216.f);
}

// Value noise in [0, 1].
static inline vf vnoise(v3 p)
{
    vf fx = vfloor(p.x), fy = vfloor(p.y), fz = vfloor(p.z);
    vi x = __builtin_convertvector(fx, vi), y = __builtin_convertvector(fy, vi),
       z = __builtin_convertvector(fz, vi);
    vf u = p.x - fx, v = p.y - fy, w = p.z - fz;
    u = u * u * (3.f - 2.f * u);
    v = v * v * (3.f - 2.f * v);
    w = w * w * (3.f - 2.f * w);
    vf a = vmix(vmix(vhash(x, y, z), vhash(x + 1, y, z), u),
                vmix(vhash(x, y + 1, z), vhash(x + 1, y + 1, z), u), v);
    vf b = vmix(vmix(vhash(x, y, z + 1), vhash(x + 1, y, z + 1), u),
                vmix(vhash(x, y + 1, z + 1), vhash(x + 1, y + 1, z + 1), u), v);
    return vmix(a, b, w);
}

#endif
