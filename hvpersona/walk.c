// SPDX-License-Identifier: GPL-2.0
/*
 * A page walk as the processor makes it: 32-bit, PAE, 4-level and 5-level paging, with
 * the access checks of the translation calls. Architecture: Intel SDM volume 3, "Paging";
 * AMD APM volume 2, "Page Translation and Protection".
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <asm/processor-flags.h>

#include "reg_checks.h"
#include "walk.h"

#define PTE_PRESENT	BIT_ULL(0)
#define PTE_WRITE	BIT_ULL(1)
#define PTE_USER	BIT_ULL(2)
#define PTE_PWT		BIT_ULL(3)
#define PTE_PCD		BIT_ULL(4)
#define PTE_ACCESSED	BIT_ULL(5)
#define PTE_DIRTY	BIT_ULL(6)
#define PTE_LARGE	BIT_ULL(7)	/* in a PTE: PAT */
#define PTE_PAT_LARGE	BIT_ULL(12)
#define PTE_NX		BIT_ULL(63)

#define PF_PROTECTION	BIT(0)
#define PF_WRITE	BIT(1)
#define PF_USER		BIT(2)
#define PF_RESERVED	BIT(3)
#define PF_FETCH	BIT(4)

/* Times that a walk starts over because the guest changed an entry under it */
#define HVP_WALK_RETRIES	16

/* The shape of the paging structures of a mode */
struct walk_mode {
	u8 levels;	/* levels that the walk reads */
	u8 entry;	/* bytes per entry */
	u8 index_bits;
	bool pae;	/* 64-bit entries, with NX */
	bool long_mode;
};

static struct walk_mode mode_of(const struct hvp_paging *p)
{
	if (p->efer & HVP_EFER_LMA)
		return (struct walk_mode) {
			.levels = p->cr4 & X86_CR4_LA57 ? 5 : 4,
			.entry = 8, .index_bits = 9, .pae = true, .long_mode = true,
		};
	if (p->cr4 & X86_CR4_PAE)
		return (struct walk_mode) { .levels = 2, .entry = 8, .index_bits = 9, .pae = true };
	return (struct walk_mode) { .levels = 2, .entry = 4, .index_bits = 10 };
}

static void fail(struct hvp_walk *walk, enum hv_translate_result result, u32 error_code)
{
	walk->result = result;
	walk->error_code |= error_code;
}

static bool is_user(const struct hvp_walk *walk)
{
	if (walk->flags & HV_TRANSLATE_USER)
		return true;
	if (walk->flags & (HV_TRANSLATE_SUPERVISOR | HV_TRANSLATE_PRIVILEGE_EXEMPT))
		return false;
	return walk->paging.cpl == 3;
}

/* Do rights @rights (W, U, NX as in an entry) permit every access that is asked for? */
static bool permitted(const struct hvp_walk *walk, u64 rights)
{
	const struct hvp_paging *p = &walk->paging;
	bool exempt = walk->flags & HV_TRANSLATE_PRIVILEGE_EXEMPT;
	bool user = is_user(walk), user_page = rights & PTE_USER, smap;

	if (user && !user_page)
		return false;
	if (walk->flags & HV_TRANSLATE_VALIDATE_EXECUTE) {
		if (rights & PTE_NX)
			return false;
		if (!user && !exempt && user_page && (p->cr4 & X86_CR4_SMEP))
			return false;
	}
	if ((walk->flags & HV_TRANSLATE_VALIDATE_WRITE) && !(rights & PTE_WRITE) &&
	    (user || (p->cr0 & X86_CR0_WP)))
		return false;

	smap = (p->cr4 & X86_CR4_SMAP) && !(walk->flags & HV_TRANSLATE_OVERRIDE_SMAP) &&
	       ((walk->flags & HV_TRANSLATE_ENFORCE_SMAP) || !(p->rflags & X86_EFLAGS_AC));
	return user || exempt || !user_page || !smap ||
	       !(walk->flags & (HV_TRANSLATE_VALIDATE_READ | HV_TRANSLATE_VALIDATE_WRITE));
}

static u64 reserved_bits(const struct hvp_paging *p, const struct walk_mode *mode, u8 level,
			 bool large)
{
	u64 reserved = 0;

	if (!mode->pae) {
		/* PSE-36: bits 20:13 of a 4 MiB entry are address bits 39:32 */
		if (large)
			reserved = BIT_ULL(21) |
				   (p->pa_bits < 40 ? GENMASK_ULL(20, p->pa_bits - 32 + 13) : 0);
		return reserved;
	}
	if (p->pa_bits < 52)
		reserved |= GENMASK_ULL(51, p->pa_bits);
	if (!mode->long_mode)
		reserved |= GENMASK_ULL(62, 52);
	if (!(p->efer & HVP_EFER_NXE))
		reserved |= PTE_NX;
	if (large)
		reserved |= GENMASK_ULL(12 + 9 * (level - 1) - 1, 13);
	else if (level > 3 || (level == 3 && !p->gbpages))
		reserved |= PTE_LARGE;
	return reserved;
}

static u8 cache_type(const struct hvp_paging *p, u64 entry, bool large)
{
	u64 pat = large ? PTE_PAT_LARGE : PTE_LARGE;
	u8 index = (entry & PTE_PWT ? 1 : 0) + (entry & PTE_PCD ? 2 : 0) + (entry & pat ? 4 : 0);
	u8 type = p->pat >> (8 * index) & 7;

	return type == 7 ? HV_CACHE_TYPE_UNCACHED : type;	/* UC- */
}

static u64 entry_address(const struct walk_mode *mode, u64 entry)
{
	return mode->pae ? entry & GENMASK_ULL(51, 12) : entry & GENMASK_ULL(31, 12);
}

/* Physical address of the page that leaf @entry maps at @level */
static u64 leaf_address(const struct walk_mode *mode, u64 entry, u8 level, u64 gva)
{
	u8 shift = 12 + mode->index_bits * (level - 1);
	u64 base = entry_address(mode, entry);

	if (!mode->pae && level > 1)
		base |= (entry & GENMASK_ULL(20, 13)) << (32 - 13);
	base &= ~(BIT_ULL(shift) - 1);
	return base | (gva & (BIT_ULL(shift) - 1) & PAGE_MASK);
}

/*
 * Walk once. Returns -EAGAIN if an entry changed while its accessed or dirty bit was
 * being set; otherwise 0 with the outcome in @walk.
 */
static int walk_once(struct hvp_vp *vp, struct hvp_walk *walk)
{
	const struct hvp_paging *p = &walk->paging;
	struct walk_mode mode = mode_of(p);
	u64 rights = PTE_WRITE | PTE_USER;
	u64 table, entry, at, set, large_bit;
	u8 level = mode.levels;
	bool large;
	int err;

	if (mode.long_mode) {
		table = p->cr3 & GENMASK_ULL(51, 12);
	} else if (mode.pae) {
		table = p->pdptrs[walk->gva >> 30 & 3];
		if (!(table & PTE_PRESENT)) {
			fail(walk, HV_TRANSLATE_PAGE_NOT_PRESENT, 0);
			return 0;
		}
		table &= GENMASK_ULL(51, 12);
	} else {
		table = p->cr3 & GENMASK_ULL(31, 12);
	}

	for (;; level--) {
		u64 index = walk->gva >> (12 + mode.index_bits * (level - 1)) &
			    (BIT_ULL(mode.index_bits) - 1);

		at = table + index * mode.entry;
		entry = 0;
		if (vp->ops->read_gpa(vp, at, &entry, mode.entry)) {
			walk->table = true;
			walk->gpa = at;
			fail(walk, vp->ops->gpa_access(vp, at) ? HV_TRANSLATE_GPA_NO_READ_ACCESS :
								 HV_TRANSLATE_GPA_UNMAPPED, 0);
			return 0;
		}
		if (!(entry & PTE_PRESENT)) {
			fail(walk, HV_TRANSLATE_PAGE_NOT_PRESENT, 0);
			return 0;
		}
		large_bit = level > 1 && level <= 3 && (mode.pae || (p->cr4 & X86_CR4_PSE)) ?
			    PTE_LARGE : 0;
		if (level == 3 && !p->gbpages)
			large_bit = 0;
		large = entry & large_bit;
		if (entry & reserved_bits(p, &mode, level, large)) {
			fail(walk, HV_TRANSLATE_INVALID_PAGE_TABLE_FLAGS,
			     PF_PROTECTION | PF_RESERVED);
			return 0;
		}
		rights &= entry | ~(PTE_WRITE | PTE_USER);
		if (mode.pae)
			rights |= entry & PTE_NX;
		if (level == 1 || large)
			break;

		if ((walk->flags & HV_TRANSLATE_SET_BITS) && !(entry & PTE_ACCESSED)) {
			err = vp->ops->cmpxchg_gpa(vp, at, entry, entry | PTE_ACCESSED, mode.entry);
			if (err)
				goto no_write;
		}
		table = entry_address(&mode, entry);
	}

	if (!permitted(walk, rights)) {
		fail(walk, HV_TRANSLATE_PRIVILEGE_VIOLATION, PF_PROTECTION);
		return 0;
	}
	set = PTE_ACCESSED;
	if (walk->flags & HV_TRANSLATE_VALIDATE_WRITE)
		set |= PTE_DIRTY;
	if ((walk->flags & HV_TRANSLATE_SET_BITS) && (entry & set) != set) {
		err = vp->ops->cmpxchg_gpa(vp, at, entry, entry | set, mode.entry);
		if (err)
			goto no_write;
	}
	walk->gpa = leaf_address(&mode, entry, level, walk->gva);
	walk->cache_type = cache_type(p, entry, large);
	return 0;

no_write:
	if (err == -EAGAIN)
		return err;
	walk->table = true;
	walk->gpa = at;
	fail(walk, HV_TRANSLATE_GPA_NO_WRITE_ACCESS, 0);
	return 0;
}

static bool is_canonical(const struct hvp_paging *p, u64 gva)
{
	u8 bits = p->cr4 & X86_CR4_LA57 ? 57 : 48;

	if (!(p->efer & HVP_EFER_LMA))
		return !(gva >> 32);
	return (u64)((s64)(gva << (64 - bits)) >> (64 - bits)) == gva;
}

/**
 * hvp_walk - Translate a guest virtual address with the processor's checks
 * @vp: VP whose memory is read: the caller, or one of a child that is being acted on
 * @walk: Input and outcome, see there
 *
 * With HV_TRANSLATE_SET_BITS accessed and dirty bits are set as the walk goes and stay
 * set when it fails further on (TLFS 2.0, "HvTranslateVirtualAddress").
 */
void hvp_walk(struct hvp_vp *vp, struct hvp_walk *walk)
{
	const struct hvp_paging *p = &walk->paging;
	int tries = HVP_WALK_RETRIES;
	u32 access;

	walk->result = HV_TRANSLATE_SUCCESS;
	walk->canonical = true;
	walk->error_code = 0;
	if (!(p->cr0 & X86_CR0_PG)) {
		walk->gpa = walk->gva;
		walk->cache_type = HV_CACHE_TYPE_WRITE_BACK;
		return;
	}

	if (walk->flags & HV_TRANSLATE_VALIDATE_WRITE)
		walk->error_code |= PF_WRITE;
	else if ((walk->flags & HV_TRANSLATE_VALIDATE_EXECUTE) &&
		 ((p->cr4 & X86_CR4_SMEP) ||
		  ((p->cr4 & X86_CR4_PAE) && (p->efer & HVP_EFER_NXE))))
		walk->error_code |= PF_FETCH;
	if (is_user(walk))
		walk->error_code |= PF_USER;

	if (!is_canonical(p, walk->gva)) {
		walk->canonical = false;
		fail(walk, HV_TRANSLATE_PAGE_NOT_PRESENT, 0);
		return;
	}
	while (walk_once(vp, walk) == -EAGAIN) {
		if (!--tries) {
			/* A guest that fights its own walk: as if the entry were gone */
			fail(walk, HV_TRANSLATE_PAGE_NOT_PRESENT, 0);
			return;
		}
	}
	if (walk->result)
		return;

	access = vp->ops->gpa_access(vp, walk->gpa);
	if (!access)
		fail(walk, HV_TRANSLATE_GPA_UNMAPPED, 0);
	else if (!(access & HVP_GPA_READ))
		fail(walk, HV_TRANSLATE_GPA_NO_READ_ACCESS, 0);
	else if ((walk->flags & HV_TRANSLATE_VALIDATE_WRITE) && !(access & HVP_GPA_WRITE))
		fail(walk, HV_TRANSLATE_GPA_NO_WRITE_ACCESS, 0);
}
