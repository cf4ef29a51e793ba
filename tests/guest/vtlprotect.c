// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1 protects pages against VTL0 (0x000c, sheet §15.2): what VTL0 does nevertheless is told to VTL1
 * by a memory intercept (§10.2, §10.3) in its VP assist page or in the slot of SINT0, and has not
 * happened. VTL1 lets it, skips it, or allows it. 0x00d4 answers from the same books.
 */
/* run: --vsm --role guest; smp 1 */
/* run: --vsm --role guest; smp 2; append two */
#include "vtl.h"

#define R		1
#define W		2
#define KX		4
#define UX		8
#define ALL		15
#define VEC_SINT0	0x65
#define GPA_INTERCEPT	0x80000001u

struct message {
	u32 type;
	u8 size, flags, reserved[2];
	u64 sender;
	u32 vp;
	u8 length, access;
	u16 state;
	u64 cs_base;
	u32 cs_limit;
	u16 cs_selector, cs_attributes;
	u64 rip, rflags;
	u32 cache;
	u8 count, info, tpr, reserved2;
	u64 gva, gpa;
	u8 bytes[16];
};

static u8 page[16][PAGE_SIZE] PAGE_ALIGNED;
static u8 simp[PAGE_SIZE] PAGE_ALIGNED;

/* What VTL1 has found, by VP */
static struct seen {
	struct message message;
	u64 count, reason;
} seen[MAX_CPUS];

/* What VTL1 does about an intercept */
static enum { SKIP, ALLOW, INJECT } action;
static unsigned int skip_bytes;

static u64 set_lower(u32 name, u64 value)
{
	return STATUS(hv_set_register_of(VTL0_BELOW, name, (struct hv_value){ .u = { value } }));
}

/* PendingEvent0 of VTL0: an exception with an error code */
static u64 inject(u16 vector, u32 error, u64 parameter)
{
	struct hv_value event = { .u = { 1 | 1 << 8 | vector << 16 | (u64)error << 32, parameter } };

	return STATUS(hv_set_register_of(VTL0_BELOW, 0x00010004, event));
}

static u64 protect(u32 flags, u8 vtl, const u64 *pages, unsigned int count)
{
	struct {
		u64 partition;
		u32 flags;
		u8 vtl, reserved[3];
		u64 pages[64];
	} in = { SELF, flags, vtl, {}, {} };

	memcpy(in.pages, pages, count * 8);
	return hv_do(MEMORY, MODIFY_PROTECTION | REP(count), &in, 16 + 8 * count, NULL, 0);
}

static u64 protect_page(void *p, u32 flags)
{
	u64 gfn = (u64)p / PAGE_SIZE;

	return protect(flags, 0, &gfn, 1);
}

/* In VTL1, entered for something that VTL0 did */
static void intercepted(struct vtl *v, u32 reason)
{
	struct seen *s = &seen[v->cpu];
	struct message *m;

	m = (struct message *)(reason == ENTRY_INTERCEPT ? v->assist->message : simp);
	s->reason = reason;
	s->message = *m;
	s->count++;
	if (reason != ENTRY_INTERCEPT) {
		m->type = 0;
		wrmsr(MSR_EOM, 0);
	}
	if (action == ALLOW) {
		u64 gfn = s->message.gpa / PAGE_SIZE;

		protect(ALL, 0, &gfn, 1);
	} else if (action == INJECT) {
		/* #PF, write, with this address in CR2 */
		inject(14, 2, 0x1234567890);
	} else {
		set_lower(0x00020010, s->message.rip + skip_bytes);
	}
}

struct request {
	u64 value, status;
	void *page;
	u32 flags;
};

static void do_protect(struct vtl *v, void *arg)
{
	struct request *r = arg;

	(void)v;
	r->status = protect_page(r->page, r->flags);
}

static u64 from_vtl1(void *p, u32 flags)
{
	struct request r = { .page = p, .flags = flags };

	vtl_do(1, do_protect, &r);
	return STATUS(r.status);
}

static void do_config(struct vtl *v, void *arg)
{
	struct request *r = arg;

	v->on_entry = intercepted;
	r->status = STATUS(hv_set_register64(REG_VSM_CONFIG, r->value));
}

static u64 config(u64 value)
{
	struct request r = { .value = value };

	vtl_do(1, do_config, &r);
	return r.status;
}

static void do_synic(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	wrmsr(MSR_SCONTROL, 1);
	wrmsr(MSR_SIMP, (u64)simp | 1);
	wrmsr(MSR_SINT0, VEC_SINT0);
}

static void write_page(volatile u8 *p)
{
	/* 3 bytes: movb $0x77, (%rdi) */
	asm volatile("movb $0x77, (%0)" :: "D"(p) : "memory");
}

static u8 read_page(volatile u8 *p)
{
	u8 v;

	/* 2 bytes: mov (%rdi), %al */
	asm volatile("mov (%1), %0" : "=a"(v) : "D"(p), "0"(0x99) : "memory");
	return v;
}

static void test_refused(void)
{
	struct request r = { .page = page[0], .flags = R };
	u64 gfn = (u64)page[0] / PAGE_SIZE;

	TEST_STATUS(0x000c, protect(R, 0, &gfn, 1), ACCESS_DENIED, "VTL0 protects nothing");
	TEST_STATUS(0x000c, protect(R, 0x11, &gfn, 1), ACCESS_DENIED, "nor through VTL1");
	vtl_do(1, do_protect, &r);
	TEST_STATUS(0x000c, r.status, INVALID_VTL_STATE, "VTL1 has not enabled protection");
	TEST_STATUS(0x0051, config(BIT(40)), INVALID_REGISTER_VALUE, "reserved bit of VsmPartitionConfig");
	TEST_STATUS(0x0051, config(1 | 2 << 1), INVALID_REGISTER_VALUE, "default: write without read");
	TEST_STATUS(0x0051, config(1 | ALL << 1 | BIT(12)), SUCCESS, "VTL1 enables protection, intercept page");
	TEST_STATUS(0x0051, config(BIT(12)), INVALID_REGISTER_VALUE, "which it cannot take back");
	TEST_STATUS(0x0051, config(1 | R << 1), INVALID_REGISTER_VALUE, "nor can the default be changed");
	TEST_STATUS(0x000c, from_vtl1(page[0], W), INVALID_PARAMETER, "write without read");
	TEST_STATUS(0x000c, from_vtl1(page[0], KX | UX), INVALID_PARAMETER, "execute without read");
	TEST_STATUS(0x000c, from_vtl1(page[0], BIT(20)), INVALID_PARAMETER, "unknown flag");
	TEST_STATUS(0x000c, from_vtl1((void *)0xe0000000000, R), INVALID_PARAMETER, "no RAM");
}

static void check_message(unsigned int code, const char *what, unsigned int access, u64 gpa, u64 before)
{
	struct seen *s = &seen[cpu_index()];

	TEST(code, s->count == before + 1 && s->message.type == GPA_INTERCEPT && s->message.size == 80,
	     "%s: one GPA intercept", what);
	TEST_EQUAL(code, s->message.access, access, "%s: access type", what);
	TEST_EQUAL(code, s->message.gpa, gpa, "%s: GPA", what);
	TEST(code, s->message.vp == cpu_index() && (s->message.state & 0x1f) == 0x14 &&
	     s->message.cs_selector == SEL_CODE64 && s->message.cache == 6, "%s: header", what);
}

static void test_write(u32 reason, const char *form)
{
	struct seen *s = &seen[0];
	u64 before = s->count;

	page[0][0] = 0x11;
	TEST_STATUS(0x000c, from_vtl1(page[0], R), SUCCESS, "read-only (%s)", form);
	TEST_EQUAL(0x000c, read_page(page[0]), 0x11, "VTL0 reads it (%s)", form);
	TEST_EQUAL(0x000c, s->count, before, "without an intercept (%s)", form);
	action = SKIP;
	skip_bytes = 3;
	write_page(page[0]);
	check_message(0x000c, "write", 1, (u64)page[0], before);
	TEST_EQUAL(0x000c, s->reason, reason, "entry reason (%s)", form);
	TEST_EQUAL(0x000c, page[0][0], 0x11, "VTL1 has skipped the write (%s)", form);
	TEST(0x000c, s->message.count >= 3 && !memcmp(s->message.bytes, "\xc6\x07\x77", 3),
	     "the instruction's bytes (%s)", form);
	TEST(0x000c, !memcmp((void *)s->message.rip, "\xc6\x07\x77", 3), "RIP is at it (%s)", form);
	action = ALLOW;
	write_page(page[0]);
	TEST_EQUAL(0x000c, s->count, before + 2, "another intercept (%s)", form);
	TEST_EQUAL(0x000c, page[0][0], 0x77, "VTL1 has allowed it, and it is done (%s)", form);
	page[0][0] = 1;
	TEST_EQUAL(0x000c, s->count, before + 2, "from then on it is allowed (%s)", form);
}

static void do_write(void *p)
{
	write_page(p);
}

static void test_inject(void)
{
	struct fault f = {};
	u64 before = seen[0].count;

	page[0][0] = 0x12;
	from_vtl1(page[0], R);
	action = INJECT;
	TEST(0x0051, catch(&f, do_write, page[0]) && f.vector == VEC_PF, "VTL1 injects a page fault");
	TEST(0x0051, f.error == 2 && f.cr2 == 0x1234567890, "with its error code and CR2");
	TEST_EQUAL(0x0051, f.rip, seen[0].message.rip, "at the instruction");
	TEST(0x0051, page[0][0] == 0x12 && seen[0].count == before + 1, "which has not been executed");
	from_vtl1(page[0], ALL);
}

static struct {
	u64 partition;
	u32 vp, padding;
	u64 flags, page;
} translate_in;

static struct {
	u32 result;
	u8 cache, overlay[3];
	u64 page;
} translate_out;

static u64 translate_result;

static void do_translate(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	translate_result = hv_do(MEMORY, TRANSLATE, &translate_in, sizeof(translate_in), &translate_out,
				 sizeof(translate_out));
}

/* An address that VTL0 alone has mapped */
static void test_translate(void)
{
	static u64 tables[512] PAGE_ALIGNED;
	u64 old = read_cr3();

	memcpy(tables, boot_pml4, sizeof(tables));
	write_cr3((u64)tables);
	/* The upper half of VTL0's tables leads to what the lower half leads to */
	tables[256] = tables[0];
	translate_in = (typeof(translate_in)){ SELF, VP_SELF, 0, BIT(1) | 0x10ull << 56,
		(0xffff800000000000 | (u64)page[9]) / PAGE_SIZE };
	vtl_do(1, do_translate, NULL);
	TEST(0x0052, translate_result == HV_SUCCESS && !translate_out.result &&
	     translate_out.page == (u64)page[9] / PAGE_SIZE, "VTL1 translates by VTL0's page tables");
	from_vtl1(page[9], R);
	vtl_do(1, do_translate, NULL);
	TEST(0x0052, translate_result == HV_SUCCESS && translate_out.result == 6,
	     "to a page that VTL0 must not write to");
	from_vtl1(page[9], ALL);
	translate_in.flags = BIT(1);
	vtl_do(1, do_translate, NULL);
	TEST(0x0052, translate_result == HV_SUCCESS && translate_out.result == 1, "and by its own");
	write_cr3(old);
}

static void test_read(void)
{
	struct seen *s = &seen[0];
	u64 before = s->count;

	page[1][5] = 0x22;
	from_vtl1(page[1], 0);
	action = SKIP;
	skip_bytes = 2;
	TEST_EQUAL(0x000c, read_page(page[1] + 5), 0x99, "VTL0 does not get to read a page without access");
	check_message(0x000c, "read", 0, (u64)page[1] + 5, before);
	action = ALLOW;
	TEST_EQUAL(0x000c, read_page(page[1] + 5), 0x22, "until VTL1 allows it");
}

static void test_execute(void)
{
	struct seen *s = &seen[0];
	u64 before = s->count;

	page[2][0] = 0x90;	/* nop */
	page[2][1] = 0xc3;	/* ret */
	from_vtl1(page[2], R | W);
	action = ALLOW;
	((void (*)(void))page[2])();
	check_message(0x000c, "execute", 2, (u64)page[2], before);
	TEST_EQUAL(0x000c, s->message.gva, (u64)page[2], "execute: GVA");
	TEST_EQUAL(0x000c, s->message.info & 1, 1, "execute: it is valid");
	TEST_EQUAL(0x000c, s->message.rip, (u64)page[2], "execute: RIP");
	from_vtl1(page[2], R | KX | UX);
	((void (*)(void))page[2])();
	TEST_EQUAL(0x000c, s->count, before + 1, "a page that can be executed, and is not written to");
}

/* Neighbours of a protected page in what is one large page of the host */
static void test_neighbours(void)
{
	u64 before = seen[0].count, base = (u64)page / 0x200000 * 0x200000 + 0x400000;
	volatile u8 *p = (volatile u8 *)base;

	for (unsigned int i = 0; i < 512; i++)
		p[i * PAGE_SIZE] = i;
	from_vtl1((void *)(base + 100 * PAGE_SIZE), R);
	for (unsigned int i = 0; i < 512; i++)
		if (i != 100)
			p[i * PAGE_SIZE]++;
	TEST_EQUAL(0x000c, seen[0].count, before, "511 neighbours of a protected page can be written");
	action = SKIP;
	skip_bytes = 3;
	write_page(p + 100 * PAGE_SIZE);
	TEST_EQUAL(0x000c, seen[0].count, before + 1, "the page cannot");
	from_vtl1((void *)(base + 100 * PAGE_SIZE), ALL);
	for (unsigned int i = 0; i < 512; i++)
		p[i * PAGE_SIZE]++;
	TEST(0x000c, seen[0].count == before + 1 && p[100 * PAGE_SIZE] == 101, "and again all can");
}

static void write_in_vtl1(struct vtl *v, void *arg)
{
	(void)v;
	*(u8 *)arg = 0x33;
}

static void test_bypasses(void)
{
	struct seen *s = &seen[0];
	u64 before, value;

	page[3][0] = 0x44;
	from_vtl1(page[3], R);
	before = s->count;
	vtl_do(1, write_in_vtl1, page[3]);
	TEST(0x000c, page[3][0] == 0x33 && s->count == before, "VTL1 itself writes the page");

	/* KVM's emulator: string input from a port of the VMM's */
	u8 *p = page[3];
	u64 n = 1;

	action = SKIP;
	skip_bytes = 2;
	asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(0x3f8 + 7) : "memory");
	TEST_EQUAL(0x000c, page[3][0], 0x33, "REP INSB does not write the page");
	TEST_EQUAL(0x000c, s->count, before + 1, "it is intercepted");
	TEST(0x000c, s->message.gpa == (u64)page[3] && s->message.access == 1 && s->message.gva == (u64)page[3],
	     "with its addresses");

	/* Pages that KVM writes on its own */
	before = s->count;
	TEST(0x000c, !wrmsr_safe(0x4b564d01, (u64)page[3] | 1), "kvmclock in the page: #GP");
	TEST(0x000c, !wrmsr_safe(MSR_VP_ASSIST_PAGE, (u64)page[3] | 1), "VP assist page there: #GP");
	TEST(0x000c, !wrmsr_safe(MSR_REFERENCE_TSC, (u64)page[3] | 1), "reference TSC page there: #GP");
	TEST_EQUAL(0x000c, page[3][0], 0x33, "nothing was written");

	/* Output of hypercalls */
	struct {
		struct hv_register_header header;
		u32 name;
	} __attribute__((packed)) get = { { SELF, VP_SELF, 0, {} }, REG_VSM_VP_STATUS };

	memcpy(page[4], &get, sizeof(get));
	value = hv_call(GET_REGISTERS | REP(1), (u64)page[4], (u64)page[3]);
	TEST(0x000c, STATUS(value) != HV_SUCCESS && page[3][0] == 0x33, "hypercall output there fails");
	from_vtl1(page[4], 0);
	value = hv_call(GET_REGISTERS | REP(1), (u64)page[4], (u64)page[5]);
	TEST(0x000c, STATUS(value) != HV_SUCCESS, "hypercall input from a page that cannot be read fails");
	TEST_EQUAL(0x000c, s->count, before, "none of these is an intercept");
	from_vtl1(page[3], ALL);
	from_vtl1(page[4], ALL);
}

struct check_in {
	u64 partition;
	u8 vtl, access, reserved[6];
	u64 pages[3];
};

struct check_out {
	u8 result, denied;
	u16 vtl;
	u32 reserved;
};

static struct check_in check_in;
static struct check_out check_out[3];
static u64 check_result;

static void do_check(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
	check_result = hv_do(MEMORY, CHECK_VTL_ACCESS | REP(3), &check_in, sizeof(check_in), check_out,
			     sizeof(check_out));
}

static void test_check(void)
{
	from_vtl1(page[6], R);
	from_vtl1(page[7], 0);
	check_in = (struct check_in){ SELF, 0x10, R | W, {}, { (u64)page[5] / PAGE_SIZE,
				      (u64)page[6] / PAGE_SIZE, (u64)page[7] / PAGE_SIZE } };
	vtl_do(1, do_check, NULL);
	TEST_EQUAL(0x00d4, check_result, REP(3), "three pages are looked at");
	TEST(0x00d4, !check_out[0].result && !check_out[0].denied && !check_out[0].vtl, "the first: allowed");
	TEST(0x00d4, check_out[1].result == 1 && check_out[1].denied == W && check_out[1].vtl == 1,
	     "the second: write denied by VTL1");
	TEST(0x00d4, check_out[2].result == 1 && check_out[2].denied == (R | W) && check_out[2].vtl == 1,
	     "the third: both");
	check_in.access = 0x10;
	vtl_do(1, do_check, NULL);
	TEST_STATUS(0x00d4, check_result, INVALID_PARAMETER, "unknown access");
	check_in.access = R;
	check_in.vtl = 0x12;
	vtl_do(1, do_check, NULL);
	TEST_STATUS(0x00d4, check_result, ACCESS_DENIED, "a VTL above the caller's");
	check_in.vtl = 0x11;
	do_check(NULL, NULL);
	TEST_STATUS(0x00d4, check_result, ACCESS_DENIED, "VTL0 does not ask about VTL1");
	from_vtl1(page[6], ALL);
	from_vtl1(page[7], ALL);
}

/* A list with one page that is none: those before it are protected */
static u64 list_result;
static void do_list(struct vtl *v, void *arg)
{
	u64 *pages = arg;

	(void)v;
	list_result = protect(R, 0, pages, 4);
}

static void test_list(void)
{
	u64 gfn = (u64)page[8] / PAGE_SIZE, pages[4] = { gfn, gfn + 1, gfn + 2, gfn + 4 };

	vtl_do(1, do_list, pages);
	TEST_EQUAL(0x000c, list_result, REP(4), "a list of pages");
	action = ALLOW;
	u64 before = seen[0].count;

	for (unsigned int i = 8; i < 13; i++)
		write_page(page[i]);
	TEST_EQUAL(0x000c, seen[0].count, before + 4, "four of five cannot be written");
	pages[3] = 0xe0000000;
	vtl_do(1, do_list, pages);
	TEST_EQUAL(0x000c, list_result, REP(3) | HV_INVALID_PARAMETER, "three done, the fourth is no RAM");
	for (unsigned int i = 8; i < 11; i++)
		write_page(page[i]);
	TEST_EQUAL(0x000c, seen[0].count, before + 7, "the three are protected");
}

/* Protected by VP 0 while VP 1 uses it: effective there when the call returns */
static void nothing(struct vtl *v, void *arg)
{
	(void)v;
	(void)arg;
}

static volatile u32 spinning, stop;
static void write_on(void *arg)
{
	volatile u8 *p = arg;

	/* VTL1 has a VP assist page once it has been there */
	vtl_do(1, nothing, NULL);
	while (!stop) {
		write_page(p);
		spinning++;
	}
}

static void enable_other(struct vtl *v, void *arg)
{
	(void)v;
	vtl_enable_vp(arg);
}

static void test_other(void)
{
	struct start_in in;
	u64 was;

	config(1 | ALL << 1 | BIT(12));
	cpu_start(1);
	in = vtl_start(1, 1);
	vtl_of(1, 1)->on_entry = intercepted;
	vtl_do(1, enable_other, &in);
	action = SKIP;
	skip_bytes = 3;
	cpu_run(1, write_on, page[14]);
	while (spinning < 1000)
		pause();
	from_vtl1(page[14], R);
	was = seen[1].count;
	u32 now = spinning;

	while (spinning < now + 100)
		pause();
	TEST(0x000c, seen[1].count > was + 50, "VP 1 is intercepted for each write from then on");
	TEST_EQUAL(0x000c, seen[1].message.vp, 1, "in its own VTL1");
	stop = 1;
	cpu_wait(1);
	from_vtl1(page[14], ALL);
}

void test_main(void)
{
	struct start_in in;

	hv_init();
	vtl_enable(SELF, 1, 0);
	in = vtl_start(1, 0);
	vtl_enable_vp(&in);
	test_refused();
	test_write(ENTRY_INTERCEPT, "intercept page");
	test_inject();
	test_translate();
	test_read();
	test_execute();
	test_neighbours();
	test_bypasses();
	test_check();
	test_list();
	vtl_do(1, do_synic, NULL);
	TEST_STATUS(0x0051, config(1 | ALL << 1), SUCCESS, "without the intercept page");
	test_write(ENTRY_INTERRUPT, "SINT0");
	TEST(0x000c, irq_count[0][VEC_SINT0] == 2, "with an interrupt each");
	if (cmdline_has("two"))
		test_other();
}
