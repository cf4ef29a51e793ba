// SPDX-License-Identifier: GPL-2.0
/*
 * The HV_STATUS values of the hypercall interface, their names, and what they mean to an
 * administrator.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "hvctl.h"

/* Ascending by value */
static const struct {
	uint16_t status;
	const char *name;
} statuses[] = {
	{ 0x0000, "HV_STATUS_SUCCESS" },
	{ 0x0002, "HV_STATUS_INVALID_HYPERCALL_CODE" },
	{ 0x0003, "HV_STATUS_INVALID_HYPERCALL_INPUT" },
	{ 0x0004, "HV_STATUS_INVALID_ALIGNMENT" },
	{ 0x0005, "HV_STATUS_INVALID_PARAMETER" },
	{ 0x0006, "HV_STATUS_ACCESS_DENIED" },
	{ 0x0007, "HV_STATUS_INVALID_PARTITION_STATE" },
	{ 0x0008, "HV_STATUS_OPERATION_DENIED" },
	{ 0x0009, "HV_STATUS_UNKNOWN_PROPERTY" },
	{ 0x000a, "HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE" },
	{ 0x000b, "HV_STATUS_INSUFFICIENT_MEMORY" },
	{ 0x000c, "HV_STATUS_PARTITION_TOO_DEEP" },
	{ 0x000d, "HV_STATUS_INVALID_PARTITION_ID" },
	{ 0x000e, "HV_STATUS_INVALID_VP_INDEX" },
	{ 0x0010, "HV_STATUS_NOT_FOUND" },
	{ 0x0011, "HV_STATUS_INVALID_PORT_ID" },
	{ 0x0012, "HV_STATUS_INVALID_CONNECTION_ID" },
	{ 0x0013, "HV_STATUS_INSUFFICIENT_BUFFERS" },
	{ 0x0014, "HV_STATUS_NOT_ACKNOWLEDGED" },
	{ 0x0015, "HV_STATUS_INVALID_VP_STATE" },
	{ 0x0016, "HV_STATUS_ACKNOWLEDGED" },
	{ 0x0017, "HV_STATUS_INVALID_SAVE_RESTORE_STATE" },
	{ 0x0018, "HV_STATUS_INVALID_SYNIC_STATE" },
	{ 0x0019, "HV_STATUS_OBJECT_IN_USE" },
	{ 0x001a, "HV_STATUS_INVALID_PROXIMITY_DOMAIN_INFO" },
	{ 0x001b, "HV_STATUS_NO_DATA" },
	{ 0x001c, "HV_STATUS_INACTIVE" },
	{ 0x001d, "HV_STATUS_NO_RESOURCES" },
	{ 0x001e, "HV_STATUS_FEATURE_UNAVAILABLE" },
	{ 0x001f, "HV_STATUS_PARTIAL_PACKET" },
	{ 0x0020, "HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED" },
	{ 0x0030, "HV_STATUS_PROCESSOR_CACHE_LINE_FLUSH_SIZE_INCOMPATIBLE" },
	{ 0x0033, "HV_STATUS_INSUFFICIENT_BUFFER" },
	{ 0x0037, "HV_STATUS_INCOMPATIBLE_PROCESSOR" },
	{ 0x0038, "HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS" },
	{ 0x003c, "HV_STATUS_CPUID_FEATURE_VALIDATION_ERROR" },
	{ 0x003d, "HV_STATUS_CPUID_XSAVE_FEATURE_VALIDATION_ERROR" },
	{ 0x003e, "HV_STATUS_PROCESSOR_STARTUP_TIMEOUT" },
	{ 0x003f, "HV_STATUS_SMX_ENABLED" },
	{ 0x0041, "HV_STATUS_INVALID_LP_INDEX" },
	{ 0x0050, "HV_STATUS_INVALID_REGISTER_VALUE" },
	{ 0x0051, "HV_STATUS_INVALID_VTL_STATE" },
	{ 0x0055, "HV_STATUS_NX_NOT_DETECTED" },
	{ 0x0057, "HV_STATUS_INVALID_DEVICE_ID" },
	{ 0x0058, "HV_STATUS_INVALID_DEVICE_STATE" },
	{ 0x0059, "HV_STATUS_PENDING_PAGE_REQUESTS" },
	{ 0x0060, "HV_STATUS_PAGE_REQUEST_INVALID" },
	{ 0x0065, "HV_STATUS_KEY_ALREADY_EXISTS" },
	{ 0x0066, "HV_STATUS_DEVICE_ALREADY_IN_DOMAIN" },
	{ 0x006f, "HV_STATUS_INVALID_CPU_GROUP_ID" },
	{ 0x0070, "HV_STATUS_INVALID_CPU_GROUP_STATE" },
	{ 0x0071, "HV_STATUS_OPERATION_FAILED" },
	{ 0x0072, "HV_STATUS_NOT_ALLOWED_WITH_NESTED_VIRT_ACTIVE" },
	{ 0x0073, "HV_STATUS_INSUFFICIENT_ROOT_MEMORY" },
	{ 0x0074, "HV_STATUS_EVENT_BUFFER_ALREADY_FREED" },
	{ 0x0075, "HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY" },
	{ 0x0078, "HV_STATUS_TIME_OUT" },
	{ 0x0079, "HV_STATUS_CALL_PENDING" },
	{ 0x0083, "HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY" },
	{ 0x0086, "HV_STATUS_VTL_ALREADY_ENABLED" },
	{ 0x0087, "HV_STATUS_UNKNOWN_REGISTER_NAME" },
};

const char *status_name(uint16_t status)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return NULL;
}

/* What a refused ioctl means, with a remedy; statuses that none can have are left out */
static const struct {
	uint16_t status;
	const char *words;
	const char *remedy;
} meanings[] = {
	{ 0x0005, "a value that the hypervisor does not accept", NULL },
	{ 0x0006, "nobody may do this with it", NULL },
	{ 0x0007, "not possible in this state of the partition", "hvctl partition show" },
	{ 0x0008, "not possible as things are", NULL },
	{ 0x0009, "no property that this hypervisor knows", "hvctl partition get PARTITION" },
	{ 0x000a, "a value that the property cannot have", NULL },
	{ 0x000b, "the partition's memory pool is too small", "hvctl memory deposit" },
	{ 0x000c, "children of children only so deep", "hvctl features (limits)" },
	{ 0x000d, "the other end is itself or not in the same instance, or the port is for another",
	  "hvctl partition list, hvctl port list" },
	{ 0x000e, "no virtual processor with this index, or for a new one: taken or too high",
	  "hvctl vp list" },
	{ 0x0011, "no such port, or connected already, or of another kind; for a new one: number taken",
	  "hvctl port list" },
	{ 0x0012, "no such connection, or for a new one: the number is taken", "hvctl connection list" },
	{ 0x0013, "the receiver has not taken what was sent before", "again a little later" },
	{ 0x0015, "not possible in this state of the virtual processor", "hvctl vp show" },
	{ 0x0018, "the receiver has not switched its interrupt controller (SynIC) on, or masks the SINT",
	  NULL },
	{ 0x0019, "used in a way that forbids it", NULL },
	{ 0x001d, "a limit is reached, or there is no memory",
	  "hvctl features (limits), hvctl partition list" },
	{ 0x001e, "not offered to this partition", "hvctl partition show" },
	{ 0x0050, "a value that the register cannot have", NULL },
	{ 0x0051, "no virtual trust level that is there", NULL },
	{ 0x0073, "the root's memory pool is too small", "hvctl memory deposit" },
	{ 0x0087, "no register that this hypervisor knows", NULL },
};

int fail_status(uint32_t status, const struct words *own, const char *fmt, ...)
{
	const char *name = status_name(status), *words = "refused by the hypervisor", *remedy = NULL;
	int err = errno;
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	errno = err;
	if (!status)
		return fail_errno(own, "%s", what);
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].status == status) {
			words = meanings[i].words;
			remedy = meanings[i].remedy;
		}
	/* What is not allowed as things are (OPERATION_DENIED), the caller knows better */
	for (; err == EPERM && own && own->err; own++)
		if (own->err == err) {
			words = own->words;
			remedy = own->remedy;
		}
	return fail(remedy, "%s: %s: %s", what, name ? name + strlen("HV_STATUS_") : "unknown status",
		    words);
}
