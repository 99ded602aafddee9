"""The frameworks that rules refer to, each control only where it is about the same thing.

Controls of AWS and their places in CIS and NIST are those of the pages about each service, such as
https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
"""

from dataclasses import dataclass

from pulumi_policy import PolicyComplianceFramework


@dataclass(frozen=True)
class Framework:
    """A published set of controls."""

    short: str
    name: str
    version: str
    url: str


FSBP = Framework(
    "FSBP",
    "AWS Foundational Security Best Practices",
    "1.0.0",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html",
)
CIS = Framework(
    "CIS",
    "CIS AWS Foundations Benchmark",
    "3.0.0",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html",
)
NIST = Framework(
    "NIST 800-53",
    "NIST SP 800-53",
    "Revision 5",
    "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final",
)


@dataclass(frozen=True)
class Control:
    """One control of a framework, such as KMS.4."""

    framework: Framework
    id: str

    def __str__(self) -> str:
        """`FSBP KMS.4`."""
        return f"{self.framework.short} {self.id}"

    def as_policy_framework(self) -> PolicyComplianceFramework:
        """The same for Pulumi."""
        framework = self.framework
        return PolicyComplianceFramework(
            framework.name, framework.version, framework.url, specification=self.id
        )


def fsbp(*ids: str) -> tuple[Control, ...]:
    """Controls of AWS Foundational Security Best Practices."""
    return tuple(Control(FSBP, each) for each in ids)


def cis(*ids: str) -> tuple[Control, ...]:
    """Recommendations of the CIS AWS Foundations Benchmark."""
    return tuple(Control(CIS, each) for each in ids)


def nist(*ids: str) -> tuple[Control, ...]:
    """Controls of NIST SP 800-53."""
    return tuple(Control(NIST, each) for each in ids)
