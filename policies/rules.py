"""All rules, by subject: the table of contents of the pack."""

from .bucket import copies, encryption, keeping, requests, settings
from .controller import code, credentials, queues, reach, running, runtimes, told
from .keys import administration, conditions, deletion, kind, lockout, minimum, rotation, use
from .logs import groups, operations_key
from .roles import escalation, permissions, readers, trust
from .rule import ResourceRule, StackRule
from .whole import order, place, policies, recorded, sole_use, starting, updates

SUBJECTS: dict[str, list[ResourceRule | StackRule]] = {
    "The evaluation key": [
        kind.EVALUATION_KEY_KIND,
        rotation.KEY_ROTATION,
        deletion.KEY_DELETION_WINDOW,
        deletion.PROTECTED,
        lockout.KEY_LOCKOUT_CHECK,
        lockout.KEY_PRINCIPALS,
        administration.KEY_ADMINISTERED,
        administration.EVALUATION_KEY_ADMINISTRATORS,
        administration.EVALUATION_KEY_GRANTS,
        use.EVALUATION_KEY_USERS,
        use.EVALUATION_KEY_OPERATIONS,
        conditions.EVALUATION_KEY_SCOPE,
        conditions.EVALUATION_KEY_CALLER_CONTEXT,
        conditions.EVALUATION_KEY_SERVICE_SOURCE,
        minimum.EVALUATION_KEY_MINIMUM,
        minimum.EVALUATION_KEY_SERVES,
        sole_use.EVALUATION_KEY_SOLE_USE,
        sole_use.EVALUATION_KEY_NO_GRANTS,
    ],
    "The output bucket": [
        encryption.OUTPUT_BUCKET_KEY,
        encryption.OUTPUT_BUCKET_NO_BUCKET_KEY,
        encryption.OUTPUT_BUCKET_NO_CUSTOMER_KEYS,
        settings.OUTPUT_BUCKET_PUBLIC_ACCESS,
        settings.OUTPUT_BUCKET_OWNERSHIP,
        settings.OUTPUT_BUCKET_VERSIONING,
        keeping.OUTPUT_BUCKET_TIDIED,
        keeping.OUTPUT_BUCKET_EXPIRATION,
        keeping.OUTPUT_BUCKET_KEEPS,
        keeping.OUTPUT_BUCKET_NOT_EMPTIED,
        requests.OUTPUT_BUCKET_TLS,
        requests.OUTPUT_BUCKET_PUTS,
        requests.OUTPUT_BUCKET_OTHERS,
        copies.OUTPUT_BUCKET_COPIES,
        copies.OUTPUT_BUCKET_ROLES,
    ],
    "Roles": [
        permissions.CALLER_ROLE_PERMISSIONS,
        permissions.INVOKER_ROLE_PERMISSIONS,
        permissions.ROLE_POLICIES_KNOWN,
        escalation.ROLE_ESCALATION,
        readers.EVALUATION_READERS,
        readers.RESULT_READERS,
        trust.ROLE_TRUST_PRINCIPALS,
        trust.ROLE_TRUST_SOURCE,
        trust.ROLE_TRUST_SCHEDULE,
    ],
    "The controller": [
        told.CONTROLLER_KEY,
        told.CONTROLLER_RESULTS,
        told.CONTROLLER_OUTPUT,
        told.CONTROLLER_ENVIRONMENT_KEY,
        credentials.FUNCTION_NO_SECRETS,
        code.CONTROLLER_CODE,
        running.CONTROLLER_FAILURES,
        running.SCHEDULE_FAILURES,
        running.CONTROLLER_CONCURRENCY,
        runtimes.FUNCTION_RUNTIME,
        running.CONTROLLER_TRACING,
        running.CONTROLLER_LOG_FIRST,
        reach.CONTROLLER_REACH,
        queues.QUEUE_ENCRYPTION,
        queues.QUEUE_READERS,
        queues.QUEUE_REQUESTS,
        queues.QUEUE_RETENTION,
    ],
    "Logs": [
        groups.LOG_RETENTION,
        groups.RESULT_LOG_CLASS,
        groups.LOG_ENCRYPTION,
        groups.LOG_COPIES,
        operations_key.OPERATIONS_KEY_BOUND,
        operations_key.OPERATIONS_KEY_SERVES,
    ],
    "The stack as a whole": [
        place.ONE_PLACE,
        order.PRINCIPALS_FIRST,
        updates.CHANGES_NOT_IGNORED,
        starting.EVALUATION_CALLERS,
        starting.EVALUATION_STARTS,
        starting.SCHEDULE_INPUT,
        recorded.KEY_USE_RECORDED,
        policies.POLICIES_WELL_FORMED,
        policies.POLICIES_EFFECTIVE,
    ],
}
RULES = [rule for rules in SUBJECTS.values() for rule in rules]
