// SPDX-License-Identifier: GPL-2.0
/* Children from their parent's side. */
#include "parent.h"

enum page_owner { SPARE, TAKEN, DEPOSITED };

unsigned int wrong_pages;
static u8 owners[GUEST_PAGES];		/* of the spare pages */
static u64 next_spare = SPARE_PAGES;

/* Round and round, so that a page which came back is not used again at once */
u64 page_take(void)
{
	for (u64 n = SPARE_PAGES; n < CHILD_PAGES; n++) {
		u64 page = next_spare;

		next_spare = page + 1 < CHILD_PAGES ? page + 1 : SPARE_PAGES;
		if (owners[page] == SPARE) {
			owners[page] = TAKEN;
			return page;
		}
	}
	tap_result(false, NO_CALL, "there are spare pages");
	return 0;
}

void page_give(u64 page)
{
	owners[page] = SPARE;
}

bool page_is_deposited(u64 page)
{
	return page < GUEST_PAGES && owners[page] == DEPOSITED;
}

u64 hv_create(enum hv_form form, const struct create_in *in, u64 *id)
{
	return hv_do(form, CREATE_PARTITION, in, sizeof(*in), id, sizeof(*id));
}

u64 hv_next_child(u64 parent, u64 previous, u64 *next)
{
	u64 in[] = { parent, previous };

	return hv_do(MEMORY, NEXT_CHILD, in, sizeof(in), next, sizeof(*next));
}

u64 hv_get_property(u64 partition, u32 code, u64 *value)
{
	struct property_in in = { partition, code, STALE, 0 };

	return hv_do(MEMORY, GET_PROPERTY, &in, 16, value, sizeof(*value));
}

u64 hv_set_property(u64 partition, u32 code, u64 value)
{
	struct property_in in = { partition, code, STALE, value };

	return hv_do(MEMORY, SET_PROPERTY, &in, sizeof(in), NULL, 0);
}

u64 hv_get_property_ex(u64 partition, u32 code, void *value, size_t size)
{
	struct property_in in = { partition, code, STALE, 0 };

	return hv_do(MEMORY, GET_PROPERTY_EX, &in, sizeof(in), value, size);
}

u64 hv_set_property_ex(u64 partition, u32 code, const u64 *value, unsigned int qwords)
{
	struct {
		struct property_in head;
		u64 value[64];
	} in = { { partition, code, STALE, 0 }, {} };

	memcpy(in.value, value, qwords * 8);
	return hv_do(MEMORY, SET_PROPERTY_EX | VAR(qwords), &in, sizeof(in.head) + qwords * 8, NULL, 0);
}

u64 hv_deposit_list(u64 partition, const u64 *pages, unsigned int n)
{
	static u64 in[1 + MAX_DEPOSIT];
	u64 result;

	in[0] = partition;
	memcpy(&in[1], pages, n * 8);
	result = hv_do(MEMORY, DEPOSIT | REP(n), in, 8 + n * 8, NULL, 0);
	for (unsigned int i = 0; i < REPS(result); i++)
		if (pages[i] < GUEST_PAGES)
			owners[pages[i]] = DEPOSITED;
	return result;
}

u64 hv_withdraw_list(u64 partition, u64 proximity, u64 *pages, unsigned int n)
{
	u64 in[] = { partition, proximity };
	u64 result = hv_do(MEMORY, WITHDRAW | REP(n), in, sizeof(in), pages, n * 8);

	for (unsigned int i = 0; i < REPS(result); i++) {
		if (page_is_deposited(pages[i]))
			page_give(pages[i]);
		else
			wrong_pages++;
	}
	return result;
}

u64 hv_balance(u64 partition, u64 proximity, u64 *available, u64 *in_use)
{
	u64 in[] = { partition, proximity }, out[2] = { ~0ull, ~0ull };
	u64 result = hv_do(MEMORY, BALANCE, in, sizeof(in), out, sizeof(out));

	*available = out[0];
	*in_use = out[1];
	return result;
}

u64 hv_deposit(u64 partition, unsigned int n)
{
	static u64 pages[MAX_DEPOSIT];
	u64 result = 0;

	while (n) {
		unsigned int now = n < MAX_DEPOSIT ? n : MAX_DEPOSIT;

		for (unsigned int i = 0; i < now; i++)
			pages[i] = page_take();
		result = hv_deposit_list(partition, pages, now);
		for (unsigned int i = REPS(result); i < now; i++)
			page_give(pages[i]);
		if (STATUS(result))
			break;
		n -= now;
	}
	return result;
}

u64 hv_withdraw_all(u64 partition, unsigned int *count)
{
	static u64 pages[MAX_WITHDRAW];
	u64 result;

	*count = 0;
	do {
		result = hv_withdraw_list(partition, 0, pages, MAX_WITHDRAW);
		*count += REPS(result);
	} while (!STATUS(result) && REPS(result));
	return result;
}

/* Eight pages one after the other, from the end of what can be children's */
static u64 deposit_contiguous(u64 partition)
{
	static u64 next = CHILD_PAGES_END;
	u64 pages[8];

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = next++;
	return hv_deposit_list(partition, pages, ARRAY_SIZE(pages));
}

bool hv_feed(u64 partition, u64 result)
{
	switch (STATUS(result)) {
	case HV_INSUFFICIENT_MEMORY:
		return !STATUS(hv_deposit(partition, 1));
	case HV_INSUFFICIENT_ROOT_MEMORY:
		return !STATUS(hv_deposit(SELF, 1));
	case HV_INSUFFICIENT_CONTIGUOUS_MEMORY:
		return !STATUS(deposit_contiguous(partition));
	case HV_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY:
		return !STATUS(deposit_contiguous(SELF));
	default:
		return false;
	}
}

struct map_in {
	u64 partition, page;
	u32 flags, padding;
};

u64 hv_map_list(u64 control, u64 partition, u64 page, u32 flags, const u64 *sources,
		unsigned int n)
{
	static struct {
		struct map_in head;
		u64 sources[MAX_MAP];
	} in;

	in.head = (struct map_in){ partition, page, flags, STALE };
	memcpy(in.sources, sources, n * 8);
	return hv_do(MEMORY, MAP_GPA | REP(n) | control, &in, sizeof(in.head) + n * 8, NULL, 0);
}

u64 hv_map(u64 partition, u64 page, u64 source, unsigned int n, u32 flags)
{
	static u64 sources[MAX_MAP];
	unsigned int unit = flags & MAP_LARGE ? 512 : 1;
	bool no_source = flags & MAP_ONES;
	u64 result = 0;

	while (n) {
		unsigned int now = n < MAX_MAP ? n : MAX_MAP, done;

		for (unsigned int i = 0; i < now; i++)
			sources[i] = no_source ? 0 : source + i * unit;
		result = hv_map_list(0, partition, page, flags, sources, now);
		done = REPS(result);
		page += done * unit;
		source += done * unit;
		n -= done;
		if (STATUS(result) && !hv_feed(partition, result))
			break;
	}
	return result;
}

u64 hv_unmap(u64 partition, u64 page, unsigned int n, u32 flags)
{
	struct map_in in = { partition, page, flags, STALE };

	return hv_do(MEMORY, UNMAP_GPA | REP(n), &in, sizeof(in), NULL, 0);
}

struct access_in {
	u64 partition;
	u32 vp, bytes;
	u64 gpa, flags;
	u8 data[16];
};

struct access_out {
	u32 access, reserved;
	u8 data[16];
};

u64 hv_read_gpa(u64 partition, u32 vp, u64 gpa, u32 bytes, u64 flags, void *data, u32 *access)
{
	struct access_in in = { partition, vp, bytes, gpa, flags, {} };
	struct access_out out = { ~0u, 0, {} };
	u64 result = hv_do(MEMORY, READ_GPA, &in, 32, &out, sizeof(out));

	memcpy(data, out.data, bytes < 16 ? bytes : 16);
	*access = out.access;
	return result;
}

u64 hv_write_gpa(u64 partition, u32 vp, u64 gpa, u32 bytes, u64 flags, const void *data,
		 u32 *access)
{
	struct access_in in = { partition, vp, bytes, gpa, flags, {} };
	struct access_out out = { ~0u, 0, {} };
	u64 result;

	memcpy(in.data, data, bytes < 16 ? bytes : 16);
	result = hv_do(MEMORY, WRITE_GPA, &in, sizeof(in), &out, 8);
	*access = out.access;
	return result;
}

u32 child_read(u64 partition, u64 gpa, u64 *value)
{
	u32 access;
	u64 result = hv_read_gpa(partition, 0, gpa, 8, CACHE_WB, value, &access);

	return STATUS(result) ? ACCESS_STATUS(STATUS(result)) : access;
}

u32 child_write(u64 partition, u64 gpa, u64 value)
{
	u32 access;
	u64 result = hv_write_gpa(partition, 0, gpa, 8, CACHE_WB, &value, &access);

	return STATUS(result) ? ACCESS_STATUS(STATUS(result)) : access;
}

/* As on Linux: the subnode's type says "any", its id is left over from another call */
u64 hv_create_vp(u64 partition, u32 vp)
{
	struct create_vp_in in = { partition, vp, { 0xa5, 0xa5, 0xa5 }, 0, STALE64, 0, 0 };

	return hv_do(MEMORY, CREATE_VP, &in, sizeof(in), NULL, 0);
}

u64 vp_get(u64 partition, u32 vp, u32 name, struct hv_value *v)
{
	struct {
		struct hv_register_header h;
		u32 name;
	} in = { { partition, vp, 0, {} }, name };

	return hv_do(MEMORY, GET_REGISTERS | REP(1), &in, 20, v, sizeof(*v));
}

u64 vp_set(u64 partition, u32 vp, u32 name, struct hv_value v)
{
	struct {
		struct hv_register_header h;
		struct hv_assignment a;
	} in = { { partition, vp, 0, {} }, { name, { STALE, STALE, STALE }, v } };

	return hv_do(MEMORY, SET_REGISTERS | REP(1), &in, sizeof(in), NULL, 0);
}

u64 vp_get64(u64 partition, u32 vp, u32 name)
{
	struct hv_value v;

	return vp_get(partition, vp, name, &v) == REP(1) ? v.u[0] : ~0ull;
}

struct state_page_in {
	u64 partition;
	u32 vp;
	u16 type;
	u8 vtl, flags;
	u64 location;
};

u64 hv_map_state_page(u64 partition, u32 vp, u16 type, u64 *page)
{
	struct state_page_in in = { partition, vp, type, 0, 0, STALE64 };

	return hv_do(MEMORY, MAP_STATE_PAGE, &in, sizeof(in), page, sizeof(*page));
}

u64 hv_unmap_state_page(u64 partition, u32 vp, u16 type)
{
	struct state_page_in in = { partition, vp, type, 0, 0, 0 };

	return hv_do(MEMORY, UNMAP_STATE_PAGE, &in, 16, NULL, 0);
}

u64 hv_cpuid(u64 partition, u32 vp, u32 leaf, u32 subleaf, struct cpuid *out)
{
	struct {
		u64 partition;
		u32 vp, flags, reserved, padding, leaf, subleaf;
		u64 xfem, xss;
	} in = { partition, vp, 1, 0, STALE, leaf, subleaf, 0, 0 };

	return hv_do(MEMORY, CPUID_VALUES | REP(1), &in, sizeof(in), out, sizeof(*out));
}

u64 child_create(u64 flags)
{
	struct create_in in = { flags, 0, VERSION_21H2, STALE, {}, 0, 0 };
	u64 id = 0, result;

	result = WITH_MEMORY(SELF, hv_create(MEMORY, &in, &id));
	if (result || !id) {
		tap_result(false, NO_CALL, "a child is created (%s)", hv_status_name(STATUS(result)));
		return 0;
	}
	return id;
}

u64 child_start(u64 flags)
{
	u64 id = child_create(flags), result;

	if (!id)
		return 0;
	result = WITH_MEMORY(id, hv_partition_call(INITIALIZE, id));
	if (result)
		tap_result(false, NO_CALL, "a child is initialized (%s)",
			   hv_status_name(STATUS(result)));
	return id;
}

u64 child_end(u64 partition)
{
	unsigned int count;

	hv_partition_call(FINALIZE, partition);
	hv_withdraw_all(partition, &count);
	return hv_partition_call(DELETE_PARTITION, partition);
}
