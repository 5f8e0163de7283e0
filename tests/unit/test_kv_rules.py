"""Who may write what: one case per rule of access control, and the order of the checks."""

from __future__ import annotations

import pytest

from zerog.storage.kv.codec import Control, Op, Read, StreamData, Write
from zerog.storage.kv.model import LATEST, KvModel
from zerog.storage.kv.rules import Kind, Tx, may_write, sender_of

pytestmark = pytest.mark.unit

S, T = b"\x01" * 32, b"\x02" * 32
ALICE, BOB, CAROL = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20
HIGH = 1000


class Story:
    """Transactions one after another over a model."""

    def __init__(self) -> None:
        self.model = KvModel()
        self.seq = 0

    def run(self, sender: bytes | None, data: StreamData | bytes, *tagged: bytes) -> str:
        """Apply one transaction; its streams are those of the data unless given."""
        streams = tagged or (data.streams if isinstance(data, StreamData) else (S,))
        raw = data if isinstance(data, bytes) else data.encode()
        self.seq += 1
        return self.model.apply(Tx(self.seq, sender, streams), raw, {S, T}.__contains__).result

    def put(self, sender: bytes, key: bytes = b"k", version: int = HIGH) -> str:
        return self.run(sender, StreamData(version, (), (Write(S, key, b"v"),)))

    def control(self, sender: bytes, *controls: Control) -> str:
        return self.run(sender, StreamData(HIGH, (), (), controls))

    def may(self, account: bytes, key: bytes = b"k") -> bool:
        return may_write(self.model.at(LATEST), S, key, account)


def op(name: Op, key: bytes = b"", account: bytes = b"") -> Control:
    return Control(name, S, key, account)


@pytest.fixture
def story() -> Story:
    """A stream whose admin is alice."""
    made = Story()
    assert made.put(ALICE) == "Commit"
    return made


def test_first_writer_of_a_new_stream_becomes_its_admin(story: Story) -> None:
    assert story.model.at(LATEST).holds(Kind.ADMIN, S, account=ALICE)
    assert story.put(ALICE) == "Commit"


def test_refused_first_transaction_leaves_the_stream_new() -> None:
    story = Story()
    assert story.run(BOB, StreamData(0, (), (Write(T, b"k", b"v"),)), S) == "TagsMismatch"
    assert story.model.at(LATEST).is_new(S)
    assert story.put(ALICE) == "Commit"


def test_stranger_is_turned_away_before_the_data_is_read(story: Story) -> None:
    assert story.run(BOB, b"garbage", S) == "SenderNoWritePermission"
    assert story.run(None, StreamData(HIGH, (), (Write(T, b"k", b""),))) == (
        "SenderNoWritePermission"
    )


def test_right_in_one_tagged_stream_is_enough_to_be_read(story: Story) -> None:
    data = StreamData(HIGH, (), (Write(T, b"k", b"v"), Write(S, b"k", b"v")))
    assert story.run(BOB, data) == f"WritePermissionDenied: stream: 0x{S.hex()}, key: k"


def test_writer_writes_normal_keys_only(story: Story) -> None:
    story.control(ALICE, op(Op.GRANT_WRITER_ROLE, account=BOB), op(Op.SET_KEY_TO_SPECIAL, b"s"))
    assert story.put(BOB) == "Commit"
    assert story.put(BOB, b"s").startswith("WritePermissionDenied")
    story.control(ALICE, op(Op.SET_KEY_TO_NORMAL, b"s"))
    assert story.put(BOB, b"s") == "Commit"


def test_key_writer_writes_the_special_key_only(story: Story) -> None:
    story.control(
        ALICE,
        op(Op.SET_KEY_TO_SPECIAL, b"s"),
        op(Op.GRANT_SPECIAL_WRITER_ROLE, b"s", CAROL),
        op(Op.GRANT_SPECIAL_WRITER_ROLE, b"n", CAROL),
    )
    assert story.put(CAROL, b"s") == "Commit"
    assert story.put(CAROL, b"n").startswith("WritePermissionDenied")
    assert story.may(ALICE, b"s")


@pytest.mark.parametrize(
    ("actor", "operation", "allowed"),
    [
        (BOB, op(Op.GRANT_WRITER_ROLE, account=CAROL), True),
        (BOB, op(Op.REVOKE_WRITER_ROLE, account=ALICE), False),
        (BOB, op(Op.GRANT_ADMIN_ROLE, account=CAROL), False),
        (BOB, op(Op.SET_KEY_TO_SPECIAL, b"x"), False),
        (BOB, op(Op.SET_KEY_TO_NORMAL, b"s"), False),
        (BOB, op(Op.GRANT_SPECIAL_WRITER_ROLE, b"s", CAROL), False),
        (CAROL, op(Op.GRANT_SPECIAL_WRITER_ROLE, b"s", BOB), True),
        (CAROL, op(Op.GRANT_SPECIAL_WRITER_ROLE, b"other", BOB), False),
        (CAROL, op(Op.REVOKE_SPECIAL_WRITER_ROLE, b"s", BOB), False),
        (CAROL, op(Op.GRANT_WRITER_ROLE, account=BOB), False),
        (CAROL, op(Op.RENOUNCE_SPECIAL_WRITER_ROLE, b"s"), True),
        (BOB, op(Op.RENOUNCE_WRITER_ROLE), True),
        (BOB, op(Op.RENOUNCE_ADMIN_ROLE), True),
        (ALICE, op(Op.REVOKE_WRITER_ROLE, account=BOB), True),
        (ALICE, op(Op.GRANT_ADMIN_ROLE, account=BOB), True),
    ],
    ids=lambda value: value.op.name if isinstance(value, Control) else None,
)
def test_control_needs_its_role(
    story: Story, actor: bytes, operation: Control, allowed: bool
) -> None:
    story.control(
        ALICE,
        op(Op.GRANT_WRITER_ROLE, account=BOB),
        op(Op.SET_KEY_TO_SPECIAL, b"s"),
        op(Op.GRANT_SPECIAL_WRITER_ROLE, b"s", CAROL),
    )
    account = "0x" + (operation.account or bytes(20)).hex()
    denied = (
        f"AccessControlPermissionDenied: operation: {operation.op.name}, stream: 0x{S.hex()},"
        f" key: {operation.key.decode() or 'NONE'}, account: {account}"
    )
    assert story.control(actor, operation) == ("Commit" if allowed else denied)


def test_renouncing_ends_the_own_role_and_no_other(story: Story) -> None:
    story.control(ALICE, op(Op.GRANT_ADMIN_ROLE, account=BOB))
    assert story.control(BOB, op(Op.RENOUNCE_ADMIN_ROLE)) == "Commit"
    assert not story.may(BOB)
    assert story.may(ALICE)


def test_last_operation_on_one_place_wins(story: Story) -> None:
    grant, revoke = op(Op.GRANT_WRITER_ROLE, account=BOB), op(Op.REVOKE_WRITER_ROLE, account=BOB)
    story.control(ALICE, revoke, grant)
    assert story.may(BOB)
    story.control(ALICE, grant, revoke)
    assert not story.may(BOB)


def test_admin_grant_overrules_nothing_and_not_oneself() -> None:
    story = Story()
    renounce, regain = op(Op.RENOUNCE_ADMIN_ROLE), op(Op.GRANT_ADMIN_ROLE, account=ALICE)
    assert story.control(ALICE, renounce, regain) == "Commit"
    assert not story.may(ALICE)
    assert not story.model.at(LATEST).is_new(S)


def test_version_conflict_is_seen_on_reads_and_writes(story: Story) -> None:
    assert story.put(ALICE, version=0) == "VersionConfliction"
    read = StreamData(0, (Read(S, b"k"),), (Write(S, b"other", b"v"),))
    assert story.run(ALICE, read) == "VersionConfliction"
    assert story.put(ALICE, version=1) == "Commit"


def test_read_of_a_stream_that_is_not_followed_mismatches(story: Story) -> None:
    read = StreamData(HIGH, (Read(b"\x03" * 32, b"k"),), (Write(S, b"k", b"v"),))
    assert story.run(ALICE, read) == "TagsMismatch"
    assert story.run(ALICE, StreamData(HIGH, (Read(T, b"k"),), (Write(S, b"k", b""),))) == "Commit"


def test_change_of_an_untagged_stream_mismatches(story: Story) -> None:
    control = StreamData(HIGH, (), (), (Control(Op.RENOUNCE_ADMIN_ROLE, T),))
    assert story.run(ALICE, control, S) == "TagsMismatch"
    write = StreamData(HIGH, (), (Write(T, b"k", b""),))
    assert story.run(ALICE, write, S) == "TagsMismatch"


def test_earlier_part_decides_before_a_broken_later_one(story: Story) -> None:
    whole = StreamData(0, (Read(S, b"k"),), (Write(S, b"k", b"value"),)).encode()
    assert story.run(ALICE, whole[:-8], S) == "VersionConfliction"
    broken = StreamData(HIGH, (), (Write(S, b"k", b"value"),)).encode()[:-6]
    assert story.run(ALICE, broken, S).startswith("DataParseError: invalid data")


def test_same_key_twice_in_one_batch_keeps_the_last(story: Story) -> None:
    twice = StreamData(HIGH, (), (Write(S, b"k", b"first"), Write(S, b"k", b"last")))
    assert story.run(ALICE, twice) == "Commit"
    assert story.model.at(LATEST).get(S, b"k") == (story.seq, b"last")


def test_sender_is_the_origin_and_never_a_chosen_submitter() -> None:
    assert sender_of(ALICE, True, BOB) == ALICE
    assert sender_of(ALICE, False, ALICE) == ALICE
    assert sender_of(ALICE, False, BOB) is None
