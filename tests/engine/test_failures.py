"""Updates that fail half way, and how the next one goes on from there."""

from tests.engine.engine import Aws, Interrupting, MakeStack, keys_of, tell


def test_a_key_that_was_made_before_its_creation_failed_is_finished_and_not_made_again(
    make_stack: MakeStack, interrupting: Interrupting, aws: Aws
) -> None:
    stack = make_stack("failing")
    failing, provider = interrupting(stack, "kms", "EnableKeyRotation")
    for _ in ("evaluation key", "operations key"):
        tell(provider, "fail")
    output = failing.fail("up", "--yes", "--skip-preview")
    assert "EnableKeyRotation failed: InternalFailure: this call was made to fail" in output
    made = keys_of(aws, stack)
    assert made
    stack.up()
    kept = keys_of(aws, stack)
    assert len(kept) == 2
    assert made.items() <= kept.items()
    for key in kept.values():
        assert aws("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    stack.is_unchanged()


def test_a_name_that_is_taken_stops_the_update_and_the_next_one_goes_on(
    make_stack: MakeStack, aws: Aws
) -> None:
    stack = make_stack("taken")
    group = f"{stack.base}-results"
    aws("logs").create_log_group(logGroupName=group)
    output = stack.fail("up", "--yes", "--skip-preview")
    assert "CreateLogGroup failed: ResourceAlreadyExistsException" in output
    before = keys_of(aws, stack)
    aws("logs").delete_log_group(logGroupName=group)
    stack.up()
    assert keys_of(aws, stack) == before
    stack.is_unchanged()
