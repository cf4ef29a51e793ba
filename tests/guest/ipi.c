// SPDX-License-Identifier: GPL-2.0
/* Synthetic interrupts between processors (sheet §15.1, §9). */
/* run: --role guest; smp 3 */
/* run: --role guest; smp 3; cpu plain */
/* run: --role root; smp 3 */
#include "hv.h"

#define CPUS	3

/* One call; expected receivers as a mask of processors. */
static const struct request {
	unsigned int code;
	const char *what;
	u64 head;			/* vector, VTL, flags, reserved */
	u64 mask;			/* VP mask, or the first bank */
	u64 format, banks;
	unsigned int var;
	enum hv_status want;
	unsigned int reached;
} requests[] = {
#define IPI(name, ...)		{ CASE(0x000b), name, __VA_ARGS__ }
#define IPI_EX(name, ...)	{ .banks = 1, .var = 1, .code = CASE(0x0015), .what = name, __VA_ARGS__ }
	IPI("reaches VP 1", 0x40, 2, .reached = 2),
	IPI("reaches VP 2", 0x41, 4, .reached = 4),
	IPI("reaches two VPs", 0x42, 6, .reached = 6),
	IPI("reaches the caller", 0x43, 1, .reached = 1),
	IPI("reaches all, caller included", 0x44, 7, .reached = 7),
	IPI("VPs that do not exist are ignored", 0x45, BIT(63) | BIT(7) | 2, .reached = 2),
	IPI("only VPs that do not exist", 0x46, BIT(63), .reached = 0),
	IPI("lowest vector that is no exception", 0x1f, 2, .reached = 2),
	IPI("highest vector", 0xfe, 2, .reached = 2),
	IPI("lowest legal vector", 0x10, BIT(63), .reached = 0),
	IPI("VTL 0 named", 0x47 | 0x10ull << 32, 2, .reached = 2),
	IPI("vector 0x0f", 0x0f, 2, .want = HV_INVALID_PARAMETER),
	IPI("vector 0", 0, 2, .want = HV_INVALID_PARAMETER),
	IPI("vector 0x100", 0x100, 2, .want = HV_INVALID_PARAMETER),
	IPI("vector 0x80000040", 0x80000040, 2, .want = HV_INVALID_PARAMETER),
	IPI("VTL 1 named", 0x48 | 0x11ull << 32, 2, .want = HV_ACCESS_DENIED),
	IPI("reserved bit of the VTL", 0x48 | 0x20ull << 32, 2, .want = HV_INVALID_PARAMETER),
	IPI("flags not zero", 0x48 | BIT(40), 2, .want = HV_INVALID_PARAMETER),
	IPI("reserved bytes not zero", 0x48 | BIT(63), 2, .want = HV_INVALID_PARAMETER),
	IPI_EX("sparse set of VP 1", 0x50, 2, .reached = 2),
	IPI_EX("sparse set of VP 0 and 2", 0x51, 5, .reached = 5),
	IPI_EX("all VPs, no bank", 0x52, 0, .format = VPSET_ALL, .banks = 0, .var = 0, .reached = 7),
	IPI_EX("all VPs, bank mask ignored", 0x53, 0, .format = VPSET_ALL, .reached = 7),
	IPI_EX("two banks, second empty", 0x54, 2, .banks = 3, .var = 2, .reached = 2),
	IPI_EX("VPs that do not exist are ignored", 0x55, ~1ull, .reached = 6),
	IPI_EX("only bank 1", 0x56, 7, .banks = 2, .reached = 0),
	IPI_EX("empty set", 0x57, 0, .banks = 0, .var = 0, .reached = 0),
	IPI_EX("vector 0x0f", 0x0f, 2, .want = HV_INVALID_PARAMETER),
	IPI_EX("vector 0x100", 0x100, 2, .want = HV_INVALID_PARAMETER),
	IPI_EX("unknown set format", 0x58, 2, .format = 2, .want = HV_INVALID_PARAMETER),
	IPI_EX("more banks in the set than announced", 0x58, 2, .banks = 3, .want = HV_INVALID_HYPERCALL_INPUT),
	IPI_EX("fewer banks in the set than announced", 0x58, 2, .var = 2, .want = HV_INVALID_HYPERCALL_INPUT),
	IPI_EX("VTL 1 named", 0x58 | 0x11ull << 32, 2, .want = HV_ACCESS_DENIED),
	IPI_EX("flags not zero", 0x58 | BIT(40), 2, .want = HV_INVALID_PARAMETER),
	IPI_EX("reserved bytes not zero", 0x58 | BIT(48), 2, .want = HV_INVALID_PARAMETER),
};

static u64 request_call(const struct request *r, enum hv_form form)
{
	u64 in[8] = { r->head };
	unsigned int n = 1;

	if (r->code == SEND_IPI) {
		in[n++] = r->mask;
		return hv_do(form, r->code, in, n * 8, NULL, 0);
	}
	in[n++] = r->format;
	in[n++] = r->banks;
	for (unsigned int b = 0; b < r->var; b++)
		in[n++] = b ? 0 : r->mask;
	return hv_do(form, r->code | VAR(r->var), in, n * 8, NULL, 0);
}

static unsigned int receivers(u8 vector, const u32 *before)
{
	unsigned int mask = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		u32 n = irq_count[cpu][vector] - before[cpu];

		mask |= (n ? 1u << cpu : 0) | (n > 1 ? 0x100u << cpu : 0);	/* twice is wrong */
	}
	return mask;
}

static void check(const struct request *r, enum hv_form form)
{
	u64 start = rdtsc(), result;
	u8 vector = r->head;
	u32 before[CPUS];
	unsigned int got;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		before[cpu] = irq_count[cpu][vector];
	result = request_call(r, form);
	do
		got = receivers(vector, before);
	while (got != r->reached && rdtsc() - start < 50000000000ull);
	delay(1);				/* what must not arrive has time to */
	got = receivers(vector, before);
	tap_status(r->code, result, r->want, "%s: status (%s)", r->what, FORM_NAME(form));
	tap_equal(r->code, got, r->reached, "%s: receivers (%s)", r->what, FORM_NAME(form));
}

/* A running processor takes it, not only a halted one. */
static volatile u32 spinning, got_it;

static void spin(void *arg)
{
	u32 before = irq_count[cpu_index()][0x60];

	(void)arg;
	spinning = 1;
	got_it = 0;
	while (irq_count[cpu_index()][0x60] == before)
		pause();
	got_it = 1;
}

/* A processor with interrupts off has it pending until it turns them on. */
static void hold(void *arg)
{
	u32 before = irq_count[cpu_index()][0x61];
	volatile u32 *release = arg;

	irq_disable();
	spinning = 1;
	while (!*release)
		pause();
	got_it = irq_count[cpu_index()][0x61] == before;
	irq_enable();
	got_it &= irq_count[cpu_index()][0x61] == before + 1;
}

void test_main(void)
{
	volatile u32 release = 0;

	hv_init();
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_start(cpu);
	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++)
			check(&requests[i], form);

	cpu_run(1, spin, NULL);
	wait_until(&spinning, 1);
	TEST_STATUS(0x000b, hv_fast(SEND_IPI, 0x60, 2), SUCCESS, "to a running processor: status");
	cpu_wait(1);
	TEST(0x000b, got_it, "to a running processor: taken");

	spinning = 0;
	cpu_run(2, hold, (void *)&release);
	wait_until(&spinning, 1);
	TEST_STATUS(0x000b, hv_fast(SEND_IPI, 0x61, 4), SUCCESS, "to a masked processor: status");
	release = 1;
	cpu_wait(2);
	TEST(0x000b, got_it, "to a masked processor: pending until unmasked");
}
