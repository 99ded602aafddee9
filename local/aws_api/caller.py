"""The caller of a request: the signer, a service on the signer's behalf, or a service itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeploymentTarget:
    """The partition, Region and account that an endpoint stands for.

    The defaults are AWS's documentation account in us-east-1.
    """

    partition: str = "aws"
    region: str = "us-east-1"
    account: str = "111122223333"


@dataclass(frozen=True)
class Principal:
    """An IAM user or an assumed-role session, as its verified signature names it.

    `arn` is `arn:…:iam::A:user/NAME` or `arn:…:sts::A:assumed-role/ROLE/SESSION`; `role_arn` is the
    role behind a session and None for a user.
    """

    arn: str
    account: str
    access_key_id: str
    role_arn: str | None = None


@dataclass(frozen=True)
class ForwardAccessSession:
    """A forward access session: the service `via` calls another service in the principal's name.

    `via` is the service's DNS name, such as `bedrock-agentcore.amazonaws.com`.
    """

    principal: Principal
    via: str


@dataclass(frozen=True)
class ServicePrincipal:
    """An AWS service calling for itself, on account of a resource of `source_account`.

    `account` owns what the service stores (its own buckets lie in no customer's account).
    """

    service: str
    account: str
    source_arn: str
    source_account: str


Caller = Principal | ForwardAccessSession | ServicePrincipal
