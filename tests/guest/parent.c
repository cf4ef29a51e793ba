// SPDX-License-Identifier: GPL-2.0
/*
 * The parent check of linux-clients.md §10, as far as it goes without running the child: what
 * Linux 7.3's /dev/mshv sends from the start of its driver to the first run of a VP, with the
 * values that it sends, what VMMs add, and the tear-down. Fields that Linux does not clear
 * hold STALE; pages are deposited as Linux does, and retried one at a time.
 */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* As an L1VH parent: no root, but with what Linux tests for, and a pool of its own */
/* run: --role guest --privileges +create-partitions,+access-memory-pool; smp 1 */
#include "parent.h"

/* The guest's memory: 4 MiB, of which the upper 2 MiB become a large page */
#define RAM_PAGES	1024u
#define VPS		2u

#define LINUX_DEPOSIT_INIT	208
#define LINUX_DEPOSIT_VP	90
#define LINUX_DEPOSIT_MAP	256
#define LINUX_UNMAP		512u

static u8 in[PAGE_SIZE] PAGE_ALIGNED, out[PAGE_SIZE] PAGE_ALIGNED;
static u64 id;
static u64 state_pages[VPS][2];	/* by type */
static unsigned int deposited, single;

/* Linux fills its per-processor page field by field, so the rest is what was there before */
static void *stale(void)
{
	return memset(in, 0xa5, sizeof(in));
}

static u64 call(u64 control)
{
	return hv_call(control, (u64)in, (u64)out);
}

/* hv_call_deposit_pages(): 511 at most, all or nothing */
static bool deposit(u64 partition, unsigned int n)
{
	u64 result = hv_deposit(partition, n);

	deposited += partition == id ? n : 0;
	return TEST(0x0048, result == REP(n), "%u pages to %s", n, partition == SELF ? "itself" : "the child");
}

/* hv_deposit_memory(): one page, then the call is repeated */
static bool again(u64 partition, u64 result)
{
	if (!hv_feed(partition, result))
		return false;
	single++;
	deposited += partition == id;
	return true;
}

/* §6.7, before the partition: what VMMs must be able to read of SELF */
static void read_own_properties(void)
{
	static const u32 names[] = { 0x6000a, 0x6000b, 0x60002 };
	struct property_in *p;
	u64 v;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		/* Passed through: beyond the VMM's 16 bytes is what was there before */
		p = stale();
		p->partition = SELF;
		p->code = names[i];
		p->padding = 0;
		TEST_EQUAL(0x0044, call(GET_PROPERTY), HV_SUCCESS, "SELF 0x%x", names[i]);
		v = *(u64 *)out;
		TEST(0x0044, v || names[i] == 0x6000b, "SELF 0x%x is 0x%lx", names[i], v);
	}
	for (u32 name = 0x90007; name <= 0x90009; name += 2) {
		p = stale();
		p->partition = SELF;
		p->code = name;
		p->padding = 0;
		p->value = 0;
		TEST_EQUAL(0x0101, call(GET_PROPERTY_EX), HV_SUCCESS, "SELF 0x%x", name);
		TEST_EQUAL(0x0101, *(u16 *)out, 1, "SELF 0x%x: one bank", name);
	}
}

static bool create_partition(void)
{
	struct create_in *c;
	u64 result;

	do {
		c = stale();
		c->flags = CREATE_LINUX;
		c->proximity = 0;
		c->version = VERSION_21H2;
		c->disabled_features[0] = 0;
		c->disabled_features[1] = 0;
		c->disabled_xsave = 0;
		c->isolation = 0;
		result = call(CREATE_PARTITION);
	} while (again(SELF, result));
	id = *(u64 *)out;
	return TEST_EQUAL(0x0040, result, HV_SUCCESS, "flags 0x%llx, version 0x609: partition %lu",
			  CREATE_LINUX, id);
}

static void set_property(u32 name, u64 value)
{
	struct property_in *p = stale();

	p->partition = id;
	p->code = name;
	p->padding = 0;
	p->value = value;
	TEST_EQUAL(0x0045, call(SET_PROPERTY), HV_SUCCESS, "0x%x = 0x%lx", name, value);
}

static void initialize(void)
{
	u64 assignable, result;

	/* rust-vmm masks its wishes with what 0x90009 offers */
	TEST_EQUAL(0x0101, hv_get_property_ex(SELF, 0x90009, out, 16), HV_SUCCESS, "assignable features");
	assignable = *(u64 *)(out + 8);
	set_property(0x10001, assignable & (BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) |
					    BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(22) | BIT(25) |
					    BIT(26) | BIT(38)));
	deposit(id, LINUX_DEPOSIT_INIT);
	do
		result = hv_fast(INITIALIZE, id, STALE64);
	while (again(id, result));
	TEST_EQUAL(0x0041, result, HV_SUCCESS, "fast8");
	set_property(0x50017, 1);
}

struct map_in {
	u64 partition, page;
	u32 flags, padding;
	u64 sources[MAX_MAP];
};

/* hv_do_map_gpa_hcall(): 509 at a time; memory is 256 pages, the rest is repeated */
static bool map_chunks(u64 page, unsigned int n, u32 flags, u64 source)
{
	unsigned int unit = flags & MAP_LARGE ? 512 : 1, done = 0;
	u64 result = 0;

	while (done < n) {
		unsigned int now = n - done < MAX_MAP ? n - done : MAX_MAP;
		struct map_in *m = stale();

		m->partition = id;
		m->page = page + done * unit;
		m->flags = flags;
		for (unsigned int i = 0; i < now; i++)
			m->sources[i] = flags & MAP_NO_ACCESS ? 0 : source + (done + i) * unit;
		result = call(MAP_GPA | REP(now));
		done += REPS(result);
		if (STATUS(result) == HV_INSUFFICIENT_MEMORY)
			deposit(id, LINUX_DEPOSIT_MAP);
		else if (STATUS(result) || !REPS(result))
			break;
	}
	return TEST(0x004b, done == n && !STATUS(result), "%u x %u pages, flags 0x%08x (%s)", n, unit, flags,
		    hv_status_name(STATUS(result)));
}

static void set_memory(void)
{
	/* The whole range at first, then what is touched, around the fault */
	map_chunks(0, RAM_PAGES, MAP_NO_ACCESS, 0);
	map_chunks(0, 512, MAP_LINUX, CHILD_PAGES);
	map_chunks(512, 1, MAP_LINUX | MAP_LARGE, CHILD_PAGES + 512);
	/* An MMIO region: device memory would be its source; RAM stands in for it */
	map_chunks(0xfee00, 1, MAP_R | MAP_W | MAP_NOT_CACHED, CHILD_PAGES + 1024);
}

struct state_page_in {
	u64 partition;
	u32 vp;
	u16 type;
	u8 vtl, flags;
	u64 location;
};

static void map_state_page(u32 vp, u16 type)
{
	struct state_page_in *s;
	u64 result, page;

	do {
		s = stale();
		s->partition = id;
		s->vp = vp;
		s->type = type;
		s->vtl = 0;
		s->flags = 0;
		result = call(MAP_STATE_PAGE);
	} while (again(id, result));
	page = *(u64 *)out;
	state_pages[vp][type] = page;
	TEST_EQUAL(0x00e1, result, HV_SUCCESS, "VP %u, type %u", vp, type);
	/* Linux maps it to user space and reads it through its direct map */
	if (TEST(0x00e1, page_is_deposited(page), "VP %u, type %u: page 0x%lx is RAM that was deposited", vp,
		 type, page))
		(void)*(volatile u64 *)page_address(page);
}

static void create_vp(u32 vp)
{
	struct create_vp_in *c;
	u64 result;

	deposit(id, LINUX_DEPOSIT_VP);
	do {
		c = stale();
		c->partition = id;
		c->vp = vp;
		c->flags = 0;
		c->subnode_type = 0;
		c->proximity = 0;
		result = call(CREATE_VP);
	} while (again(id, result));
	TEST_EQUAL(0x004e, result, HV_SUCCESS, "VP %u", vp);
	map_state_page(vp, STATE_PAGE_MESSAGE);
	map_state_page(vp, STATE_PAGE_REGISTERS);
}

static void check_state_pages(void)
{
	const u64 *page = &state_pages[0][0];
	bool distinct = true;

	for (unsigned int i = 0; i < VPS * 2; i++)
		for (unsigned int j = 0; j < i; j++)
			distinct &= page[i] != page[j];
	TEST(0x00e1, distinct, "each state page is another page");
}

/* The registers that cloud-hypervisor sets, in its order, for a 64-bit kernel's entry */
static const struct {
	unsigned int code;
	u32 name;
	u64 low, high;
} boot_registers[] = {
#define REG(name, ...)	{ CASE(0x0051), name, __VA_ARGS__ }
	REG(0x60001, 0, 0xa09b0010ffffffff), REG(0x60003, 0, 0xc0930018ffffffff),
	REG(0x60000, 0, 0xc0930018ffffffff), REG(0x60004, 0, 0xc0930018ffffffff),
	REG(0x60005, 0, 0xc0930018ffffffff), REG(0x60002, 0, 0xc0930018ffffffff),
	REG(0x60007, 0, 0x008b002000000067), REG(0x60006, 0, 0x0082000000000000),
	REG(0x70001, 0x1full << 48, 0x500), REG(0x70000, 0x07ull << 48, 0x520),
	REG(0x41000, 0x80000011), REG(0x40001, 0), REG(0x41002, 0x9000), REG(0x41003, 0x20),
	REG(0x40004, 0), REG(0x80001, 0xd00), REG(0x80003, 0xfee00900),
	REG(0x20000, 0), REG(0x20003, 0), REG(0x20001, 0), REG(0x20002, 0), REG(0x20006, 0x7000),
	REG(0x20007, 0), REG(0x20004, 0x8ff0), REG(0x20005, 0), REG(0x20008, 0), REG(0x2000f, 0),
	REG(0x20010, 0x100000), REG(0x20011, 2),
	REG(0x30018, 0x037f), REG(0x30019, 0, 0x0000ffff00001f80),
	REG(0x80005, 0), REG(0x80007, 0), REG(0x80006, 0), REG(0x80008, 0), REG(0x8000a, 0),
	REG(0x80002, 0), REG(0x8000b, 0), REG(0x80009, 0), REG(0x8000e, 0x806),
};

static void set_registers(u32 vp)
{
	struct {
		struct hv_register_header h;
		struct hv_assignment a[ARRAY_SIZE(boot_registers)];
	} *set = stale();
	struct {
		struct hv_register_header h;
		u32 names[ARRAY_SIZE(boot_registers)];
	} *get;
	unsigned int same = 0;

	set->h = (struct hv_register_header){ id, vp, 0, {} };
	for (unsigned int i = 0; i < ARRAY_SIZE(boot_registers); i++) {
		set->a[i].name = boot_registers[i].name;
		set->a[i].value = (struct hv_value){ .u = { boot_registers[i].low,
							    boot_registers[i].high } };
	}
	TEST_EQUAL(0x0051, call(SET_REGISTERS | REP(ARRAY_SIZE(boot_registers))),
		   REP(ARRAY_SIZE(boot_registers)), "VP %u: registers of a kernel's entry", vp);
	get = stale();
	get->h = (struct hv_register_header){ id, vp, 0, {} };
	for (unsigned int i = 0; i < ARRAY_SIZE(boot_registers); i++)
		get->names[i] = boot_registers[i].name;
	TEST_EQUAL(0x0050, call(GET_REGISTERS | REP(ARRAY_SIZE(boot_registers))),
		   REP(ARRAY_SIZE(boot_registers)), "VP %u: the same registers", vp);
	for (unsigned int i = 0; i < ARRAY_SIZE(boot_registers); i++) {
		const struct hv_value *v = (const struct hv_value *)out + i;

		if (v->u[0] == boot_registers[i].low && v->u[1] == boot_registers[i].high)
			same++;
		else
			printf("# 0x%05x: set 0x%lx:0x%lx, got 0x%lx:0x%lx\n", boot_registers[i].name,
			       boot_registers[i].high, boot_registers[i].low, v->u[1], v->u[0]);
	}
	TEST_EQUAL(0x0050, same, ARRAY_SIZE(boot_registers), "VP %u: all read as set", vp);
}

static u64 vp_state(u64 code, u32 vp, u32 type, u64 xsave, u64 pages)
{
	struct {
		u64 partition;
		u32 vp;
		u8 vtl, reserved[3];
		u32 type, reserved2;
		u64 flags, states, page[4];
	} *s = stale();

	s->partition = id;
	s->vp = vp;
	s->vtl = 0;
	memset(s->reserved, 0, 3);
	s->type = type;
	s->reserved2 = 0;
	s->flags = 0;
	s->states = xsave;
	for (unsigned int i = 0; i < pages; i++)
		s->page[i] = CHILD_PAGES + 0x800 + i;
	return call(code | VAR(pages));
}

static void states(u32 vp)
{
	u8 *page = page_address(CHILD_PAGES + 0x800);
	u64 mask = 0, size = 0;

	/* LINT0 is ExtINT, LINT1 is NMI */
	TEST_EQUAL(0x00e3, vp_state(GET_VP_STATE, vp, 0x80000000, 0, 1), HV_SUCCESS, "VP %u: LAPIC", vp);
	*(u32 *)(page + 140) = 0x700;
	*(u32 *)(page + 144) = 0x400;
	TEST_EQUAL(0x00e4, vp_state(SET_VP_STATE, vp, 0x80000000, 0, 1), HV_SUCCESS, "VP %u: LAPIC", vp);

	TEST_EQUAL(0x0044, hv_get_property(id, 0x60007, &mask), HV_SUCCESS, "XSAVE states 0x%lx", mask);
	TEST_EQUAL(0x0044, hv_get_property(id, 0x60008, &size), HV_SUCCESS, "XSAVE size %lu", size);
	size = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	if (TEST(0x0044, size && size <= 4, "XSAVE area of %lu pages", size)) {
		TEST_EQUAL(0x00e3, vp_state(GET_VP_STATE, vp, 0x80000001, mask, size), HV_SUCCESS,
			   "VP %u: XSAVE", vp);
		TEST_EQUAL(0x00e4, vp_state(SET_VP_STATE, vp, 0x80000001, mask, size), HV_SUCCESS,
			   "VP %u: XSAVE", vp);
	}
	TEST_EQUAL(0x00e3, vp_state(GET_VP_STATE, vp, 4, 0, 0), HV_SUCCESS, "VP %u: timers", vp);
}

/* What the driver and the VMM ask while the guest is there */
static void use(void)
{
	struct {
		u64 partition, flags, page;
	} *a;
	u64 rip = 0x100000;

	TEST_EQUAL(0x0050, vp_get64(id, 0, 0x20010), rip, "RIP by passthrough");
	TEST_EQUAL(0x0051, vp_set64(id, 0, 0x20010, rip + 2), REP(1), "RIP by passthrough");
	TEST_EQUAL(0x0050, vp_get64(id, 0, 0x20010), rip + 2, "RIP as set");

	/* Dirty log: tracking on, all cleared, read again */
	set_property(0x50005, 1);
	for (unsigned int round = 0; round < 2; round++) {
		a = stale();
		a->partition = id;
		a->flags = round ? 0 : BIT(0) | BIT(2);
		a->page = 0;
		TEST_EQUAL(0x00c9, call(ACCESS_STATE | REP(RAM_PAGES)), REP(RAM_PAGES),
			   "%u pages, flags %lu", RAM_PAGES, a->flags);
	}
	TEST(0x00c9, !(out[0] & 2) && !(out[RAM_PAGES - 1] & 2), "nothing is dirty in a guest that never ran");
	set_property(0x50005, 0);

	/* The MMU notifier: a range is revoked, and comes back with the next fault */
	map_chunks(0x10, 16, MAP_NO_ACCESS, 0);
	map_chunks(0x10, 16, MAP_LINUX, CHILD_PAGES + 0x10);
	TEST_EQUAL(0x0050, vp_get64(id, 0, 0), 1, "explicitly suspended, not run yet");
}

/* §6.9 */
static void tear_down(void)
{
	unsigned int count;
	u64 result, available, in_use;

	for (u32 vp = 0; vp < VPS; vp++) {
		TEST_EQUAL(0x0051, vp_set64(id, vp, 0x3, 1), REP(1), "VP %u: DISPATCH_SUSPEND", vp);
		TEST_EQUAL(0x0050, vp_get64(id, vp, 0x90014), 0, "VP %u: no signal was sent", vp);
		for (u16 type = 0; type < 2; type++) {
			struct state_page_in *s = stale();

			s->partition = id;
			s->vp = vp;
			s->type = type;
			s->vtl = 0;
			s->flags = 0;
			TEST_EQUAL(0x00e2, call(UNMAP_STATE_PAGE), HV_SUCCESS, "VP %u, type %u", vp, type);
		}
	}
	TEST_EQUAL(0x0042, hv_fast(FINALIZE, id, STALE64), HV_SUCCESS, "fast8");
	for (unsigned int page = 0; page < RAM_PAGES; page += LINUX_UNMAP) {
		struct map_in *m = stale();

		m->partition = id;
		m->page = page;
		m->flags = 0;
		result = call(UNMAP_GPA | REP(LINUX_UNMAP));
		TEST(0x004c, STATUS(result) == HV_INVALID_PARTITION_STATE || !STATUS(result),
		     "after finalizing: result unused (%s)", hv_status_name(STATUS(result)));
	}
	hv_balance(id, 0, &available, &in_use);
	TEST(0x004a, available == deposited && !in_use, "%lu of %u pages are free, %lu in use", available,
	     deposited, in_use);
	TEST_STATUS(0x0049, hv_withdraw_all(id, &count), NO_RESOURCES, "512 at a time, until 0x1d");
	TEST_EQUAL(0x0049, count, deposited, "every page that was deposited");
	TEST_EQUAL(0x0049, wrong_pages, 0, "and no other");
	TEST_EQUAL(0x0043, hv_fast(DELETE_PARTITION, id, STALE64), HV_SUCCESS, "fast8");
	TEST_STATUS(0x0043, hv_fast(DELETE_PARTITION, id, STALE64), INVALID_PARTITION_ID, "it is gone");
}

void test_main(void)
{
	unsigned int count;

	hv_init();
	/* Twice: nothing of the first child is in the way of the second */
	for (unsigned int round = 0; round < 2; round++) {
		deposited = 0;
		id = 0;
		read_own_properties();
		if (!create_partition())
			return;
		initialize();
		set_memory();
		for (u32 vp = 0; vp < VPS; vp++) {
			create_vp(vp);
			set_registers(vp);
			states(vp);
		}
		check_state_pages();
		use();
		tear_down();
	}
	printf("# %u deposits of a single page\n", single);
	TEST_STATUS(0x0049, hv_withdraw_all(SELF, &count), NO_RESOURCES, "the own pool");
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
