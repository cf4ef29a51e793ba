// SPDX-License-Identifier: GPL-2.0
/*
 * Address translation of the calling VP (sheet §15.7, 0x0052 and 0x00ac): real
 * walks of this program's page tables, result codes, the event that the access
 * would have raised.
 */
/* run: --role guest; smp 2 */
/* run: --role root; smp 2; cpu plain */
/* run: --role guest --privileges -access-vp-registers; smp 1 */
#include "hv.h"

/* Control flags */
#define READ		0x1
#define WRITE		0x2
#define EXECUTE		0x4
#define EXEMPT		0x8
#define SET_BITS	0x10
#define SUPERVISOR	0x40
#define USER		0x80
#define ENFORCE_SMAP	0x100
#define OVERRIDE_SMAP	0x200

/* Result codes */
enum { OK, NOT_PRESENT, VIOLATION, BAD_FLAGS, UNMAPPED, NO_READ, NO_WRITE };

#define UC	0
#define WT	4
#define WB	6

/* #PF error code */
#define PF_P	0x1
#define PF_W	0x2
#define PF_U	0x4
#define PF_RSVD	0x8
#define PF_I	0x10
#define NO_EVENT	(~0u)
#define ANY_EVENT	(~1u)
#define GP_EVENT	(~2u)

/* Test pages, 4 KiB apart; LARGE is a 2 MiB page of its own. */
enum {
	RW_USER, RO_USER, RW_KERNEL, RO_KERNEL, ABSENT, NX_USER, HOLE, RESERVED_BIT, BIOS,
	UNCACHED, THROUGH, FRESH,
};
#define VA(page)	(TEST_VA + (page) * PAGE_SIZE)
#define LARGE		(TEST_VA + 0x200000)
#define FAR		(TEST_VA + 0x40000000)	/* upper tables absent */
#define NO_TABLE	(TEST_VA + 0x400000)	/* page table in a hole */
#define NON_CANONICAL	0x0000900000000000ull
#define HOLE_GPA	0x80000000ull
#define ROM_GPA		0xfffff000ull

static u64 frame;

struct translate_in {
	u64 partition;
	u32 vp, padding;
	u64 flags, page;
};

struct translate_out {
	u32 result;
	u8 cache, overlay[3];
	u64 gpa_page;
};

struct translate_ex_out {
	u32 result;
	u8 cache, overlay[3];
	u64 reserved;
	struct {
		u8 pending;		/* 0 pending, 3:1 type */
		u8 deliver_error;
		u16 vector;
		u32 error;
		u64 parameter, second[2];
	} event;
	u64 gpa_page, tail;
};

_Static_assert(sizeof(struct translate_ex_out) == 64, "0x00ac output");

static const struct walk {
	unsigned int code;
	const char *what;
	u64 va, flags;
	u32 result;
	u64 gpa;			/* ~0: not defined; 0: the frame */
	u32 event;			/* #PF error code, or one of *_EVENT */
	u8 cache;
} walks[] = {
#define WALK(text, ...)	\
	{ .event = NO_EVENT, .cache = WB, .code = CASE(0x0052), .what = text, __VA_ARGS__ }
#define FAILS(text, address, access, why, error)	WALK(text, address, access, why, ~0ull, error)
	WALK("4 KiB page, read", VA(RW_USER), READ, OK),
	WALK("4 KiB page, write", VA(RW_USER), WRITE, OK),
	WALK("4 KiB page, all three", VA(RW_USER), READ | WRITE | EXECUTE, OK),
	WALK("user access to a user page", VA(RW_USER), READ | WRITE | USER, OK),
	WALK("VTL 0 named", VA(RW_USER), READ | 0x10ull << 56, OK),
	WALK("2 MiB page", LARGE + 0x5000, READ | WRITE, OK, 0x605000),
	WALK("read-only page, read", VA(RO_USER), READ, OK),
	FAILS("read-only page, write", VA(RO_USER), WRITE, VIOLATION, PF_P | PF_W),
	FAILS("read-only page, user write", VA(RO_USER), WRITE | USER, VIOLATION, PF_P | PF_W | PF_U),
	FAILS("read-only page, read and write", VA(RO_USER), READ | WRITE, VIOLATION, PF_P | PF_W),
	WALK("supervisor page, supervisor", VA(RW_KERNEL), READ | WRITE | SUPERVISOR, OK),
	WALK("supervisor page, current privilege level", VA(RW_KERNEL), READ | WRITE, OK),
	WALK("supervisor page, privilege exempt", VA(RW_KERNEL), READ | WRITE | EXEMPT, OK),
	FAILS("supervisor page, user", VA(RW_KERNEL), READ | USER, VIOLATION, PF_P | PF_U),
	FAILS("absent page", VA(ABSENT), READ, NOT_PRESENT, 0),
	FAILS("absent page, write", VA(ABSENT), WRITE, NOT_PRESENT, PF_W),
	FAILS("absent page, user", VA(ABSENT), READ | USER, NOT_PRESENT, PF_U),
	FAILS("absent page, fetch", VA(ABSENT), EXECUTE, NOT_PRESENT, PF_I),
	FAILS("absent tables", FAR, READ, NOT_PRESENT, 0),
	WALK("no-execute page, read", VA(NX_USER), READ | WRITE, OK),
	FAILS("no-execute page, fetch", VA(NX_USER), EXECUTE, VIOLATION, PF_P | PF_I),
	FAILS("reserved bit in the entry", VA(RESERVED_BIT), READ, BAD_FLAGS, PF_P | PF_RSVD),
	FAILS("non-canonical address", NON_CANONICAL, READ, NOT_PRESENT, GP_EVENT),
	WALK("page without memory", VA(HOLE), READ, UNMAPPED, HOLE_GPA, ANY_EVENT),
	WALK("page table without memory", NO_TABLE, READ, UNMAPPED, HOLE_GPA, ANY_EVENT),
	WALK("read-only memory, read", VA(BIOS), READ, OK, ROM_GPA, .cache = ~0),
	WALK("read-only memory, write", VA(BIOS), WRITE, NO_WRITE, ROM_GPA, ANY_EVENT),
	WALK("uncached page", VA(UNCACHED), READ, OK, .cache = UC),
	WALK("write-through page", VA(THROUGH), READ, OK, .cache = WT),
};

static void check(const struct walk *w, enum hv_form form)
{
	struct translate_in in = { SELF, VP_SELF, 0, w->flags, w->va >> 12 };
	u64 gpa_page = (w->gpa ?: frame) >> 12;
	struct translate_out out = {};
	struct translate_ex_out ex = {};
	u64 result = hv_do(form, TRANSLATE, &in, sizeof(in), &out, sizeof(out));
	bool right;

	right = !result && out.result == w->result && (w->gpa == ~0ull || out.gpa_page == gpa_page) &&
		!(out.overlay[0] | out.overlay[1] | out.overlay[2]) &&
		(w->result || w->cache == (u8)~0 || out.cache == w->cache);
	if (!tap_result(right, w->code, "%s (%s)", w->what, FORM_NAME(form)))
		printf("# %s, result %u page 0x%lx cache %u; expected result %u page 0x%lx cache %u\n",
		       hv_status_name(STATUS(result)), out.result, out.gpa_page, out.cache, w->result,
		       gpa_page, w->cache);

	result = hv_do(form, TRANSLATE_EX, &in, sizeof(in), &ex, sizeof(ex));
	right = !result && ex.result == w->result && (w->gpa == ~0ull || ex.gpa_page == gpa_page) &&
		!ex.reserved && (w->result || w->cache == (u8)~0 || ex.cache == w->cache);
	if (w->event == NO_EVENT)
		right &= !(ex.event.pending & 1);
	else if (w->event == GP_EVENT)
		right &= ex.event.pending == 1 && ex.event.deliver_error == 1 &&
			 ex.event.vector == VEC_GP && !ex.event.error;
	else if (w->event != ANY_EVENT)
		right &= ex.event.pending == 1 && ex.event.deliver_error == 1 &&
			 ex.event.vector == VEC_PF && ex.event.error == w->event &&
			 (ex.event.parameter & ~(PAGE_SIZE - 1)) == (w->va & ~(PAGE_SIZE - 1));
	if (!TEST(0x00ac, right, "%s (%s)", w->what, FORM_NAME(form)))
		printf("# %s, result %u page 0x%lx cache %u event 0x%x vector %u error 0x%x parameter 0x%lx; expected error 0x%x\n",
		       hv_status_name(STATUS(result)), ex.result, ex.gpa_page, ex.cache, ex.event.pending,
		       ex.event.vector, ex.event.error, ex.event.parameter, w->event);
}

static u64 status_of(unsigned int code, u64 partition, u32 vp, u64 flags)
{
	struct translate_in in = { partition, vp, 0, flags, VA(RW_USER) >> 12 };
	u8 out[64];

	return hv_do(MEMORY, code, &in, sizeof(in), out, sizeof(out));
}

static const struct {
	unsigned int code;
	const char *what;
	u32 vp;
	u64 flags;
	enum hv_status want;
} refused[] = {
#define REFUSED(what, vp, flags, want)						\
	{ CASE(0x0052), what, vp, flags, HV_##want }, { CASE(0x00ac), what, vp, flags, HV_##want }
	REFUSED("no access type", VP_SELF, 0, INVALID_PARAMETER),
	REFUSED("no access type, other flags", VP_SELF, EXEMPT | SET_BITS, INVALID_PARAMETER),
	REFUSED("reserved flag 11", VP_SELF, READ | BIT(11), INVALID_PARAMETER),
	REFUSED("reserved flag 55", VP_SELF, READ | BIT(55), INVALID_PARAMETER),
	REFUSED("VTL 1", VP_SELF, READ | 0x11ull << 56, ACCESS_DENIED),
	REFUSED("reserved VTL bit", VP_SELF, READ | 0x20ull << 56, INVALID_PARAMETER),
	REFUSED("another VP that exists", 1, READ, ACCESS_DENIED),
	REFUSED("a VP that does not exist", 99, READ, INVALID_VP_INDEX),
	REFUSED("own VP by index", 0, READ, SUCCESS),
};

/* Accessed and dirty bits only on request, dirty only with a write (TLFS 2.0). */
static void test_bits(unsigned int code)
{
	static const struct {
		const char *what;
		u64 flags, set;
	} steps[] = {
		{ "read without the flag sets nothing", READ, 0 },
		{ "write without the flag sets nothing", WRITE, 0 },
		{ "read sets accessed", READ | SET_BITS, PTE_A },
		{ "write sets dirty", WRITE | SET_BITS, PTE_A | PTE_D },
	};
	u64 *e = map(VA(FRESH), frame, PTE_P | PTE_W | PTE_U);
	u64 *upper = pte(VA(FRESH), 2);

	*upper &= ~PTE_A;
	write_cr3(read_cr3());
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		struct translate_in in = { SELF, VP_SELF, 0, steps[i].flags, VA(FRESH) >> 12 };
		u8 out[64];
		u64 result = hv_do(MEMORY, code, &in, sizeof(in), out, sizeof(out));

		tap_result(!result && (*e & (PTE_A | PTE_D)) == steps[i].set &&
			   (*upper & PTE_A) == (steps[i].set & PTE_A), code, "%s (0x%lx, 0x%lx)",
			   steps[i].what, *e, *upper);
		*e &= ~(PTE_A | PTE_D);
		*upper &= ~PTE_A;
		write_cr3(read_cr3());
	}
}

/* CR0 and CR4 count: WP, SMEP, SMAP, and paging off. */
static void test_modes(void)
{
	static struct translate_in in PAGE_ALIGNED;
	static struct translate_out out PAGE_ALIGNED;
	struct cpuid c = cpuid(7, 0);
	struct walk w = { CASE(0x0052), .event = NO_EVENT, .cache = WB };
	u64 cr0 = read_cr0(), cr4 = read_cr4();

	write_cr0(cr0 & ~BIT(16));
	w.what = "read-only page, write with CR0.WP clear";
	w.va = VA(RO_KERNEL);
	w.flags = WRITE;
	check(&w, MEMORY);
	write_cr0(cr0);

	w.gpa = ~0ull;
	w.result = VIOLATION;
	if (c.ebx & BIT(7)) {
		write_cr4(cr4 | BIT(20));
		w.what = "user page, supervisor fetch with SMEP";
		w.va = VA(RW_USER);
		w.flags = EXECUTE | SUPERVISOR;
		w.event = PF_P | PF_I;
		check(&w, MEMORY);
	}
	if (c.ebx & BIT(20)) {
		write_cr4(cr4 | BIT(21));
		w.what = "user page, supervisor read with SMAP enforced";
		w.va = VA(RW_USER);
		w.flags = READ | SUPERVISOR | ENFORCE_SMAP;
		w.event = PF_P;
		check(&w, MEMORY);
		w.what = "user page, supervisor read with SMAP overridden";
		w.flags = READ | SUPERVISOR | OVERRIDE_SMAP;
		w.result = OK;
		w.gpa = 0;
		w.event = NO_EVENT;
		check(&w, MEMORY);
	}
	write_cr4(cr4);

	in = (struct translate_in){ SELF, VP_SELF, 0, READ | WRITE | EXECUTE, 0x123 };
	TEST_EQUAL(0x0052, hv_call32(MODE_PROTECTED, TRANSLATE, (u64)&in, (u64)&out), HV_SUCCESS,
		   "paging off: status");
	TEST(0x0052, out.result == OK && out.gpa_page == 0x123, "paging off: identity");
}

void test_main(void)
{
	u64 bad;

	hv_init();
	if (!hv_may(PRIV_VP_REGISTERS) && !hv_is_root()) {
		TEST_EQUAL(0x0052, status_of(TRANSLATE, SELF, VP_SELF, READ), HV_ACCESS_DENIED,
			   "denied without AccessVpRegisters");
		TEST_EQUAL(0x00ac, status_of(TRANSLATE_EX, SELF, VP_SELF, READ), HV_ACCESS_DENIED,
			   "denied without AccessVpRegisters");
		return;
	}
	frame = (u64)alloc_page();
	map(VA(RW_USER), frame, PTE_P | PTE_W | PTE_U);
	map(VA(RO_USER), frame, PTE_P | PTE_U);
	map(VA(RW_KERNEL), frame, PTE_P | PTE_W);
	map(VA(RO_KERNEL), frame, PTE_P);
	map(VA(ABSENT), frame, 0);
	map(VA(NX_USER), frame, PTE_P | PTE_W | PTE_U | PTE_NX);
	map(VA(HOLE), HOLE_GPA, PTE_P | PTE_W);
	map(VA(RESERVED_BIT), frame, PTE_P | PTE_W | PTE_U | (phys_bits() < 52 ? BIT(51) : 0));
	map(VA(BIOS), ROM_GPA, PTE_P | PTE_W);
	map(VA(UNCACHED), frame, PTE_P | PTE_W | BIT(4) | BIT(3));
	map(VA(THROUGH), frame, PTE_P | PTE_W | BIT(3));
	map(LARGE, 0x600000, PTE_P | PTE_W | PTE_U | PTE_PS);
	map(NO_TABLE, frame, PTE_P);
	*pte(NO_TABLE, 2) = HOLE_GPA | PTE_P | PTE_W;

	for (unsigned int i = 0; i < ARRAY_SIZE(walks); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++)
			/* 32 bytes in and 64 out fit the registers, too. */
			check(&walks[i], form);
	test_bits(CASE(0x0052));
	test_bits(CASE(0x00ac));
	test_modes();

	cpu_start(1);
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		tap_status(refused[i].code, status_of(refused[i].code, SELF, refused[i].vp, refused[i].flags),
			   refused[i].want, "%s", refused[i].what);
	bad = STATUS(status_of(TRANSLATE, 0x12345, VP_SELF, READ));
	TEST(0x0052, bad == HV_INVALID_PARTITION_ID || (bad == HV_ACCESS_DENIED && !hv_is_root()),
	     "another partition (%s)", hv_status_name(bad));
}
