"""The resources of a stack that belong together, by what their documents say and what links them.

Nothing is known by the name or the program of a resource: the evaluation key is the key whose
policy lets batch evaluations use it, a caller's role one whose policies allow StartBatchEvaluation,
the controller a function under such a role, the output bucket one that is encrypted under the key
or that a caller's policy names.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

from . import documents, evaluations
from .access import Policy, PolicyKind
from .evaluations import Place
from .resource import Resource, Waiting
from .stack import Stack, variables

BUCKET = "aws:s3/bucket:Bucket"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
POLICY = "aws:iam/policy:Policy"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
SCHEDULE = "aws:scheduler/schedule:Schedule"
INVOKE = "lambda:InvokeFunction"


class Environment(Stack):
    """One stack's resources, and which of them batch evaluations run with."""

    # --- keys -----------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> list[Resource]:
        """The customer managed keys."""
        return self.of(*documents.KEY_TYPES)

    def key_policy(self, key: Resource) -> Policy | None:
        """A key's policy, in the key or in a resource of its own."""
        return documents.of(self.policy_holder(key))

    def policy_holder(self, key: Resource) -> Resource:
        """The resource that has a key's policy."""
        own = self.siblings(key, "aws:kms/keyPolicy:KeyPolicy", "keyId")
        return own[0] if own else key

    @cached_property
    def evaluation_keys(self) -> list[Resource]:
        """The keys whose policy lets evaluations use them; with none, those of output buckets."""
        found = [key for key in self.keys if self._lets_evaluations_use(key)]
        if found:
            return found
        linked = [key for bucket in self.written_buckets for key in self.keys_of(bucket)]
        return list(dict.fromkeys(linked))

    def _lets_evaluations_use(self, key: Resource) -> bool:
        policy = self._known(self.key_policy, key)
        return policy is not None and evaluations.lets_evaluations_use(policy)

    @cached_property
    def operations_keys(self) -> list[Resource]:
        """The keys of the log groups and queues that belong to evaluations."""
        groups = [(each, "kmsKeyId") for each in (*self.result_groups, *self.function_groups)]
        queues = [(each, "kmsMasterKeyId") for each in self.failure_queues]
        linked = [
            key
            for each, path in (*groups, *queues)
            for key in self.referred(each, path, *documents.KEY_TYPES)
        ]
        return [key for key in dict.fromkeys(linked) if key not in self.evaluation_keys]

    def place(self, resource: Resource) -> Place:
        """Where the evaluations are, as the key's policy or else a caller's says."""
        policies = [self.key_policy(key) for key in self.evaluation_keys]
        found = next(filter(None, map(evaluations.place_of, filter(None, policies))), None)
        if found is None:
            texts = self._caller_resources("bedrock-agentcore:getbatchevaluation")
            found = next(filter(None, map(evaluations.place_in, texts)), None)
        if found is None:
            raise Waiting(f"{resource.name}: neither a key policy nor a role says which account")
        return found

    # --- roles ----------------------------------------------------------------------------------

    def attached(self, role: Resource) -> list[tuple[Resource, Policy]]:
        """The identity policies of a role that the stack has, each with its resource.

        One that is unknown is `unread`.
        """
        holders = [
            *self.siblings(role, "aws:iam/rolePolicy:RolePolicy", "role"),
            *(
                policy
                for attachment in self.attachments(role)
                for policy in self.referred(attachment, "policyArn", POLICY)
            ),
        ]
        found = [(each, self._known(documents.of, each)) for each in holders]
        for inline in role.each("inlinePolicies"):
            text = inline.text("policy")
            policy = documents.parsed(text, PolicyKind.IDENTITY, role.name) if text else None
            found.append((role, policy if isinstance(policy, Policy) else None))
        return [(holder, policy) for holder, policy in found if policy is not None]

    def attachments(self, role: Resource) -> list[Resource]:
        """The attachments of policies to a role."""
        return self.siblings(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")

    def roles_allowing(self, action: str) -> list[Resource]:
        """The roles with a statement that allows an action."""
        return [
            role
            for role in self.of(ROLE)
            if any(policy.on(action.lower())[1] for _, policy in self.attached(role))
        ]

    @cached_property
    def caller_roles(self) -> list[Resource]:
        """The roles that evaluations run under."""
        return self.roles_allowing(evaluations.START)

    @cached_property
    def invoker_roles(self) -> list[Resource]:
        """The roles that invoke a controller, and are no callers themselves."""
        scheduled = [
            role
            for schedule in self.schedules
            for role in self.referred(schedule, "target.roleArn", ROLE)
        ]
        named = [
            role
            for role in self.roles_allowing(INVOKE)
            if any(self.names(role, function) for function in self.controllers)
        ]
        found = dict.fromkeys((*scheduled, *named))
        return [role for role in found if role not in self.caller_roles]

    def names(self, role: Resource, function: Resource) -> bool:
        """Whether a statement of the role's policies is about the function."""
        return any(
            pattern.text.rpartition(":")[2] in (function.text("name"), "*")
            for _, policy in self.attached(role)
            for statement in policy.on(INVOKE.lower())[1]
            for pattern in (statement.resources.patterns if statement.resources else ())
        )

    @cached_property
    def evaluation_roles(self) -> list[Resource]:
        """Callers and invokers."""
        return [*self.caller_roles, *self.invoker_roles]

    # --- what runs ------------------------------------------------------------------------------

    @cached_property
    def controllers(self) -> list[Resource]:
        """The functions that run under a caller's role."""
        return [
            function
            for function in self.of(FUNCTION)
            if any(role in self.caller_roles for role in self.referred(function, "role", ROLE))
        ]

    @cached_property
    def schedules(self) -> list[Resource]:
        """The schedules that invoke a controller."""
        return [
            schedule
            for schedule in self.of(SCHEDULE)
            if any(
                each in self.controllers for each in self.referred(schedule, "target.arn", FUNCTION)
            )
        ]

    def invoke_configs(self, function: Resource) -> list[Resource]:
        """How asynchronous invocations of a function are treated."""
        type_ = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
        return self.siblings(function, type_, "functionName")

    @cached_property
    def failure_queues(self) -> list[Resource]:
        """The queues that take what controllers and their schedules failed at."""
        places = [
            *((each, "deadLetterConfig.targetArn") for each in self.controllers),
            *(
                (each, "destinationConfig.onFailure.destination")
                for function in self.controllers
                for each in self.invoke_configs(function)
            ),
            *((each, "target.deadLetterConfig.arn") for each in self.schedules),
        ]
        found = [queue for each, path in places for queue in self.referred(each, path, QUEUE)]
        return list(dict.fromkeys(found))

    # --- logs -----------------------------------------------------------------------------------

    @cached_property
    def result_groups(self) -> list[Resource]:
        """The log groups that controllers are told, or that callers may write results to."""
        told = {value for each in self.controllers for value in variables(each).values()}
        written = {text for text in self._caller_resources("logs:putretentionpolicy")}
        return [
            group
            for group in self.of(LOG_GROUP)
            if group.text("name") in told
            or any(
                text.split(":log-group:")[-1].removesuffix(":*") == group.text("name")
                for text in written
            )
        ]

    @cached_property
    def function_groups(self) -> list[Resource]:
        """The log groups of the controllers themselves."""
        return [group for each in self.controllers for group in self.groups_of(each)]

    def groups_of(self, function: Resource) -> list[Resource]:
        """The log group that a function writes to, if the stack has it."""
        name = function.text("loggingConfig.logGroup") or f"/aws/lambda/{function.text('name')}"
        return [group for group in self.of(LOG_GROUP) if group.text("name") == name]

    # --- buckets --------------------------------------------------------------------------------

    @cached_property
    def output_buckets(self) -> list[Resource]:
        """The buckets that are encrypted under an evaluation key or that callers may write to."""
        under_key = [
            bucket
            for bucket in self.of(BUCKET)
            if any(key in self.evaluation_keys for key in self.keys_of(bucket))
        ]
        return list(dict.fromkeys((*self.written_buckets, *under_key)))

    @cached_property
    def written_buckets(self) -> list[Resource]:
        """The buckets that callers' policies name for writing."""
        written = {
            text.split(":::")[-1].partition("/")[0]
            for text in self._caller_resources("s3:putobject")
        }
        return [bucket for bucket in self.of(BUCKET) if bucket.text("bucket") in written]

    def encryptions(self, bucket: Resource) -> list[Resource]:
        """A bucket's encryption configurations."""
        type_ = (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        )
        return self.siblings(bucket, type_, "bucket")

    def bucket_policies(self, bucket: Resource) -> list[Resource]:
        """The policies of a bucket: one, or none."""
        return self.siblings(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket")

    def keys_of(self, bucket: Resource) -> list[Resource]:
        """The keys of the stack that a bucket is encrypted under."""
        return [
            key
            for encryption in self.encryptions(bucket)
            for key in self.encryption_keys(encryption)
        ]

    def encryption_keys(self, encryption: Resource) -> list[Resource]:
        """The keys of the stack that an encryption configuration names."""
        found: list[Resource] = []
        for rule in encryption.each("rules"):
            try:
                value = rule.text("applyServerSideEncryptionByDefault.kmsMasterKeyId")
            except Waiting:
                found += [each for each in encryption.linked("rules") if each in self.keys]
            else:
                found += [key for type_ in documents.KEY_TYPES for key in self.called(value, type_)]
        return found

    # --- help -----------------------------------------------------------------------------------

    def _caller_resources(self, action: str) -> Iterator[str]:
        """What the statements of callers' policies that allow an action are about."""
        for role in self.caller_roles:
            for _, policy in self.attached(role):
                for statement in policy.on(action)[1]:
                    if statement.resources is not None:
                        yield from (pattern.text for pattern in statement.resources.patterns)

    def _known(
        self, read: Callable[[Resource], Policy | None], resource: Resource
    ) -> Policy | None:
        try:
            return read(resource)
        except Waiting as wait:
            self.unread.extend(wait.messages)
            return None
