// SPDX-License-Identifier: GPL-2.0
/*
 * 0x0094 and 0x0056: virtual interrupts that a root asserts, at its own local APICs and at those
 * of a child that has not run (sheet §15.13, TLFS 2.0 §13.5).
 */
/* run: --role root; smp 3 */
/* run: --role root; smp 3; cpu plain */
/* run: --role guest; smp 1 */
#include "parent.h"

#define CPUS		3
#define NO_VECTOR	0xffffffffu

enum { FIXED, LOWEST, SMI, REMOTE_READ, NMI, INIT, SIPI, EXTINT, LINT0, LINT1 };
#define LEVEL		BIT(32)
#define LOGICAL		BIT(33)

struct assert_in {
	u64 partition, control, destination;
	u32 vector;
	u8 vtl, reserved;
	u16 reserved2;
};

static u64 call(enum hv_form form, const struct assert_in *in)
{
	return hv_do(form, ASSERT_INTERRUPT, in, sizeof(*in), NULL, 0);
}

static u64 assert_at(u64 partition, u64 control, u64 destination, u32 vector)
{
	struct assert_in in = { partition, control, destination, vector };

	return call(MEMORY, &in);
}

/* On itself; receivers of the vector as a mask of processors */
static const struct request {
	unsigned int code;
	const char *what;
	u64 control, destination;
	u32 vector;
	enum hv_status want;
	unsigned int reached;
	u8 vtl, reserved;
	u16 reserved2;
} requests[] = {
#define IRQ(name, ...)	{ CASE(0x0094), name, __VA_ARGS__ }
	IRQ("fixed to another VP", FIXED, 1, 0x40, .reached = 2),
	IRQ("fixed to itself", FIXED, 0, 0x41, .reached = 1),
	IRQ("fixed, broadcast", FIXED, 0xff, 0x42, .reached = 7),
	IRQ("fixed, highest vector", FIXED, 2, 0xfe, .reached = 4),
	IRQ("lowest legal vector that is no exception", FIXED, 2, 0x1f, .reached = 4),
	/* Flat logical ids 1, 2, 4 are set below */
	IRQ("fixed, logical", FIXED | LOGICAL, 4, 0x43, .reached = 4),
	IRQ("fixed, logical, two", FIXED | LOGICAL, 5, 0x44, .reached = 5),
	IRQ("fixed, logical broadcast", FIXED | LOGICAL, 0xff, 0x45, .reached = 7),
	/* Task priorities are set below: 2, 1, 0 */
	IRQ("lowest priority of all", LOWEST, 0xff, 0x46, .reached = 4),
	IRQ("lowest priority of two", LOWEST | LOGICAL, 3, 0x47, .reached = 2),
	IRQ("an edge is not taken back", FIXED, 1, NO_VECTOR),
	IRQ("nor an NMI", NMI, 1, NO_VECTOR),
	/* LINT1 of VP 0 is set below, the other VPs' pins are masked */
	IRQ("LINT1 is fixed", LINT1, 0, 0, .reached = 0x201),
	IRQ("LINT1 is masked", LINT1, 1, 0),
	IRQ("SIPI to a VP that runs", SIPI, 1, 0x10),
	IRQ("nobody's APIC id", FIXED, 77, 0x48, .want = HV_INVALID_VP_INDEX),
	IRQ("nobody's logical id", FIXED | LOGICAL, 0x80, 0x48, .want = HV_INVALID_VP_INDEX),
	IRQ("NMI to nobody", NMI, 77, 0, .want = HV_INVALID_VP_INDEX),
	IRQ("an id of more than 32 bits", FIXED, BIT(32), 0x48, .want = HV_INVALID_PARAMETER),
	IRQ("vector 15", FIXED, 1, 15, .want = HV_INVALID_PARAMETER),
	IRQ("vector 0, lowest priority", LOWEST, 1, 0, .want = HV_INVALID_PARAMETER),
	IRQ("vector 0x100", FIXED, 1, 0x100, .want = HV_INVALID_PARAMETER),
	IRQ("NMI with a vector", NMI, 1, 2, .want = HV_INVALID_PARAMETER),
	IRQ("INIT with a vector", INIT, 1, 2, .want = HV_INVALID_PARAMETER),
	IRQ("remote read", REMOTE_READ, 1, 0, .want = HV_INVALID_PARAMETER),
	IRQ("a type that does not exist", 10, 1, 0, .want = HV_INVALID_PARAMETER),
	IRQ("reserved bit of the control", BIT(34), 1, 0x48, .want = HV_INVALID_PARAMETER),
	IRQ("highest bit of the control", BIT(63), 1, 0x48, .want = HV_INVALID_PARAMETER),
	IRQ("reserved byte", FIXED, 1, 0x48, .want = HV_INVALID_PARAMETER, .reserved = 1),
	IRQ("reserved word", FIXED, 1, 0x48, .want = HV_INVALID_PARAMETER, .reserved2 = 0x8000),
	IRQ("VTL 1", FIXED, 1, 0x48, .want = HV_INVALID_VTL_STATE, .vtl = 1),
	IRQ("level: no parent would learn of the EOI", FIXED | LEVEL, 1, 0x48,
	    .want = HV_OPERATION_DENIED),
	IRQ("ExtINT: no line of its own", EXTINT, 0, 0x48, .want = HV_OPERATION_DENIED),
	IRQ("ExtINT to another VP", EXTINT, 1, 0x48, .want = HV_INVALID_VP_INDEX),
};

#define LINT_VECTOR	0x70

/* The vector that counts; of a pin it is the one of the local vector table */
static u8 seen_vector(const struct request *r)
{
	return r->reached & 0x200 ? LINT_VECTOR : r->vector;
}

static unsigned int receivers(u8 vector, const u32 *before)
{
	unsigned int mask = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		u32 n = irq_count[cpu][vector] - before[cpu];

		mask |= (n ? 1u << cpu : 0) | (n > 1 ? 0x10u << cpu : 0);	/* twice is wrong */
	}
	return mask;
}

static void check(const struct request *r, enum hv_form form)
{
	struct assert_in in = { SELF, r->control, r->destination, r->vector, r->vtl, r->reserved,
				r->reserved2 };
	unsigned int want = r->reached & 7, got;
	u8 vector = seen_vector(r);
	u64 start = rdtsc(), result;
	u32 before[CPUS];

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		before[cpu] = irq_count[cpu][vector];
	result = call(form, &in);
	do
		got = receivers(vector, before);
	while (got != want && rdtsc() - start < 50000000000ull);
	delay(1);				/* what must not arrive has time to */
	got = receivers(vector, before);
	tap_status(r->code, result, r->want, "%s: status (%s)", r->what, FORM_NAME(form));
	tap_equal(r->code, got, want, "%s: receivers (%s)", r->what, FORM_NAME(form));
}

static void set_apic(void *arg)
{
	(void)arg;
	apic[APIC_DFR] = ~0u;
	apic[APIC_LDR] = 1u << (24 + cpu_index());
	apic[APIC_TPR] = (CPUS - 1 - cpu_index()) << 4;
	apic[APIC_LVT_LINT1] = cpu_index() ? 0x10000 : LINT_VECTOR;
}

static void nmi_myself(void *arg)
{
	assert_at(SELF, NMI, *(u64 *)arg, 0);
	delay(1000);
}

/* Another VP waits for its NMI */
static volatile u32 waiting, nmi_came;

static void wait_for_ever(void *arg)
{
	(void)arg;
	waiting = 1;
	for (;;)
		pause();
}

static void take_nmi(void *arg)
{
	struct fault f;

	nmi_came = catch(&f, wait_for_ever, arg) && f.vector == 2;
}

static void test_nmi(void)
{
	u64 own = 0;
	struct fault f;

	TEST(0x0094, catch(&f, nmi_myself, &own) && f.vector == 2, "NMI to itself");
	cpu_run(1, take_nmi, NULL);
	wait_until(&waiting, 1);
	TEST_STATUS(0x0094, assert_at(SELF, NMI, 1, 0), SUCCESS, "NMI to another VP: status");
	cpu_wait(1);
	TEST(0x0094, nmi_came, "NMI to another VP: taken");
}

static volatile u32 ran;

static void run(void *arg)
{
	(void)arg;
	ran = 1;
}

/* What the library sends by its own APIC when it starts a processor */
static void test_init_sipi(void)
{
	TEST_STATUS(0x0094, assert_at(SELF, INIT, 2, 0), SUCCESS, "INIT: status");
	delay(1);
	cpu_run(2, run, NULL);
	delay(10);
	TEST_EQUAL(0x0094, ran, 0, "INIT: the VP waits");
	TEST_STATUS(0x0094, assert_at(SELF, SIPI, 2, LOW_AP >> 12), SUCCESS, "SIPI: status");
	cpu_wait(2);
	TEST_EQUAL(0x0094, ran, 1, "SIPI: the VP starts");
}

/* A child: VPs 0 and 1, APIC ids alike. Registers: §7 */
#define REG_ACTIVITY	0x00000004
#define REG_RIP		0x00020010
#define REG_CS		0x00060001
#define REG_SPURIOUS	0x0008480f
#define REG_TMR(vector)	(0x00084818 + (vector) / 32)
#define REG_IRR(vector)	(0x00084820 + (vector) / 32)

static u64 id;

static bool requested(u32 vp, u8 vector)
{
	return vp_get64(id, vp, REG_IRR(vector)) >> vector % 32 & 1;
}

static bool is_level(u32 vp, u8 vector)
{
	return vp_get64(id, vp, REG_TMR(vector)) >> vector % 32 & 1;
}

static void test_child_fixed(void)
{
	TEST_STATUS(0x0094, assert_at(id, FIXED, 0, 0x51), SUCCESS, "child: APIC disabled");
	TEST(0x0094, !requested(0, 0x51), "child: APIC disabled: it is lost");
	for (u32 vp = 0; vp < 2; vp++)
		vp_set64(id, vp, REG_SPURIOUS, 0x1ff);
	TEST_STATUS(0x0094, assert_at(id, FIXED, 1, 0x52), SUCCESS, "child: fixed");
	TEST(0x0094, requested(1, 0x52) && !requested(0, 0x52) && !is_level(1, 0x52),
	     "child: fixed: in IRR");
	TEST_STATUS(0x0094, assert_at(id, FIXED, 0xff, 0x53), SUCCESS, "child: broadcast");
	TEST(0x0094, requested(0, 0x53) && requested(1, 0x53), "child: broadcast: in IRRs");
	TEST_STATUS(0x0094, assert_at(id, LOWEST, 0xff, 0x54), SUCCESS, "child: lowest priority");
	TEST(0x0094, requested(0, 0x54) && !requested(1, 0x54), "child: lowest priority: one");
	TEST_STATUS(0x0094, assert_at(id, FIXED | LEVEL, 1, 0x55), SUCCESS, "child: level");
	TEST(0x0094, requested(1, 0x55) && is_level(1, 0x55), "child: level: in IRR and TMR");
	TEST_STATUS(0x0094, assert_at(id, FIXED | LEVEL, 1, NO_VECTOR), SUCCESS, "child: taken back");
	TEST(0x0094, !requested(1, 0x55) && requested(1, 0x52), "child: taken back: that alone");
	TEST_STATUS(0x0094, assert_at(id, FIXED, 2, 0x56), INVALID_VP_INDEX, "child: nobody");
	TEST_STATUS(0x0094, assert_at(id, NMI, 0, 0), SUCCESS, "child: NMI");
	TEST_STATUS(0x0094, assert_at(id, SMI, 0, 0), INVALID_PARAMETER, "child: SMI");
}

static void test_child_start(void)
{
	struct hv_value cs;

	TEST_EQUAL(0x0094, vp_get64(id, 1, REG_ACTIVITY), 1, "child: VP 1 waits for SIPI");
	TEST_STATUS(0x0094, assert_at(id, SIPI, 1, 0x12), SUCCESS, "child: SIPI");
	vp_get(id, 1, REG_CS, &cs);
	TEST(0x0094, vp_get64(id, 1, REG_ACTIVITY) == 0 && cs.segment.base == 0x12000 &&
	     cs.segment.selector == 0x1200 && vp_get64(id, 1, REG_RIP) == 0, "child: SIPI: started");
	TEST_STATUS(0x0094, assert_at(id, SIPI, 1, 0x34), SUCCESS, "child: second SIPI");
	vp_get(id, 1, REG_CS, &cs);
	TEST_EQUAL(0x0094, cs.segment.base, 0x12000, "child: second SIPI: ignored");
	TEST_STATUS(0x0094, assert_at(id, INIT, 1, 0), SUCCESS, "child: INIT");
	vp_get(id, 1, REG_CS, &cs);
	TEST(0x0094, vp_get64(id, 1, REG_ACTIVITY) == 1 && cs.segment.base == 0xffff0000 &&
	     vp_get64(id, 1, REG_RIP) == 0xfff0 && !requested(1, 0x52), "child: INIT: waits again");
}

static void test_child_extint(void)
{
	u64 in[] = { id };

	TEST_STATUS(0x0094, assert_at(id, EXTINT, 0, 8), SUCCESS, "child: ExtINT");
	TEST_STATUS(0x0094, assert_at(id, EXTINT, 0, 0x70), SUCCESS, "child: ExtINT, other vector");
	TEST_STATUS(0x0094, assert_at(id, EXTINT, 1, 8), INVALID_VP_INDEX, "child: ExtINT to VP 1");
	TEST_STATUS(0x0056, hv_do(MEMORY, CLEAR_INTERRUPT, in, 8, NULL, 0), NOT_ACKNOWLEDGED,
		    "a VP that does not run has taken none (memory)");
	TEST_STATUS(0x0056, hv_fast(CLEAR_INTERRUPT, id, STALE64), NOT_ACKNOWLEDGED,
		    "a VP that does not run has taken none (registers)");
	TEST_STATUS(0x0094, assert_at(id, EXTINT, 0, NO_VECTOR), SUCCESS, "child: ExtINT taken back");
}

static void test_partitions(void)
{
	u64 new = child_create(CREATE_LINUX);

	TEST_STATUS(0x0094, assert_at(new, FIXED, 0, 0x51), INVALID_PARTITION_STATE, "not active");
	TEST_STATUS(0x0056, hv_fast(CLEAR_INTERRUPT, new, 0), INVALID_PARTITION_STATE, "not active");
	child_end(new);
	TEST_STATUS(0x0094, assert_at(NO_PARTITION, FIXED, 0, 0x51), INVALID_PARTITION_ID,
		    "no such partition");
	TEST_STATUS(0x0056, hv_fast(CLEAR_INTERRUPT, NO_PARTITION, 0), INVALID_PARTITION_ID,
		    "no such partition");
	TEST_STATUS(0x0056, hv_fast(CLEAR_INTERRUPT, SELF, 0), ACCESS_DENIED, "on itself");
}

void test_main(void)
{
	unsigned int count;

	hv_init();
	if (!hv_may(PRIV_CREATE_PARTITIONS)) {
		TEST_STATUS(0x0094, assert_at(SELF, FIXED, 0, 0x40), ACCESS_DENIED, "a guest is no root");
		TEST_STATUS(0x0056, hv_fast(CLEAR_INTERRUPT, SELF, 0), ACCESS_DENIED,
			    "a guest is no root");
		return;
	}
	set_apic(NULL);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		cpu_start(cpu);
		cpu_call(cpu, set_apic, NULL);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++)
			check(&requests[i], form);
	test_nmi();
	test_init_sipi();

	id = child_start(CREATE_LINUX);
	for (u32 vp = 0; vp < 2; vp++)
		WITH_MEMORY(id, hv_create_vp(id, vp));
	test_child_fixed();
	test_child_start();
	test_child_extint();
	TEST_STATUS(0x0043, child_end(id), SUCCESS, "the child ends");
	test_partitions();
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
