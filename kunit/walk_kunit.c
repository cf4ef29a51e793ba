// SPDX-License-Identifier: GPL-2.0
/*
 * Address translation. Flags, result codes and layouts are those of the sheet's section
 * 15.7 and its entries 0x0052 and 0x00ac, events those of 7.2; page tables and faults
 * those of the Intel SDM, volume 3, "Paging" and "Interrupt 14".
 */
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "fake_table.h"

#define TRANSLATE	0x0052
#define TRANSLATE_EX	0x00ac

/* Control flags */
#define READ_IT		0x001ULL
#define WRITE_IT	0x002ULL
#define EXECUTE_IT	0x004ULL
#define EXEMPT		0x008ULL
#define SET_BITS	0x010ULL
#define SUPERVISOR	0x040ULL
#define USER		0x080ULL
#define ENFORCE_SMAP	0x100ULL
#define OVERRIDE_SMAP	0x200ULL

/* Result codes */
#define OK		0
#define NOT_PRESENT	1
#define PRIVILEGE	2
#define INVALID_FLAGS	3
#define UNMAPPED	4
#define NO_READ		5
#define NO_WRITE	6

/* Page table entries */
#define P		BIT_ULL(0)
#define W		BIT_ULL(1)
#define U		BIT_ULL(2)
#define PWT		BIT_ULL(3)
#define PCD		BIT_ULL(4)
#define A		BIT_ULL(5)
#define D		BIT_ULL(6)
#define PS		BIT_ULL(7)
#define NX		BIT_ULL(63)

#define LME		BIT_ULL(8)
#define LMA		BIT_ULL(10)
#define NXE		BIT_ULL(11)

#define DATA		0x3000ULL	/* the page that is mapped */
#define GVA		0x7f1234567000ULL
#define GVA32		0xc0345000ULL

/**
 * struct map - Page tables in the fake machine's memory
 * @vm: Machine
 * @entry: Bytes per entry
 * @bits: Index bits per level
 * @next: Next free page for a table
 * @at: GPA of the entry that the last mapping made at each level, 1 is the page table
 */
struct map {
	struct fake_vm *vm;
	u8 entry;
	u8 bits;
	u64 next;
	u64 at[6];
};

static u64 get_entry(struct map *map, u64 gpa)
{
	u64 value = 0;

	fake_read(map->vm, gpa, &value, map->entry);
	return value;
}

static void put_entry(struct map *map, u64 gpa, u64 value)
{
	fake_write(map->vm, gpa, &value, map->entry);
}

/* Map @gva at @level below @table, which is of level @top; upper entries permit all */
static void map_page(struct map *map, u64 table, u8 top, u64 gva, u8 level, u64 leaf)
{
	u8 now;

	for (now = top; ; now--) {
		u64 index = gva >> (12 + map->bits * (now - 1)) & (BIT(map->bits) - 1);

		map->at[now] = table + index * map->entry;
		if (now == level)
			break;
		if (!(get_entry(map, map->at[now]) & P)) {
			put_entry(map, map->at[now], map->next | P | W | U);
			map->next += PAGE_SIZE;
		}
		table = get_entry(map, map->at[now]) & GENMASK_ULL(51, 12);
	}
	put_entry(map, map->at[level], leaf);
}

/* A VP in long mode, at CPL 0, with NX, and @leaf mapped at GVA in @level */
static struct map long_mode(struct kunit *test, u8 top, u8 level, u64 leaf)
{
	struct fake_vm *vm = test->priv;
	struct map map = { .vm = vm, .entry = 8, .bits = 9, .next = FAKE_TABLES + PAGE_SIZE };

	vm->paging = (struct hvp_paging) {
		.cr0 = X86_CR0_PG | X86_CR0_PE | X86_CR0_WP,
		.cr3 = FAKE_TABLES,
		.cr4 = X86_CR4_PAE | (top == 5 ? X86_CR4_LA57 : 0),
		.efer = LME | LMA | NXE,
		.pat = 0x0007040600070406,	/* the reset value */
		.pa_bits = FAKE_PA_BITS,
		.gbpages = true,
	};
	map_page(&map, FAKE_TABLES, top, GVA, level, leaf);
	return map;
}

struct answer {
	u32 result;
	u8 cache_type;
	u8 overlay[3];
	u64 gpa_page;
};

/* The call must succeed; its outcome is in the answer */
static struct answer translate(struct fake_vm *vm, u64 gva, u64 flags)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, flags, gva >> 12 };
	struct answer out;

	EXPECT_STATUS(vm->test, fake_call(vm, TRANSLATE, in, sizeof(in), &out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(vm->test, out.overlay[0] | out.overlay[1] | out.overlay[2], 0);
	return out;
}

#define EXPECT_PAGE(test, gva, flags, gpa) do {					\
	struct answer _answer = translate((test)->priv, gva, flags);		\
										\
	KUNIT_EXPECT_EQ(test, _answer.result, OK);				\
	KUNIT_EXPECT_EQ(test, _answer.gpa_page, (u64)(gpa) >> 12);		\
} while (0)

#define EXPECT_RESULT(test, gva, flags, expected)				\
	KUNIT_EXPECT_EQ(test, translate((test)->priv, gva, flags).result, expected)

static void paging_off_is_identity(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct answer answer;

	vm->paging = (struct hvp_paging) { .cr0 = X86_CR0_PE, .pa_bits = FAKE_PA_BITS };
	answer = translate(vm, 0x3000, READ_IT);
	KUNIT_EXPECT_EQ(test, answer.result, OK);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, 3ULL);
	KUNIT_EXPECT_EQ(test, answer.cache_type, 6);
	EXPECT_PAGE(test, 0x3000, WRITE_IT | EXECUTE_IT | USER | SET_BITS, 0x3000);
	EXPECT_PAGE(test, 0xfffff000, READ_IT, 0xfffff000);	/* "always succeeds" */
	KUNIT_EXPECT_EQ(test, vm->reads, 3);	/* no table was read, only the calls' input */
}

static void four_levels_map_4k_2m_and_1g(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W | U);

	EXPECT_PAGE(test, GVA, READ_IT | WRITE_IT | EXECUTE_IT, DATA);
	/* A large page at 0 covers the machine's memory */
	map_page(&map, FAKE_TABLES, 4, 0x40000000, 2, P | W | U | PS);
	EXPECT_PAGE(test, 0x40000000 + 0x5000, READ_IT, 0x5000);
	map_page(&map, FAKE_TABLES, 4, 0x8000000000, 3, P | W | U | PS);
	EXPECT_PAGE(test, 0x8000000000 + 0x7000, READ_IT, 0x7000);
	/* Bits above the machine's memory come from the entry */
	map_page(&map, FAKE_TABLES, 4, 0x40200000, 2, 0x40000000 | P | PS);
	KUNIT_EXPECT_EQ(test, translate(map.vm, 0x40201000, READ_IT).gpa_page, 0x40001ULL);
}

static void upper_half_addresses_are_translated(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, 0);

	map_page(&map, FAKE_TABLES, 4, 0xffffffff81000000, 1, DATA | P);
	EXPECT_PAGE(test, 0xffffffff81000000, READ_IT, DATA);
}

static void five_levels_are_walked(struct kunit *test)
{
	struct map map = long_mode(test, 5, 1, DATA | P);

	EXPECT_PAGE(test, GVA, READ_IT, DATA);
	map_page(&map, FAKE_TABLES, 5, 0x00ff000000001000, 1, 0x4000 | P);
	EXPECT_PAGE(test, 0x00ff000000001000, READ_IT, 0x4000);
	put_entry(&map, map.at[5], 0);
	EXPECT_RESULT(test, 0x00ff000000001000, READ_IT, NOT_PRESENT);
}

static void pae_starts_at_the_pdpte_registers(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, 0);
	struct fake_vm *vm = test->priv;

	vm->paging.efer = NXE;
	vm->paging.pdptrs[3] = (FAKE_TABLES + 0x8000) | P;
	map_page(&map, FAKE_TABLES + 0x8000, 2, GVA32, 1, DATA | P | W);
	EXPECT_PAGE(test, GVA32, READ_IT | WRITE_IT, DATA);
	map_page(&map, FAKE_TABLES + 0x8000, 2, GVA32 + 0x400000, 2, P | PS);
	EXPECT_PAGE(test, 0xc0600000 + 0x2000, READ_IT, 0x2000 + 0x0);
	/* Another register is not present */
	EXPECT_RESULT(test, 0x40000000, READ_IT, NOT_PRESENT);
	/* There are no addresses above 4 GiB, and bits 62:52 are reserved */
	EXPECT_RESULT(test, 0x100000000 | GVA32, READ_IT, NOT_PRESENT);
	put_entry(&map, map.at[2], P | PS | BIT_ULL(52));
	EXPECT_RESULT(test, 0xc0600000, READ_IT, INVALID_FLAGS);
	put_entry(&map, map.at[2], P | PS | NX);
	EXPECT_RESULT(test, 0xc0600000, READ_IT, OK);
	EXPECT_RESULT(test, 0xc0600000, EXECUTE_IT, PRIVILEGE);
}

/* A VP with 32-bit paging */
static struct map legacy_mode(struct kunit *test, u8 level, u64 leaf)
{
	struct fake_vm *vm = test->priv;
	struct map map = { .vm = vm, .entry = 4, .bits = 10, .next = FAKE_TABLES + PAGE_SIZE };

	vm->paging = (struct hvp_paging) {
		.cr0 = X86_CR0_PG | X86_CR0_PE | X86_CR0_WP,
		.cr3 = FAKE_TABLES,
		.cr4 = X86_CR4_PSE,
		.pat = 0x0007040600070406,
		.pa_bits = FAKE_PA_BITS,
	};
	map_page(&map, FAKE_TABLES, 2, GVA32, level, leaf);
	return map;
}

static void legacy_paging_maps_4k_and_4m(struct kunit *test)
{
	struct map map = legacy_mode(test, 1, DATA | P | W);

	EXPECT_PAGE(test, GVA32, READ_IT | WRITE_IT | EXECUTE_IT, DATA);
	map_page(&map, FAKE_TABLES, 2, 0x00400000, 2, P | PS);
	EXPECT_PAGE(test, 0x00406000, READ_IT, 0x6000);
	/* Entries are 4 bytes: the neighbours are others' */
	EXPECT_RESULT(test, GVA32 + 0x1000, READ_IT, NOT_PRESENT);
	EXPECT_RESULT(test, GVA32 - 0x1000, READ_IT, NOT_PRESENT);
}

static void pse36_entries_reach_above_4g(struct kunit *test)
{
	struct map map = legacy_mode(test, 2, P | PS | BIT_ULL(13));	/* address bit 32 */

	KUNIT_EXPECT_EQ(test, translate(map.vm, GVA32, READ_IT).gpa_page,
			0x100000ULL | (GVA32 & 0x3fffff) >> 12);
	put_entry(&map, map.at[2], P | PS | BIT_ULL(21));
	EXPECT_RESULT(test, GVA32, READ_IT, INVALID_FLAGS);
	/* With 36 address bits, bits 20:17 are reserved */
	map.vm->paging.pa_bits = 36;
	put_entry(&map, map.at[2], P | PS | BIT_ULL(16));
	EXPECT_RESULT(test, GVA32, READ_IT, UNMAPPED);
	put_entry(&map, map.at[2], P | PS | BIT_ULL(17));
	EXPECT_RESULT(test, GVA32, READ_IT, INVALID_FLAGS);
}

static void page_size_bit_means_nothing_without_pse(struct kunit *test)
{
	struct map map = legacy_mode(test, 1, DATA | P);

	map.vm->paging.cr4 = 0;
	put_entry(&map, map.at[2], get_entry(&map, map.at[2]) | PS);
	EXPECT_PAGE(test, GVA32, READ_IT, DATA);
}

static void gigabyte_pages_need_the_processors_support(struct kunit *test)
{
	struct map map = long_mode(test, 4, 3, P | PS);

	EXPECT_RESULT(test, GVA & ~0x3fffffffULL, READ_IT, OK);
	map.vm->paging.gbpages = false;
	EXPECT_RESULT(test, GVA & ~0x3fffffffULL, READ_IT, INVALID_FLAGS);
}

static void entry_that_is_not_present_ends_the_walk(struct kunit *test)
{
	struct map map = long_mode(test, 5, 1, DATA | P | W | U);
	u8 level;

	for (level = 1; level <= 5; level++) {
		u64 entry = get_entry(&map, map.at[level]);

		EXPECT_RESULT(test, GVA, READ_IT, OK);
		/* Whatever else it says */
		put_entry(&map, map.at[level], ~P);
		EXPECT_RESULT(test, GVA, READ_IT, NOT_PRESENT);
		put_entry(&map, map.at[level], entry);
	}
}

static void reserved_bits_of_entries_are_found(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W | U);
	u8 level;

	for (level = 1; level <= 4; level++) {
		u64 entry = get_entry(&map, map.at[level]);

		put_entry(&map, map.at[level], entry | BIT_ULL(FAKE_PA_BITS));
		EXPECT_RESULT(test, GVA, READ_IT, INVALID_FLAGS);
		put_entry(&map, map.at[level], entry | BIT_ULL(51));
		EXPECT_RESULT(test, GVA, READ_IT, INVALID_FLAGS);
		/* Ignored bits */
		put_entry(&map, map.at[level], entry | GENMASK_ULL(58, 52) | GENMASK_ULL(11, 9));
		EXPECT_RESULT(test, GVA, READ_IT, OK);
		/* NX is reserved while EFER.NXE is clear */
		put_entry(&map, map.at[level], entry | NX);
		EXPECT_RESULT(test, GVA, READ_IT, OK);
		map.vm->paging.efer &= ~NXE;
		EXPECT_RESULT(test, GVA, READ_IT, INVALID_FLAGS);
		map.vm->paging.efer |= NXE;
		put_entry(&map, map.at[level], entry);
	}
	put_entry(&map, map.at[4], get_entry(&map, map.at[4]) | PS);
	EXPECT_RESULT(test, GVA, READ_IT, INVALID_FLAGS);
}

static void large_pages_must_be_aligned(struct kunit *test)
{
	struct map map = long_mode(test, 4, 2, P | PS);
	u8 bit;

	for (bit = 13; bit <= 20; bit++) {
		put_entry(&map, map.at[2], P | PS | BIT_ULL(bit));
		EXPECT_RESULT(test, GVA & ~0x1fffffULL, READ_IT, INVALID_FLAGS);
	}
	put_entry(&map, map.at[2], P | PS | BIT_ULL(12));	/* PAT */
	EXPECT_RESULT(test, GVA & ~0x1fffffULL, READ_IT, OK);
	map_page(&map, FAKE_TABLES, 4, 0, 3, P | PS | BIT_ULL(21));
	EXPECT_RESULT(test, 0, READ_IT, INVALID_FLAGS);
}

static void user_needs_user_pages(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W);
	u8 level;

	EXPECT_RESULT(test, GVA, READ_IT, OK);
	EXPECT_RESULT(test, GVA, READ_IT | USER, PRIVILEGE);
	map.vm->paging.cpl = 3;
	EXPECT_RESULT(test, GVA, READ_IT, PRIVILEGE);
	EXPECT_RESULT(test, GVA, READ_IT | SUPERVISOR, OK);
	EXPECT_RESULT(test, GVA, READ_IT | EXEMPT, OK);
	/* CPL 1 and 2 are supervisor modes */
	map.vm->paging.cpl = 2;
	EXPECT_RESULT(test, GVA, READ_IT, OK);
	map.vm->paging.cpl = 3;
	put_entry(&map, map.at[1], DATA | P | W | U);
	EXPECT_RESULT(test, GVA, READ_IT, OK);
	/* Every level has to permit it */
	for (level = 2; level <= 4; level++) {
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) & ~U);
		EXPECT_RESULT(test, GVA, READ_IT, PRIVILEGE);
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) | U);
	}
	EXPECT_RESULT(test, GVA, READ_IT, OK);
}

static void writes_need_writable_pages(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | U);
	u8 level;

	EXPECT_RESULT(test, GVA, READ_IT | EXECUTE_IT, OK);
	EXPECT_RESULT(test, GVA, WRITE_IT, PRIVILEGE);
	EXPECT_RESULT(test, GVA, READ_IT | WRITE_IT, PRIVILEGE);
	/* CR0.WP clear: supervisor may, user may not */
	map.vm->paging.cr0 &= ~X86_CR0_WP;
	EXPECT_RESULT(test, GVA, WRITE_IT, OK);
	EXPECT_RESULT(test, GVA, WRITE_IT | USER, PRIVILEGE);
	map.vm->paging.cr0 |= X86_CR0_WP;
	put_entry(&map, map.at[1], DATA | P | U | W);
	for (level = 2; level <= 4; level++) {
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) & ~W);
		EXPECT_RESULT(test, GVA, WRITE_IT, PRIVILEGE);
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) | W);
	}
	EXPECT_RESULT(test, GVA, WRITE_IT, OK);
}

static void execution_needs_pages_without_nx(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | U | W);
	u8 level;

	for (level = 1; level <= 4; level++) {
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) | NX);
		EXPECT_RESULT(test, GVA, EXECUTE_IT, PRIVILEGE);
		EXPECT_RESULT(test, GVA, EXECUTE_IT | USER, PRIVILEGE);
		EXPECT_RESULT(test, GVA, READ_IT | WRITE_IT, OK);
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) & ~NX);
		EXPECT_RESULT(test, GVA, EXECUTE_IT, OK);
	}
}

static void smep_keeps_the_supervisor_from_user_code(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | U | W);

	EXPECT_RESULT(test, GVA, EXECUTE_IT, OK);
	map.vm->paging.cr4 |= X86_CR4_SMEP;
	EXPECT_RESULT(test, GVA, EXECUTE_IT, PRIVILEGE);
	EXPECT_RESULT(test, GVA, EXECUTE_IT | USER, OK);
	EXPECT_RESULT(test, GVA, READ_IT | WRITE_IT, OK);
	put_entry(&map, map.at[1], DATA | P | W);
	EXPECT_RESULT(test, GVA, EXECUTE_IT, OK);
}

static void smap_keeps_the_supervisor_from_user_data(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | U | W);

	map.vm->paging.cr4 |= X86_CR4_SMAP;
	EXPECT_RESULT(test, GVA, READ_IT, PRIVILEGE);
	EXPECT_RESULT(test, GVA, WRITE_IT, PRIVILEGE);
	EXPECT_RESULT(test, GVA, EXECUTE_IT, OK);
	EXPECT_RESULT(test, GVA, READ_IT | USER, OK);
	EXPECT_RESULT(test, GVA, READ_IT | OVERRIDE_SMAP, OK);
	/* EFLAGS.AC suspends it, and can be overruled */
	map.vm->paging.rflags = X86_EFLAGS_AC;
	EXPECT_RESULT(test, GVA, READ_IT, OK);
	EXPECT_RESULT(test, GVA, READ_IT | ENFORCE_SMAP, PRIVILEGE);
	map.vm->paging.rflags = 0;
	put_entry(&map, map.at[1], DATA | P | W);
	EXPECT_RESULT(test, GVA, READ_IT | ENFORCE_SMAP, OK);
	/* Without CR4.SMAP there is nothing to enforce */
	put_entry(&map, map.at[1], DATA | P | U | W);
	map.vm->paging.cr4 &= ~X86_CR4_SMAP;
	EXPECT_RESULT(test, GVA, READ_IT | ENFORCE_SMAP, OK);
}

static void addresses_must_be_canonical(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);

	EXPECT_RESULT(test, 0x0000800000000000, READ_IT, NOT_PRESENT);
	EXPECT_RESULT(test, 0xffff7fffffffe000, READ_IT, NOT_PRESENT);
	/* The same table entries are reached by an address with other upper bits */
	EXPECT_RESULT(test, GVA | BIT_ULL(48), READ_IT, NOT_PRESENT);
	EXPECT_RESULT(test, GVA | BIT_ULL(63), READ_IT, NOT_PRESENT);
	EXPECT_RESULT(test, GVA, READ_IT, OK);
	KUNIT_EXPECT_EQ(test, map.vm->writes, 5);	/* the outputs */
}

static void unbacked_table_is_an_unmapped_gpa(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);
	struct answer answer;
	u8 level;

	for (level = 2; level <= 4; level++) {
		u64 entry = get_entry(&map, map.at[level]);

		put_entry(&map, map.at[level], FAKE_HOLE | P | W | U);
		answer = translate(map.vm, GVA, READ_IT);
		KUNIT_EXPECT_EQ(test, answer.result, UNMAPPED);
		KUNIT_EXPECT_EQ(test, answer.gpa_page, FAKE_HOLE >> 12);
		put_entry(&map, map.at[level], entry);
	}
	map.vm->paging.cr3 = FAKE_HOLE + 0x1000;
	answer = translate(map.vm, GVA, READ_IT);
	KUNIT_EXPECT_EQ(test, answer.result, UNMAPPED);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, (FAKE_HOLE + 0x1000) >> 12);
}

static void page_must_be_accessible_memory(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, FAKE_HOLE | P | W);
	struct answer answer;

	answer = translate(map.vm, GVA, READ_IT);
	KUNIT_EXPECT_EQ(test, answer.result, UNMAPPED);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, FAKE_HOLE >> 12);

	put_entry(&map, map.at[1], FAKE_ROM | P | W);
	EXPECT_PAGE(test, GVA, READ_IT | EXECUTE_IT, FAKE_ROM);
	answer = translate(map.vm, GVA, WRITE_IT);
	KUNIT_EXPECT_EQ(test, answer.result, NO_WRITE);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, FAKE_ROM >> 12);

	map.vm->access[FAKE_ROM >> 12] = HVP_GPA_WRITE;
	answer = translate(map.vm, GVA, READ_IT);
	KUNIT_EXPECT_EQ(test, answer.result, NO_READ);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, FAKE_ROM >> 12);
}

/* The page's rights come before its memory: a fault hides what is behind it */
static void fault_comes_before_missing_memory(struct kunit *test)
{
	long_mode(test, 4, 1, FAKE_HOLE | P);
	EXPECT_RESULT(test, GVA, WRITE_IT, PRIVILEGE);
}

static void accessed_and_dirty_bits_are_left_alone(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W);
	u8 level;

	EXPECT_RESULT(test, GVA, READ_IT | WRITE_IT | EXECUTE_IT, OK);
	for (level = 1; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[level]) & (A | D), 0ULL);
}

static void accessed_and_dirty_bits_are_set_on_demand(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W);
	u8 level;

	EXPECT_RESULT(test, GVA, READ_IT | SET_BITS, OK);
	for (level = 1; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[level]) & (A | D), A);
	EXPECT_RESULT(test, GVA, WRITE_IT | SET_BITS, OK);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1]), DATA | P | W | A | D);
	for (level = 2; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[level]) & (A | D), A);
}

/* All set already: nothing is written, so that read-only tables do */
static void bits_that_are_set_are_not_written(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P | W | A | D);
	u32 writes;
	u8 level;

	for (level = 2; level <= 4; level++)
		put_entry(&map, map.at[level], get_entry(&map, map.at[level]) | A);
	writes = map.vm->writes;
	EXPECT_RESULT(test, GVA, WRITE_IT | SET_BITS, OK);
	KUNIT_EXPECT_EQ(test, map.vm->writes, writes + 1);	/* the output */
}

static void bits_of_legacy_entries_are_set(struct kunit *test)
{
	struct map map = legacy_mode(test, 1, DATA | P | W);

	put_entry(&map, map.at[1] + 4, 0xdeadbeef);
	EXPECT_RESULT(test, GVA32, WRITE_IT | SET_BITS, OK);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1]), DATA | P | W | A | D);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1] + 4), 0xdeadbeefULL);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[2]) & (A | D), A);
}

/* "Not rolled back on a failed walk" */
static void bits_stay_set_when_the_walk_fails(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, 0);
	u8 level;

	EXPECT_RESULT(test, GVA, READ_IT | SET_BITS, NOT_PRESENT);
	for (level = 2; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[level]) & A, A);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1]), 0ULL);
	/* A violation leaves the page's own entry alone, as the processor does */
	put_entry(&map, map.at[1], DATA | P);
	EXPECT_RESULT(test, GVA, WRITE_IT | SET_BITS, PRIVILEGE);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1]), DATA | P);
}

static void bits_in_read_only_memory_cannot_be_set(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);
	struct answer answer;
	u64 page = map.at[1] >> 12;

	map.vm->access[page] = HVP_GPA_READ;
	answer = translate(map.vm, GVA, READ_IT | SET_BITS);
	KUNIT_EXPECT_EQ(test, answer.result, NO_WRITE);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, page);
	EXPECT_RESULT(test, GVA, READ_IT, OK);
}

static void changed_entry_starts_the_walk_over(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);

	map.vm->cmpxchg_races = 5;
	EXPECT_PAGE(test, GVA, READ_IT | SET_BITS, DATA);
	KUNIT_EXPECT_EQ(test, map.vm->cmpxchg_races, 0);
	KUNIT_EXPECT_EQ(test, get_entry(&map, map.at[1]), DATA | P | A);
}

static void guest_that_keeps_changing_entries_does_not_hang_us(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);

	map.vm->cmpxchg_races = U32_MAX;
	EXPECT_RESULT(test, GVA, READ_IT | SET_BITS, NOT_PRESENT);
	KUNIT_EXPECT_GT(test, map.vm->cmpxchg_races, U32_MAX - 1000);
}

/* Entry i of the PAT by PWT, PCD and PAT bits; 7 in the PAT is UC- */
static void cache_type_comes_from_the_pat(struct kunit *test)
{
	static const u8 types[8] = { 6, 1, 7, 0, 4, 5, 6, 1 };
	static const u8 expected[8] = { 6, 1, 0, 0, 4, 5, 6, 1 };
	struct map map = long_mode(test, 4, 1, 0);
	u32 i;

	memcpy(&map.vm->paging.pat, types, 8);
	for (i = 0; i < 8; i++) {
		u64 bits = (i & 1 ? PWT : 0) | (i & 2 ? PCD : 0);

		map_page(&map, FAKE_TABLES, 4, GVA, 1, DATA | P | bits | (i & 4 ? BIT(7) : 0));
		KUNIT_EXPECT_EQ(test, translate(map.vm, GVA, READ_IT).cache_type, expected[i]);
		map_page(&map, FAKE_TABLES, 4, 0x40000000, 2,
			 P | PS | bits | (i & 4 ? BIT(12) : 0));
		KUNIT_EXPECT_EQ(test, translate(map.vm, 0x40001000, READ_IT).cache_type,
				expected[i]);
	}
}

/* "No validate flag set; reserved flags" */
static void flags_are_checked(struct kunit *test)
{
	u64 in[] = { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, 0, GVA >> 12 };
	struct fake_vm *vm = test->priv;
	struct answer out;
	u32 bit;

	long_mode(test, 4, 1, DATA | P | W | U);
	EXPECT_STATUS(test, fake_call(vm, TRANSLATE, in, sizeof(in), &out, 0), INVALID_PARAMETER);
	in[2] = SUPERVISOR | SET_BITS;
	EXPECT_STATUS(test, fake_call(vm, TRANSLATE, in, sizeof(in), &out, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, TRANSLATE_EX, in, sizeof(in), &out, 0),
		      INVALID_PARAMETER);
	/* From the shadow stack flag on; that one is a feature that is not offered */
	for (bit = 10; bit < 56; bit++) {
		in[2] = READ_IT | BIT_ULL(bit);
		EXPECT_STATUS(test, fake_call(vm, TRANSLATE, in, sizeof(in), &out, 0),
			      INVALID_PARAMETER);
	}
	in[2] = READ_IT;
	in[3] = BIT_ULL(52);	/* no such page number */
	EXPECT_STATUS(test, fake_call(vm, TRANSLATE, in, sizeof(in), &out, 0), INVALID_PARAMETER);
}

static void header_is_checked(struct kunit *test)
{
	static const struct {
		u32 index;
		u8 vtl;
		u16 status;
	} cases[] = {
		{ HV_VP_INDEX_SELF, 0, HV_STATUS_SUCCESS },
		{ 0, 0x10, HV_STATUS_SUCCESS },
		{ 0, 0x11, HV_STATUS_ACCESS_DENIED },
		{ 0, 0x20, HV_STATUS_INVALID_PARAMETER },
		{ 1, 0, HV_STATUS_ACCESS_DENIED },	/* runs in a thread of its own */
		{ FAKE_VPS, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_ANY, 0, HV_STATUS_INVALID_VP_INDEX },
	};
	struct fake_vm *vm = test->priv;
	struct answer out;
	u32 i;

	long_mode(test, 4, 1, DATA | P);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const u64 in[] = { HV_PARTITION_ID_SELF, cases[i].index,
				   READ_IT | (u64)cases[i].vtl << 56, GVA >> 12 };

		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, TRANSLATE, in, sizeof(in), &out, 0)),
				cases[i].status);
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, TRANSLATE_EX, in, sizeof(in), &out,
							  0)), cases[i].status);
	}
}

/* Linux and OpenVMM use the register form: 32 bytes in, 16 out */
static void translation_works_from_registers(struct kunit *test)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, READ_IT, GVA >> 12 };
	struct fake_vm *vm = test->priv;
	struct answer out;

	long_mode(test, 4, 1, DATA | P);
	EXPECT_STATUS(test, fake_call_fast(vm, TRANSLATE, in, sizeof(in), &out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, OK);
	KUNIT_EXPECT_EQ(test, out.gpa_page, DATA >> 12);
}

/* 0x00ac: result, cache type, reserved, event at 16, GPA page at 48 */
struct answer_ex {
	u32 result;
	u8 cache_type;
	u8 overlay[3];
	u64 rsvd;
	u8 event[32];
	u64 gpa_page;
	u64 rsvd2;
	u64 beyond;
};

static struct answer_ex translate_ex(struct fake_vm *vm, u64 gva, u64 flags)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, flags, gva >> 12 };
	struct answer_ex out;

	EXPECT_STATUS(vm->test, fake_call(vm, TRANSLATE_EX, in, sizeof(in), &out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(vm->test, out.rsvd | out.rsvd2, 0ULL);
	KUNIT_EXPECT_EQ(vm->test, out.beyond, 0xa5a5a5a5a5a5a5a5ULL);
	return out;
}

static u64 qword(const u8 *at)
{
	u64 value;

	memcpy(&value, at, 8);
	return value;
}

static void success_has_no_event(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);
	struct answer_ex answer = translate_ex(map.vm, GVA, READ_IT);
	static const u8 none[32];

	KUNIT_EXPECT_EQ(test, answer.result, OK);
	KUNIT_EXPECT_EQ(test, answer.cache_type, 6);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, DATA >> 12);
	KUNIT_EXPECT_EQ(test, memcmp(answer.event, none, sizeof(none)), 0);
}

/* Error code: 0 protection, 1 write, 2 user, 3 reserved bit, 4 fetch */
static void page_faults_are_described(struct kunit *test)
{
	static const struct {
		u64 leaf, flags;
		u32 result, error;
	} cases[] = {
		{ 0, READ_IT, NOT_PRESENT, 0x0 },
		{ 0, WRITE_IT, NOT_PRESENT, 0x2 },
		{ 0, READ_IT | USER, NOT_PRESENT, 0x4 },
		{ 0, EXECUTE_IT, NOT_PRESENT, 0x10 },
		{ 0, READ_IT | WRITE_IT | USER, NOT_PRESENT, 0x6 },
		{ DATA | P, WRITE_IT, PRIVILEGE, 0x3 },
		{ DATA | P, WRITE_IT | USER, PRIVILEGE, 0x7 },
		{ DATA | P, READ_IT | USER, PRIVILEGE, 0x5 },
		{ DATA | P | NX, EXECUTE_IT, PRIVILEGE, 0x11 },
		{ DATA | P | BIT_ULL(51), READ_IT, INVALID_FLAGS, 0x9 },
		{ DATA | P | BIT_ULL(51), WRITE_IT | USER, INVALID_FLAGS, 0xf },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map map = long_mode(test, 4, 1, cases[i].leaf);
		struct answer_ex answer = translate_ex(map.vm, GVA, cases[i].flags);

		KUNIT_EXPECT_EQ_MSG(test, answer.result, cases[i].result, "case %u", i);
		KUNIT_EXPECT_EQ(test, answer.event[0], 0x1);	/* pending, exception */
		KUNIT_EXPECT_EQ(test, answer.event[1], 0x1);	/* with an error code */
		KUNIT_EXPECT_EQ(test, answer.event[2] | answer.event[3] << 8, 14);
		KUNIT_EXPECT_EQ_MSG(test, (u32)(qword(answer.event) >> 32), cases[i].error,
				    "case %u", i);
		KUNIT_EXPECT_EQ(test, qword(answer.event + 8), GVA);	/* CR2 */
		memset(map.vm->ram + FAKE_TABLES, 0, 8 * PAGE_SIZE);
	}
}

/* Without NX and SMEP the processor does not tell fetches apart */
static void fetch_bit_needs_nx_or_smep(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, 0);

	map.vm->paging.efer &= ~NXE;
	KUNIT_EXPECT_EQ(test, qword(translate_ex(map.vm, GVA, EXECUTE_IT).event) >> 32, 0ULL);
	map.vm->paging.cr4 |= X86_CR4_SMEP;
	KUNIT_EXPECT_EQ(test, qword(translate_ex(map.vm, GVA, EXECUTE_IT).event) >> 32, 0x10ULL);
}

/* #GP(0), which has no address */
static void non_canonical_address_is_a_general_protection_fault(struct kunit *test)
{
	struct map map = long_mode(test, 4, 1, DATA | P);
	struct answer_ex answer = translate_ex(map.vm, BIT_ULL(48), READ_IT);

	KUNIT_EXPECT_EQ(test, answer.result, NOT_PRESENT);
	KUNIT_EXPECT_EQ(test, answer.event[0], 0x1);
	KUNIT_EXPECT_EQ(test, answer.event[2] | answer.event[3] << 8, 13);
	KUNIT_EXPECT_EQ(test, qword(answer.event) >> 32, 0ULL);
	KUNIT_EXPECT_EQ(test, qword(answer.event + 8), 0ULL);
}

/*
 * Memory intercepts: type 1; access 0 read, 1 write, 2 execute; flags 0 GLA valid,
 * 1 caused by the access to a table; GLA at 8, GPA at 16
 */
static void memory_intercepts_are_described(struct kunit *test)
{
	static const struct {
		u64 leaf, flags;
		u32 result;
		u8 access, event_flags;
		u64 gpa;
	} cases[] = {
		{ FAKE_HOLE | P | W, READ_IT, UNMAPPED, 0, 0x1, FAKE_HOLE },
		{ FAKE_HOLE | P | W, WRITE_IT, UNMAPPED, 1, 0x1, FAKE_HOLE },
		{ FAKE_HOLE | P | W, EXECUTE_IT, UNMAPPED, 2, 0x1, FAKE_HOLE },
		{ FAKE_ROM | P | W, WRITE_IT, NO_WRITE, 1, 0x1, FAKE_ROM },
	};
	struct answer_ex answer;
	struct map map;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		map = long_mode(test, 4, 1, cases[i].leaf);
		answer = translate_ex(map.vm, GVA, cases[i].flags);
		KUNIT_EXPECT_EQ_MSG(test, answer.result, cases[i].result, "case %u", i);
		KUNIT_EXPECT_EQ(test, answer.event[0], 0x3);	/* pending, memory intercept */
		KUNIT_EXPECT_EQ(test, answer.event[1], 0);	/* VTL0 */
		KUNIT_EXPECT_EQ_MSG(test, answer.event[2], cases[i].access, "case %u", i);
		KUNIT_EXPECT_EQ(test, answer.event[3], cases[i].event_flags);
		KUNIT_EXPECT_EQ(test, qword(answer.event + 8), GVA);
		KUNIT_EXPECT_EQ(test, qword(answer.event + 16), cases[i].gpa);
		KUNIT_EXPECT_EQ(test, answer.gpa_page, cases[i].gpa >> 12);
	}

	/* A table: read by a walk, written when a bit is set */
	put_entry(&map, map.at[2], FAKE_HOLE | P | W);
	answer = translate_ex(map.vm, GVA, WRITE_IT);
	KUNIT_EXPECT_EQ(test, answer.result, UNMAPPED);
	KUNIT_EXPECT_EQ(test, answer.event[2], 0);
	KUNIT_EXPECT_EQ(test, answer.event[3], 0x3);
	KUNIT_EXPECT_EQ(test, qword(answer.event + 16) >> 12, FAKE_HOLE >> 12);
	put_entry(&map, map.at[2], FAKE_ROM | P | W);
	put_entry(&map, FAKE_ROM + (map.at[1] & 0xfff), DATA | P);
	answer = translate_ex(map.vm, GVA, READ_IT | SET_BITS);
	KUNIT_EXPECT_EQ(test, answer.result, NO_WRITE);
	KUNIT_EXPECT_EQ(test, answer.event[2], 1);
	KUNIT_EXPECT_EQ(test, answer.event[3], 0x3);
	KUNIT_EXPECT_EQ(test, answer.gpa_page, FAKE_ROM >> 12);
}

static struct kunit_case walk_cases[] = {
	HVP_CASE(paging_off_is_identity, 0x0052),
	HVP_CASE(four_levels_map_4k_2m_and_1g, 0x0052),
	HVP_CASE(upper_half_addresses_are_translated, 0x0052),
	HVP_CASE(five_levels_are_walked, 0x0052),
	HVP_CASE(pae_starts_at_the_pdpte_registers, 0x0052),
	HVP_CASE(legacy_paging_maps_4k_and_4m, 0x0052),
	HVP_CASE(pse36_entries_reach_above_4g, 0x0052),
	HVP_CASE(page_size_bit_means_nothing_without_pse, 0x0052),
	HVP_CASE(gigabyte_pages_need_the_processors_support, 0x0052),
	HVP_CASE(entry_that_is_not_present_ends_the_walk, 0x0052),
	HVP_CASE(reserved_bits_of_entries_are_found, 0x0052),
	HVP_CASE(large_pages_must_be_aligned, 0x0052),
	HVP_CASE(user_needs_user_pages, 0x0052),
	HVP_CASE(writes_need_writable_pages, 0x0052),
	HVP_CASE(execution_needs_pages_without_nx, 0x0052),
	HVP_CASE(smep_keeps_the_supervisor_from_user_code, 0x0052),
	HVP_CASE(smap_keeps_the_supervisor_from_user_data, 0x0052),
	HVP_CASE(addresses_must_be_canonical, 0x0052),
	HVP_CASE(unbacked_table_is_an_unmapped_gpa, 0x0052),
	HVP_CASE(page_must_be_accessible_memory, 0x0052),
	HVP_CASE(fault_comes_before_missing_memory, 0x0052),
	HVP_CASE(accessed_and_dirty_bits_are_left_alone, 0x0052),
	HVP_CASE(accessed_and_dirty_bits_are_set_on_demand, 0x0052),
	HVP_CASE(bits_that_are_set_are_not_written, 0x0052),
	HVP_CASE(bits_of_legacy_entries_are_set, 0x0052),
	HVP_CASE(bits_stay_set_when_the_walk_fails, 0x0052),
	HVP_CASE(bits_in_read_only_memory_cannot_be_set, 0x0052),
	HVP_CASE(changed_entry_starts_the_walk_over, 0x0052),
	HVP_CASE(guest_that_keeps_changing_entries_does_not_hang_us, 0x0052),
	HVP_CASE(cache_type_comes_from_the_pat, 0x0052),
	HVP_CASE(flags_are_checked, 0x0052, 0x00ac),
	HVP_CASE(header_is_checked, 0x0052, 0x00ac),
	HVP_CASE(translation_works_from_registers, 0x0052),
	HVP_CASE(success_has_no_event, 0x00ac),
	HVP_CASE(page_faults_are_described, 0x00ac),
	HVP_CASE(fetch_bit_needs_nx_or_smep, 0x00ac),
	HVP_CASE(non_canonical_address_is_a_general_protection_fault, 0x00ac),
	HVP_CASE(memory_intercepts_are_described, 0x00ac),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "hvpersona_walk",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = walk_cases,
};

kunit_test_suites(&walk_suite);
