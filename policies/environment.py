"""The resources of a stack that belong together, by what their documents say and what links them.

Nothing is known by the name or the program of a resource: the evaluation key is the key whose
policy lets batch evaluations use it, a caller's role one whose policies allow StartBatchEvaluation,
the controller a function under such a role, the output bucket one that is encrypted under the key
or that a caller's policy names.
"""

from functools import cached_property

from . import documents, evaluations
from .controllers import Controllers
from .evaluations import Place
from .resource import Resource, Waiting

BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)


class Environment(Controllers):
    """One stack's resources, and which of them batch evaluations run with."""

    def undecided(self) -> dict[str, None]:
        """What is waited for to know every evaluation key and everybody who starts evaluations:
        what nearly all rules are about follows from them. To be asked first."""
        try:
            _ = self.evaluation_keys, self.callers
        except Waiting as wait:
            self.note(wait)
        return self.noted()

    # --- keys -----------------------------------------------------------------------------------

    @cached_property
    def evaluation_keys(self) -> list[Resource]:
        """The keys whose policy lets evaluations use them; with none, those of output buckets."""
        if self.keys_for_evaluations:
            return self.keys_for_evaluations
        linked = [key for bucket in self.written_buckets for key in self.keys_of(bucket)]
        return list(dict.fromkeys(linked))

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

    def is_named(self, holder: Resource, action: str) -> bool:
        """Whether a statement of an evaluation key's policy that allows an action names a role or
        user."""
        policies = filter(None, map(self.key_policy, self.evaluation_keys))
        names = {name for policy in policies for name in evaluations.names_let(policy, action)}
        return self.is_among(holder, names)

    def place(self, resource: Resource) -> Place:
        """Where the evaluations are, as the key's policy or else a caller's says."""
        policies = [self.key_policy(key) for key in self.evaluation_keys]
        found = next(filter(None, map(evaluations.place_of, filter(None, policies))), None)
        if found is None:
            texts = self.caller_resources("bedrock-agentcore:getbatchevaluation")
            found = next(filter(None, map(evaluations.place_in, texts)), None)
        if found is None:
            for key in self.keys:
                self.key_policy(key)  # one that is not known yet may say it
            raise Waiting(f"{resource.name}: neither a key policy nor a role says which account")
        return found

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
            for text in self.caller_resources("s3:putobject")
        }
        return [bucket for bucket in self.of(BUCKET) if bucket.text("bucket") in written]

    def encryptions(self, bucket: Resource) -> list[Resource]:
        """A bucket's encryption configurations."""
        return self.siblings(bucket, ENCRYPTION, "bucket")

    def bucket_policies(self, bucket: Resource) -> list[Resource]:
        """The policies of a bucket: one, or none. Waits for one that may be it."""
        return self.needed(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket")

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
