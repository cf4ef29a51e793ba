// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages (sheet §12, §15.11; linux-clients.md §6.4, §6.8): what the machine does is
 * what its counters say, and nobody but the hypervisor writes them.
 */
/* run: --role root; smp 2 */
/* run: --role root; smp 2; cpu plain */
/* run: --role guest --privileges +create-partitions,+access-memory-pool,+access-stats; smp 2 */
#include "parent.h"

#define TYPE_HYPERVISOR	1
#define TYPE_LP		2
#define TYPE_PARTITION	0x10001
#define TYPE_VP		0x10002

#define AREA_SELF	0
#define AREA_PARENT	1

/* Counters of a VP, by the numbers of the sheet */
#define HYPERCALLS	7
#define IO		13
#define HLT		15
#define CPUID		19
#define MSR		21
#define INTERRUPTS	25
#define SPACE_FLUSHES	49
#define LIST_FLUSHES	50
#define IPIS		60
#define SPIN_WAITS	64
#define MMU_CALLS	68

struct stats_in {
	u32 type, padding;
	u64 id;
	u32 vp;
	u8 reserved[3], area;
	u64 location;
};

static struct stats_in of(u32 type, u64 id, u32 vp, u8 area)
{
	return (struct stats_in){ .type = type, .id = id, .vp = vp, .area = area };
}

/* As Linux maps one: with deposits to itself */
static u64 map_page(struct stats_in in, volatile u64 **counters)
{
	u64 gfn = 0, result;

	result = WITH_MEMORY(SELF, hv_do(MEMORY, MAP_STATS, &in, 24, &gfn, 8));
	*counters = (volatile u64 *)page_address(gfn);
	if (!STATUS(result))
		TEST(0x006c, page_is_deposited(gfn), "the page was deposited");
	return result;
}

static u64 unmap_page(struct stats_in in)
{
	return hv_do(REGISTERS, UNMAP_STATS, &in, 24, NULL, 0);
}

/* Until the page has been written again, at an exit after a period of 100 ms */
static void refresh(void)
{
	delay(130);
	cpuid(0, 0);
}

static void write_to(void *p)
{
	*(volatile u64 *)p = 1;
}

static void pages_are_read_only(volatile u64 *counters)
{
	struct fault f;

	TEST(0x006c, catch(&f, write_to, (void *)&counters[3]) && f.vector == 13,
	     "writing to it is #GP");
	TEST_EQUAL(0x006c, counters[3], 0, "and changes nothing");
}

#define COUNT	100

static void do_cpuids(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < COUNT; i++)
		cpuid(1, 0);
}

static void exits_are_counted(volatile u64 *vp0)
{
	u64 before, time;

	refresh();
	before = vp0[CPUID];
	time = vp0[CPUID + 1];
	do_cpuids(NULL);
	refresh();
	/* That of refresh() itself may fall into this */
	TEST(0x006c, vp0[CPUID] - before >= COUNT && vp0[CPUID] - before <= COUNT + 2,
	     "%lu of %u CPUIDs", vp0[CPUID] - before, COUNT);
	TEST(0x006c, vp0[CPUID + 1] > time, "that took time");

	before = vp0[MSR];
	for (unsigned int i = 0; i < COUNT; i++)
		rdmsr(0x40000002);
	refresh();
	TEST(0x006c, vp0[MSR] - before >= COUNT, "%lu of %u RDMSRs", vp0[MSR] - before, COUNT);

	before = vp0[IO];
	for (unsigned int i = 0; i < COUNT; i++)
		inb(0x80);
	refresh();
	TEST(0x006c, vp0[IO] - before >= COUNT, "%lu of %u INs", vp0[IO] - before, COUNT);
	TEST(0x006c, vp0[INTERRUPTS], "%lu interrupts of the host", vp0[INTERRUPTS]);
}

static void hypercalls_are_counted(volatile u64 *vp0)
{
	const u64 flush[3] = { read_cr3(), 0, 1 };
	const u64 list[4] = { read_cr3(), 0, 1, TEST_VA };
	const u64 ipi[2] = { 0x60, 2 };
	u64 calls, spins, mmu, spaces, lists, ipis;

	refresh();
	calls = vp0[HYPERCALLS];
	spins = vp0[SPIN_WAITS];
	mmu = vp0[MMU_CALLS];
	spaces = vp0[SPACE_FLUSHES];
	lists = vp0[LIST_FLUSHES];
	ipis = vp0[IPIS];
	for (unsigned int i = 0; i < 7; i++)
		hv_fast(NOTIFY_SPIN, 1, 0);
	for (unsigned int i = 0; i < 5; i++)
		hv_do(MEMORY, FLUSH_SPACE, flush, 24, NULL, 0);
	for (unsigned int i = 0; i < 3; i++)
		hv_do(MEMORY, FLUSH_LIST | REP(1), list, 32, NULL, 0);
	for (unsigned int i = 0; i < 2; i++)
		hv_fast(SEND_IPI, ipi[0], ipi[1]);
	refresh();
	TEST_EQUAL(0x006c, vp0[HYPERCALLS] - calls, 17, "hypercalls");
	TEST_EQUAL(0x006c, vp0[SPIN_WAITS] - spins, 7, "of them spin waits");
	TEST_EQUAL(0x006c, vp0[MMU_CALLS] - mmu, 8, "and flushes");
	TEST_EQUAL(0x006c, vp0[SPACE_FLUSHES] - spaces, 5, "of spaces");
	TEST_EQUAL(0x006c, vp0[LIST_FLUSHES] - lists, 3, "and lists");
	TEST(0x006c, vp0[IPIS] - ipis >= 2, "IPIs");
	TEST(0x006c, vp0[HYPERCALLS + 1], "that took time");
}

static void other_processors_are_counted(volatile u64 *vp1)
{
	u64 before, halts;

	refresh();
	before = vp1[CPUID];
	halts = vp1[HLT];
	cpu_call(1, do_cpuids, NULL);
	refresh();
	TEST_EQUAL(0x006c, vp1[CPUID] - before, COUNT, "CPUIDs of processor 1");
	TEST(0x006c, vp1[HLT] > halts, "which halted");
	TEST(0x006c, vp1[1] >= vp1[2], "it ran %lu, %lu of it in the host", vp1[1], vp1[2]);
}

static void local_pages(void)
{
	struct stats_in in = of(TYPE_VP, SELF, 0, AREA_SELF);
	volatile u64 *vp0, *vp1, *parent, *own;
	u64 id = 0;

	TEST_STATUS(0x006c, map_page(in, &vp0), SUCCESS, "VP 0");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, SELF, 0, AREA_PARENT), &parent), SUCCESS,
		    "VP 0 as its parent sees it");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, SELF, 1, AREA_SELF), &vp1), SUCCESS, "VP 1");
	TEST_STATUS(0x006c, map_page(in, &own), OPERATION_DENIED, "VP 0 again");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, SELF, 2, AREA_SELF), &own), INVALID_VP_INDEX,
		    "no VP 2");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, NO_PARTITION, 0, AREA_SELF), &own),
		    INVALID_PARTITION_ID, "no such partition");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, SELF, 0, 2), &own), INVALID_PARAMETER,
		    "the internal area");
	pages_are_read_only(vp0);
	exits_are_counted(vp0);
	hypercalls_are_counted(vp0);
	TEST_EQUAL(0x006c, parent[SPACE_FLUSHES], vp0[SPACE_FLUSHES], "both areas agree");
	other_processors_are_counted(vp1);
	TEST_STATUS(0x006d, unmap_page(of(TYPE_VP, SELF, 0, AREA_PARENT)), SUCCESS, "unmapped");
	TEST_STATUS(0x006d, unmap_page(of(TYPE_VP, SELF, 0, AREA_PARENT)), OPERATION_DENIED,
		    "which it was only once");

	TEST_STATUS(0x006c, map_page(of(TYPE_PARTITION, SELF, 0, AREA_SELF), &own), SUCCESS,
		    "the partition");
	TEST_EQUAL(0x006c, own[1], 2, "it has two VPs");
	TEST(0x006c, own[5] >= 4, "and %lu pages in its pool", own[5]);
	TEST(0x006c, own[6] >= 0x4000 && own[6] < 0x5000, "and %lu pages of memory", own[6]);
	TEST(0x006c, own[10] + 512 * own[11] + 512 * 512 * own[12] <= own[6] + 512,
	     "mapped as %lu small and %lu large ones", own[10], own[11]);
	TEST(0x006c, own[10] + own[11], "of which there are some");
	if (hv_is_root()) {
		hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &id, 8);
		TEST_EQUAL(0x006c, own[26], id, "its id");
	}
	TEST_STATUS(0x006d, unmap_page(of(TYPE_PARTITION, SELF, 0, AREA_SELF)), SUCCESS, "unmapped");
	TEST_STATUS(0x006d, unmap_page(in), SUCCESS, "unmapped");
	TEST_STATUS(0x006d, unmap_page(of(TYPE_VP, SELF, 1, AREA_SELF)), SUCCESS, "unmapped");
}

static void named_page(void)
{
	struct stats_in in = of(TYPE_VP, SELF, 0, AREA_SELF);
	volatile u64 *counters = (volatile u64 *)page_address(CHILD_PAGES);
	struct fault f;

	in.location = CHILD_PAGES;
	TEST_STATUS(0x0131, WITH_MEMORY(SELF, hv_do(REGISTERS, MAP_STATS2, &in, 32, NULL, 0)),
		    SUCCESS, "in a page of our own");
	TEST(0x0131, counters[CPUID], "%lu CPUIDs so far", counters[CPUID]);
	TEST(0x0131, catch(&f, write_to, (void *)counters) && f.vector == 13, "read-only");
	TEST_STATUS(0x006d, unmap_page(in), SUCCESS, "unmapped");
	*counters = 12345;
	TEST_EQUAL(0x0131, *counters, 12345, "writable again");
	in.location = HOLE_PAGE;
	TEST_STATUS(0x0131, WITH_MEMORY(SELF, hv_do(REGISTERS, MAP_STATS2, &in, 32, NULL, 0)),
		    INVALID_PARAMETER, "where no memory is");
	in.location = FAR_PAGE;
	TEST_STATUS(0x0131, WITH_MEMORY(SELF, hv_do(MEMORY, MAP_STATS2, &in, 32, NULL, 0)),
		    INVALID_PARAMETER, "where no address is");
}

static void global_pages(void)
{
	struct { u32 index, reserved; } lp = { 0, 0 };
	struct stats_in in = of(TYPE_LP, 0, 0, AREA_SELF);
	volatile u64 *hypervisor, *lp0, *none;
	u64 time, global;

	TEST_STATUS(0x006c, map_page(of(TYPE_HYPERVISOR, 0, 0, AREA_SELF), &hypervisor), SUCCESS,
		    "the hypervisor");
	TEST_EQUAL(0x006c, hypervisor[1], 1, "one LP so far");
	TEST_EQUAL(0x006c, hypervisor[2], 1, "one partition");
	TEST_EQUAL(0x006c, hypervisor[4], 2, "two VPs");
	TEST_STATUS(0x006c, map_page(in, &lp0), SUCCESS, "LP 0");
	TEST_STATUS(0x006c, map_page(of(TYPE_LP, 9, 0, AREA_SELF), &none), INVALID_PARAMETER,
		    "no LP 9");
	TEST_STATUS(0x00ee, hv_do(REGISTERS, REFRESH, &lp, 8, NULL, 0), SUCCESS, "refreshed");
	TEST_EQUAL(0x00ee, lp0[34], 1, "once");
	time = lp0[35];
	global = lp0[1];
	delay(10);
	TEST_STATUS(0x00ee, hv_do(MEMORY, REFRESH, &lp, 8, NULL, 0), SUCCESS, "refreshed");
	TEST_EQUAL(0x00ee, lp0[34], 2, "twice");
	TEST(0x00ee, lp0[35] > time && lp0[1] > global, "time goes on");
	TEST_EQUAL(0x00ee, lp0[36], lp0[23], "idle time was recorded");
	TEST(0x00ee, lp0[23] <= lp0[1], "%lu of %lu idle", lp0[23], lp0[1]);
	lp.index = 9;
	TEST_STATUS(0x00ee, hv_do(REGISTERS, REFRESH, &lp, 8, NULL, 0), INVALID_LP_INDEX, "no LP 9");
	TEST_STATUS(0x006d, unmap_page(in), SUCCESS, "unmapped");
	TEST_STATUS(0x006d, unmap_page(of(TYPE_HYPERVISOR, 0, 0, AREA_SELF)), SUCCESS, "unmapped");
}

static void globals_are_denied(void)
{
	const u64 lp = 0;
	volatile u64 *none;

	TEST_STATUS(0x006c, map_page(of(TYPE_HYPERVISOR, 0, 0, AREA_SELF), &none), ACCESS_DENIED,
		    "the hypervisor");
	TEST_STATUS(0x006c, map_page(of(TYPE_LP, 0, 0, AREA_SELF), &none), ACCESS_DENIED, "LP 0");
	TEST_STATUS(0x00ee, hv_do(REGISTERS, REFRESH, &lp, 8, NULL, 0), ACCESS_DENIED, "refreshing");
}

/* A child's pages go with it, and come back out of the parent's own pool */
static void pages_of_a_child(void)
{
	u64 child = child_start(CREATE_LINUX);
	volatile u64 *pt, *vp;

	TEST_STATUS(0x004e, WITH_MEMORY(child, hv_create_vp(child, 0)), SUCCESS,
		    "a child with a VP");
	TEST_STATUS(0x006c, map_page(of(TYPE_PARTITION, child, 0, AREA_PARENT), &pt), SUCCESS,
		    "its page");
	TEST_EQUAL(0x006c, pt[26], child, "with its id");
	TEST_EQUAL(0x006c, pt[1], 1, "and one VP");
	TEST_EQUAL(0x006c, pt[6], 0, "and no memory");
	TEST_STATUS(0x004b, hv_map(child, 0, CHILD_PAGES, 16, MAP_LINUX), SUCCESS, "mapped 16 pages");
	TEST_STATUS(0x006c, map_page(of(TYPE_VP, child, 0, AREA_PARENT), &vp), SUCCESS, "its VP's");
	TEST_EQUAL(0x006c, vp[202], 0, "not blocked");
	refresh();
	TEST_EQUAL(0x006c, pt[6], 16, "refreshed, it has 16 pages");
	child_end(child);
	TEST_STATUS(0x006d, unmap_page(of(TYPE_VP, child, 0, AREA_PARENT)), INVALID_PARTITION_ID,
		    "gone with it");
}

void test_main(void)
{
	unsigned int count;

	hv_init();
	cpu_start(1);
	irq_enable();
	local_pages();
	named_page();
	if (hv_is_root())
		global_pages();
	else
		globals_are_denied();
	pages_of_a_child();
	TEST_STATUS(0x0049, hv_withdraw_all(SELF, &count), NO_RESOURCES, "all pages come back");
	TEST_EQUAL(0x006d, wrong_pages, 0, "and no others");
	do_cpuids(NULL);
}
