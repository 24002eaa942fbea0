/* engine/reference/matmul.c - products of matrices: Gemm and MatMul.
 *
 * Gemm: Y [M, N] = alpha * A' B' + beta * C, A' and B' transposed where the node says so, C
 * stretched. MatMul: [..., M, K] by [..., K, N], leading axes stretched to each other.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

/* A matrix seen through strides. */
typedef struct gemm_shape {
    int64_t rows, inner, columns;
    int64_t a_row, a_inner, b_inner, b_column;
} gemm_shape;

static double dot(const gemm_shape *q, const float *a, const float *b)
{
    double sum = 0;
    for (int64_t k = 0; k < q->inner; k++)
        sum += (double)a[k * q->a_inner] * (double)b[k * q->b_inner];
    return sum;
}

typedef struct gemm_params {
    gemm_shape product;
    double alpha, beta;
    int64_t c[2]; /* strides of C; counts only where there is one */
} gemm_params;

static void gemm_run(const nn_step *step, struct nn_session *s)
{
    const gemm_params *q = step->data;
    const gemm_shape *p = &q->product;
    const float *a = session_data(s, step->input[0]), *b = session_data(s, step->input[1]);
    bool add = step->n_inputs > 2;
    const float *c = add ? session_data(s, step->input[2]) : NULL;
    float *y = session_data(s, step->output);
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->columns; j++) {
            double sum = q->alpha * dot(p, a + i * p->a_row, b + j * p->b_column);
            if (add) sum += q->beta * (double)c[i * q->c[0] + j * q->c[1]];
            *y++ = (float)sum;
        }
}

static const nn_step_class gemm_class = {"reference gemm", gemm_run, NULL};

static vis_status fail_shapes(const graph_node *node, vis_error *err)
{
    return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): its shapes do not fit together",
                    node->name, graph_op_name(node->op));
}

vis_status reference_gemm(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    graph_shape a = l->p->tensor[inputs[0]].shape, b = l->p->tensor[inputs[1]].shape;
    graph_shape y = l->p->tensor[output].shape;
    int ta = node->attr.gemm.transpose_a, tb = node->attr.gemm.transpose_b;
    if (a.rank != 2 || b.rank != 2 || y.rank != 2 || a.dim[1 - ta] != b.dim[tb] ||
        a.dim[ta] != y.dim[0] || b.dim[1 - tb] != y.dim[1])
        return fail_shapes(node, err);
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(gemm_params), &memory, err));
    gemm_params *q = memory;
    q->product = (gemm_shape){.rows = y.dim[0],
                              .inner = b.dim[tb],
                              .columns = y.dim[1],
                              .a_row = ta ? 1 : a.dim[1],
                              .a_inner = ta ? a.dim[1] : 1,
                              .b_inner = tb ? 1 : b.dim[1],
                              .b_column = tb ? b.dim[1] : 1};
    q->alpha = (double)node->attr.gemm.alpha;
    q->beta = (double)node->attr.gemm.beta;
    if (n > 2 && !stretched_strides(&l->p->tensor[inputs[2]].shape, &y, q->c))
        return fail_shapes(node, err);
    return program_add_step(l->p, &gemm_class, node->name, inputs, n, output, q, err);
}

typedef struct matmul_params {
    gemm_shape product;
    int rank; /* of the leading axes */
    int64_t size[TENSOR_MAX_RANK], a[TENSOR_MAX_RANK], b[TENSOR_MAX_RANK];
} matmul_params;

static void matmul_run(const nn_step *step, struct nn_session *s)
{
    const matmul_params *q = step->data;
    const gemm_shape *p = &q->product;
    const float *a = session_data(s, step->input[0]), *b = session_data(s, step->input[1]);
    float *y = session_data(s, step->output);
    int64_t products = 1, at[TENSOR_MAX_RANK] = {0};
    for (int d = 0; d < q->rank; d++)
        products *= q->size[d];
    for (int64_t m = 0; m < products; m++) {
        const float *left = a, *right = b;
        for (int d = 0; d < q->rank; d++) {
            left += at[d] * q->a[d];
            right += at[d] * q->b[d];
        }
        for (int64_t i = 0; i < p->rows; i++)
            for (int64_t j = 0; j < p->columns; j++)
                *y++ = (float)dot(p, left + i * p->a_row, right + j * p->b_column);
        for (int d = q->rank - 1; d >= 0 && ++at[d] == q->size[d]; d--)
            at[d] = 0;
    }
}

static const nn_step_class matmul_class = {"reference matmul", matmul_run, NULL};

/* A vector as the matrix that it is multiplied as: a row at the left, a column at the right. */
static graph_shape as_matrix(graph_shape x, bool left)
{
    if (x.rank != 1) return x;
    x.rank = 2;
    x.dim[left ? 1 : 0] = x.dim[0];
    x.dim[left ? 0 : 1] = 1;
    return x;
}

/* The strides of the leading axes of `x`, seen through those of the result. */
static bool lead_strides(const graph_shape *x, const matmul_params *q, int64_t *stride)
{
    graph_shape own = *x, out = {.rank = q->rank};
    own.rank -= 2;
    for (int d = 0; d < q->rank; d++)
        out.dim[d] = q->size[d];
    if (!stretched_strides(&own, &out, stride)) return false;
    for (int d = 0; d < q->rank; d++)
        stride[d] *= x->dim[x->rank - 2] * x->dim[x->rank - 1];
    return true;
}

vis_status reference_matmul(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    graph_shape a = as_matrix(l->p->tensor[inputs[0]].shape, true);
    graph_shape b = as_matrix(l->p->tensor[inputs[1]].shape, false);
    if (a.rank < 2 || b.rank < 2 || a.dim[a.rank - 1] != b.dim[b.rank - 2])
        return fail_shapes(node, err);
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(matmul_params), &memory, err));
    matmul_params *q = memory;
    q->product = (gemm_shape){.rows = a.dim[a.rank - 2],
                              .inner = a.dim[a.rank - 1],
                              .columns = b.dim[b.rank - 1],
                              .a_row = a.dim[a.rank - 1],
                              .a_inner = 1,
                              .b_inner = b.dim[b.rank - 1],
                              .b_column = 1};
    q->rank = (a.rank > b.rank ? a.rank : b.rank) - 2;
    const graph_shape *y = &l->p->tensor[output].shape; /* leading axes first */
    for (int d = 0; d < q->rank; d++)
        q->size[d] = y->dim[d];
    if (!lead_strides(&a, q, q->a) || !lead_strides(&b, q, q->b)) return fail_shapes(node, err);
    return program_add_step(l->p, &matmul_class, node->name, inputs, n, output, q, err);
}
