/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hypercall interface from the caller's side. Numbers and layouts are
 * written from the specification, not shared with the module under test.
 */
#ifndef GUEST_HV_H
#define GUEST_HV_H

#include "guest.h"

/* Statuses: value, name without the HV_STATUS_ prefix. */
#define HV_STATUSES(X)						\
	X(0x00, SUCCESS)		X(0x02, INVALID_HYPERCALL_CODE)	\
	X(0x03, INVALID_HYPERCALL_INPUT) X(0x04, INVALID_ALIGNMENT)	\
	X(0x05, INVALID_PARAMETER)	X(0x06, ACCESS_DENIED)		\
	X(0x07, INVALID_PARTITION_STATE) X(0x08, OPERATION_DENIED)	\
	X(0x09, UNKNOWN_PROPERTY)	X(0x0a, PROPERTY_VALUE_OUT_OF_RANGE) \
	X(0x0b, INSUFFICIENT_MEMORY)	X(0x0c, PARTITION_TOO_DEEP)	\
	X(0x0d, INVALID_PARTITION_ID)	X(0x0e, INVALID_VP_INDEX)	\
	X(0x10, NOT_FOUND)						\
	X(0x11, INVALID_PORT_ID)	X(0x12, INVALID_CONNECTION_ID)	\
	X(0x13, INSUFFICIENT_BUFFERS)	X(0x14, NOT_ACKNOWLEDGED)	\
	X(0x15, INVALID_VP_STATE)	X(0x16, ACKNOWLEDGED)		\
	X(0x18, INVALID_SYNIC_STATE)	X(0x19, OBJECT_IN_USE)		\
	X(0x1a, INVALID_PROXIMITY_DOMAIN_INFO) X(0x1d, NO_RESOURCES)	\
	X(0x1e, FEATURE_UNAVAILABLE)	X(0x33, INSUFFICIENT_BUFFER)	\
	X(0x38, INSUFFICIENT_DEVICE_DOMAINS)				\
	X(0x41, INVALID_LP_INDEX)	X(0x50, INVALID_REGISTER_VALUE)	\
	X(0x51, INVALID_VTL_STATE)	X(0x57, INVALID_DEVICE_ID)	\
	X(0x58, INVALID_DEVICE_STATE)	X(0x66, DEVICE_ALREADY_IN_DOMAIN) \
	X(0x71, OPERATION_FAILED)	X(0x73, INSUFFICIENT_ROOT_MEMORY) \
	X(0x74, EVENT_BUFFER_ALREADY_FREED)				\
	X(0x75, INSUFFICIENT_CONTIGUOUS_MEMORY)				\
	X(0x83, INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY)			\
	X(0x86, VTL_ALREADY_ENABLED)	X(0x87, UNKNOWN_REGISTER_NAME)

#define X(value, name)	HV_##name = value,
enum hv_status { HV_STATUSES(X) };
#undef X

const char *hv_status_name(unsigned int status);

/* Control word */
#define FAST		BIT(16)
#define VAR(n)		((u64)(n) << 17)
#define REP(n)		((u64)(n) << 32)
#define START(n)	((u64)(n) << 48)
#define STATUS(result)	((result) & 0xffff)
#define REPS(result)	((result) >> 32 & 0xfff)

/* Calls */
#define FLUSH_SPACE		0x0002
#define FLUSH_LIST		0x0003
#define LP_RUN_TIME		0x0004
#define NOTIFY_SPIN		0x0008
#define PARKED_VPS		0x0009
#define SEND_IPI		0x000b
#define MODIFY_PROTECTION	0x000c
#define ENABLE_VTL		0x000d
#define CHECK_VTL_ACCESS	0x00d4
#define DISABLE_VTL		0x000e
#define ENABLE_VP_VTL		0x000f
#define DISABLE_VP_VTL		0x0010
#define VTL_CALL		0x0011
#define VTL_RETURN		0x0012
#define FLUSH_SPACE_EX		0x0013
#define FLUSH_LIST_EX		0x0014
#define SEND_IPI_EX		0x0015
#define CREATE_PARTITION	0x0040
#define INITIALIZE		0x0041
#define FINALIZE		0x0042
#define DELETE_PARTITION	0x0043
#define GET_PROPERTY		0x0044
#define SET_PROPERTY		0x0045
#define GET_PARTITION_ID	0x0046
#define NEXT_CHILD		0x0047
#define DEPOSIT			0x0048
#define WITHDRAW		0x0049
#define BALANCE			0x004a
#define MAP_GPA			0x004b
#define UNMAP_GPA		0x004c
#define INSTALL_INTERCEPT	0x004d
#define CREATE_VP		0x004e
#define DELETE_VP		0x004f
#define GET_REGISTERS		0x0050
#define SET_REGISTERS		0x0051
#define TRANSLATE		0x0052
#define READ_GPA		0x0053
#define WRITE_GPA		0x0054
#define CLEAR_INTERRUPT		0x0056
#define DELETE_PORT		0x0058
#define GET_PORT_PROPERTY	0x005a
#define DISCONNECT_PORT		0x005b
#define POST_MESSAGE		0x005c
#define SIGNAL_EVENT		0x005d
#define LOG_INIT		0x0060
#define LOG_EXIT		0x0061
#define LOG_CREATE		0x0062
#define LOG_DELETE		0x0063
#define LOG_MAP			0x0064
#define LOG_UNMAP		0x0065
#define LOG_SOURCES		0x0066
#define LOG_RELEASE		0x0067
#define LOG_FLUSH		0x0068
#define MAP_STATS		0x006c
#define UNMAP_STATS		0x006d
#define MAP_SPARSE		0x006e
#define SET_SYSTEM_PROPERTY	0x006f
#define SET_PORT_PROPERTY	0x0070
#define ADD_LP			0x0076
#define REMOVE_LP		0x0077
#define SET_LP_PROPERTY		0x0079
#define GET_LP_PROPERTY		0x007a
#define GET_SYSTEM_PROPERTY	0x007b
#define MAP_INTERRUPT		0x007c
#define UNMAP_INTERRUPT		0x007d
#define RETARGET_INTERRUPT	0x007e
#define RETARGET_ROOT_INTERRUPT	0x007f
#define ATTACH_DEVICE		0x0082
#define DETACH_DEVICE		0x0083
#define ENTER_SLEEP		0x0084
#define NOTIFY_EVENT		0x0087
#define GET_LP_REGISTERS	0x0088
#define SET_LP_REGISTERS	0x0089
#define MCA_LPS			0x008a
#define RING_EMPTY		0x008b
#define MODIFY_SPARSE		0x0090
#define REGISTER_RESULT		0x0091
#define UNREGISTER_RESULT	0x0092
#define ASSERT_INTERRUPT	0x0094
#define CREATE_PORT		0x0095
#define CONNECT_PORT		0x0096
#define START_VP		0x0099
#define VP_FROM_APIC_ID		0x009a
#define GET_POWER		0x009b
#define SET_POWER		0x009c
#define GET_DEVICE_PROPERTY	0x00aa
#define SET_DEVICE_PROPERTY	0x00ab
#define TRANSLATE_EX		0x00ac
#define CHECK_IO		0x00ad
#define FLUSH_GPA_SPACE		0x00af
#define FLUSH_GPA_LIST		0x00b0
#define CREATE_DOMAIN		0x00b1
#define ATTACH_DOMAIN		0x00b2
#define MAP_DEVICE_GPA		0x00b3
#define UNMAP_DEVICE_GPA	0x00b4
#define COMPLETE_INTERCEPT	0x00bd
#define PRECOMMIT		0x00be
#define UNCOMMIT		0x00bf
#define SIGNAL_DIRECT		0x00c0
#define POST_DIRECT		0x00c1
#define DETACH_DOMAIN		0x00c4
#define DELETE_DOMAIN		0x00c5
#define ACCESS_STATE		0x00c9
#define ACCESS_STATE_SPARSE	0x00ca
#define ACQUIRE_GPA		0x00d2
#define RELEASE_GPA		0x00d3
#define ACQUIRE_SPA		0x00d7
#define RELEASE_SPA		0x00d8
#define REQUEST_HALT		0x00de
#define MAP_STATE_PAGE		0x00e1
#define UNMAP_STATE_PAGE	0x00e2
#define GET_VP_STATE		0x00e3
#define SET_VP_STATE		0x00e4
#define VP_SET_FROM_MDA		0x00e5
#define PERSIST_INTERRUPT	0x00ed
#define REFRESH			0x00ee
#define ROOT_SIGNAL		0x00f3
#define CPUID_VALUES		0x00f4
#define GET_PROPERTY_EX		0x0101
#define SET_PROPERTY_EX		0x010a
#define MAP_STATS2		0x0131
#define EXT_CAPABILITIES	0x8001

#define SELF		(~0ull)		/* partition */
#define VP_SELF		0xfffffffeu

/* Privileges: bits of CPUID 0x40000003 EBX:EAX */
#define PRIV_CREATE_PARTITIONS	BIT(32)
#define PRIV_PARTITION_ID	BIT(33)
#define PRIV_MEMORY_POOL	BIT(34)
#define PRIV_POST_MESSAGES	BIT(36)
#define PRIV_SIGNAL_EVENTS	BIT(37)
#define PRIV_CREATE_PORT	BIT(38)
#define PRIV_CONNECT_PORT	BIT(39)
#define PRIV_CPU_MANAGEMENT	BIT(44)
#define PRIV_VSM		BIT(48)
#define PRIV_VP_REGISTERS	BIT(49)
#define PRIV_FAST_OUTPUT	BIT(51)
#define PRIV_EXTENDED		BIT(52)
#define PRIV_START_VP		BIT(53)
u64 hv_privileges(void);
static inline bool hv_may(u64 privilege)
{
	return hv_privileges() & privilege;
}

/* The root of an instance: CreatePartitions and CpuManagement. */
static inline bool hv_is_root(void)
{
	return hv_may(PRIV_CREATE_PARTITIONS) && hv_may(PRIV_CPU_MANAGEMENT);
}

/* Feature bits: CPUID 0x40000003 EDX */
#define FEATURE_XMM_INPUT	BIT(4)
#define FEATURE_GUEST_CRASH	BIT(10)
#define FEATURE_EXTENDED_RANGES	BIT(14)
#define FEATURE_FAST_OUTPUT	BIT(15)
#define FEATURE_MSR_LOCK	BIT(18)
#define FEATURE_CROSS_VTL_FLUSH	BIT(28)
static inline bool hv_has(u64 feature)
{
	return cpuid(0x40000003, 0).edx & feature;
}

/* MSRs */
#define MSR_GUEST_OS_ID		0x40000000
#define MSR_HYPERCALL		0x40000001
#define MSR_VP_INDEX		0x40000002
#define MSR_RESET		0x40000003
#define MSR_VP_RUNTIME		0x40000010
#define MSR_TIME_REF_COUNT	0x40000020
#define MSR_REFERENCE_TSC	0x40000021
#define MSR_TSC_FREQUENCY	0x40000022
#define MSR_APIC_FREQUENCY	0x40000023
#define MSR_VP_ASSIST_PAGE	0x40000073
#define MSR_SCONTROL		0x40000080
#define MSR_SVERSION		0x40000081
#define MSR_SIEFP		0x40000082
#define MSR_SIMP		0x40000083
#define MSR_EOM			0x40000084
#define MSR_SIRBP		0x40000085
#define MSR_SINT0		0x40000090
#define MSR_STIMER0_CONFIG	0x400000b0
#define MSR_CRASH_P0		0x40000100
#define MSR_CRASH_CTL		0x40000105

#define GUEST_OS_ID		(0x8100ull << 48 | 0x0001ull << 16)
extern u8 hv_page[PAGE_SIZE];	/* the hypercall page */
void hv_init(void);		/* sets the OS id, enables the page */

/* One call with every register under control; layout.h knows the offsets. */
struct hv_regs {
	u64 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi;
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 xmm[12];
	u64 entry, rflags;
};

_Static_assert(offsetof(struct hv_regs, r8) == R_R8, "r8");
_Static_assert(offsetof(struct hv_regs, xmm) == R_XMM, "xmm");
_Static_assert(offsetof(struct hv_regs, rflags) == R_RFLAGS, "rflags");

u64 hv_call_regs(struct hv_regs *regs);

/* 32-bit and real mode: registers in and out of low_regs, entry included. */
extern struct hv_regs low_regs;
void hv_call_mode(unsigned int mode);
/* EDX:EAX control, EBX:ECX input, EDI:ESI output; the result is EDX:EAX. */
u64 hv_call32(unsigned int mode, u64 control, u64 in, u64 out);

/* Memory form with any GPA, and the register form without XMM. */
u64 hv_call(u64 control, u64 in_gpa, u64 out_gpa);
static inline u64 hv_fast(u64 control, u64 rdx, u64 r8)
{
	return hv_call(control | FAST, rdx, r8);
}

/* The forms a call can be made in. */
enum hv_form { MEMORY, REGISTERS, FORMS };
#define FORM_NAME(form)	((form) == MEMORY ? "memory" : "registers")

/*
 * Makes a call with its operands in a page (input and output pages of the
 * processor) or in registers: RDX, R8, XMM0-5; output after the input.
 */
u64 hv_do(enum hv_form form, u64 control, const void *in, size_t in_size, void *out,
	  size_t out_size);
#define HV_REGISTER_BYTES	112
static inline bool hv_fits(size_t in_size, size_t out_size)
{
	return ((in_size + 15) & ~15ul) + out_size <= HV_REGISTER_BYTES;
}

/* VP set */
#define VPSET_SPARSE	0
#define VPSET_ALL	1

/* Register names, §7 */
struct hv_value {
	union {
		u64 u[2];
		struct {
			u64 base;
			u32 limit;
			u16 selector, attributes;
		} segment;
		struct {
			u16 pad[3], limit;
			u64 base;
		} table;
	};
};

struct hv_register_header {
	u64 partition;
	u32 vp;
	u8 vtl, reserved[3];
};

struct hv_assignment {
	u32 name, pad[3];
	struct hv_value value;
};

/* Own registers one by one; results are the calls' results. */
/* Of this VP, through an HV_INPUT_VTL */
#define VTL0_BELOW	0x10
u64 hv_get_register_of(u8 input_vtl, u32 name, struct hv_value *v);
u64 hv_set_register_of(u8 input_vtl, u32 name, struct hv_value v);

static inline u64 hv_get_register(u32 name, struct hv_value *v)
{
	return hv_get_register_of(0, name, v);
}

static inline u64 hv_set_register(u32 name, struct hv_value v)
{
	return hv_set_register_of(0, name, v);
}

static inline u64 hv_set_register64(u32 name, u64 v)
{
	return hv_set_register(name, (struct hv_value){ .u = { v } });
}

#endif
