// SPDX-License-Identifier: GPL-2.0
/* Hypercalls from the caller's side. */
#include "hv.h"

u8 hv_page[PAGE_SIZE] PAGE_ALIGNED;
static u8 input[MAX_CPUS][PAGE_SIZE] PAGE_ALIGNED;
static u8 output[MAX_CPUS][PAGE_SIZE] PAGE_ALIGNED;

const char *hv_status_name(unsigned int status)
{
#define X(value, name)	case value: return #name;
	switch (status) {
	HV_STATUSES(X)
	}
#undef X
	return "unknown status";
}

u64 hv_privileges(void)
{
	struct cpuid c = cpuid(0x40000003, 0);

	return (u64)c.ebx << 32 | c.eax;
}

void hv_init(void)
{
	wrmsr(MSR_GUEST_OS_ID, GUEST_OS_ID);
	wrmsr(MSR_HYPERCALL, (u64)hv_page | 1);
}

u64 hv_call(u64 control, u64 in_gpa, u64 out_gpa)
{
	struct hv_regs r = {
		.rax = ~0ull, .rcx = control, .rdx = in_gpa, .r8 = out_gpa, .entry = (u64)hv_page,
	};

	hv_call_regs(&r);
	return r.rax;
}

u64 hv_call32(unsigned int mode, u64 control, u64 in, u64 out)
{
	low_regs.entry = (u64)hv_page;
	low_regs.rax = (u32)control, low_regs.rdx = control >> 32;
	low_regs.rcx = (u32)in, low_regs.rbx = in >> 32;
	low_regs.rsi = (u32)out, low_regs.rdi = out >> 32;
	hv_call_mode(mode);
	return low_regs.rdx << 32 | low_regs.rax;
}

u64 hv_do(enum hv_form form, u64 control, const void *in, size_t in_size, void *out,
	  size_t out_size)
{
	unsigned int cpu = cpu_index();
	struct hv_regs r = { .rax = ~0ull, .rcx = control | FAST, .entry = (u64)hv_page };
	u8 file[HV_REGISTER_BYTES] = {};
	u64 result;

	if (form == MEMORY) {
		memcpy(input[cpu], in, in_size);
		memset(output[cpu], 0, out_size);
		result = hv_call(control, (u64)input[cpu], (u64)output[cpu]);
		memcpy(out, output[cpu], out_size);
		return result;
	}

	memcpy(file, in, in_size);
	memcpy(&r.rdx, file, 8);
	memcpy(&r.r8, file + 8, 8);
	memcpy(r.xmm, file + 16, sizeof(r.xmm));
	hv_call_regs(&r);
	memcpy(file, &r.rdx, 8);
	memcpy(file + 8, &r.r8, 8);
	memcpy(file + 16, r.xmm, sizeof(r.xmm));
	memcpy(out, file + ((in_size + 15) & ~15ul), out_size);
	return r.rax;
}

u64 hv_get_register_of(u8 input_vtl, u32 name, struct hv_value *v)
{
	struct {
		struct hv_register_header h;
		u32 name;
	} in = { { SELF, VP_SELF, input_vtl, {} }, name };

	return hv_do(MEMORY, GET_REGISTERS | REP(1), &in, 20, v, sizeof(*v));
}

u64 hv_set_register_of(u8 input_vtl, u32 name, struct hv_value v)
{
	struct {
		struct hv_register_header h;
		struct hv_assignment a;
	} in = { { SELF, VP_SELF, input_vtl, {} }, { name, {}, v } };

	return hv_do(MEMORY, SET_REGISTERS | REP(1), &in, sizeof(in), NULL, 0);
}
